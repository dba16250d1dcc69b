import { NotFoundError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Price, PriceStatus } from './price.ts';
import { PRICE_COLUMNS } from './store.ts';

export interface PriceFilter {
  readonly subject?: string | null | undefined;
  readonly status?: readonly PriceStatus[] | null | undefined;
}

/** Prices, newest first. O(page) by (tenant, proposed_at). */
export async function listPrices(
  scope: Scope,
  args: PageArgs,
  filter: PriceFilter,
): Promise<Connection<Price>> {
  const page = newestFirst(args);
  const rows = await scope.db.rows<Price>(
    `SELECT ${PRICE_COLUMNS} FROM price WHERE tenant_id = $1 AND ($2::text IS NULL OR subject = $2)
       AND ($3::text[] IS NULL OR status = ANY($3))
       AND ($4::timestamptz IS NULL OR (proposed_at, id) ${page.edge} ($4, $5::uuid))
     ORDER BY proposed_at ${page.way}, id ${page.way} LIMIT $6`,
    [scope.tenantId, filter.subject ?? null, filter.status ?? null, page.at, page.id, page.size + 1],
  );
  return toConnection(rows, page, (row) => [row.proposedAt, row.id]);
}

/** The prices with these ids, in order; null where there is none. */
export async function pricesById(scope: Scope, ids: readonly string[]): Promise<(Price | null)[]> {
  const rows = await scope.db.rows<Price>(
    `SELECT ${PRICE_COLUMNS} FROM price WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
  );
  const found = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => found.get(id) ?? null);
}

/** The price in force for a subject; null when it has none. */
export async function priceOf(scope: Scope, subject: string): Promise<Price | null> {
  const row = await scope.db.row<Price>(
    `SELECT ${PRICE_COLUMNS} FROM price WHERE tenant_id = $1 AND subject = $2 AND status = 'ACTIVE'`,
    [scope.tenantId, subject],
    'price_in_force',
  );
  return row ?? null;
}

/** The price with this id; NotFoundError when the tenant has none. */
export async function getPrice(scope: Scope, id: string): Promise<Price> {
  const [price] = await pricesById(scope, [id]);
  if (!price) throw new NotFoundError('price', id);
  return price;
}

/** Prices that wait for a person. */
export async function countProposed(scope: Scope): Promise<number> {
  const row = await scope.db.row<{ n: number }>(
    `SELECT count(*)::int AS n FROM price WHERE tenant_id = $1 AND status = 'PROPOSED'`,
    [scope.tenantId],
    'prices_proposed',
  );
  return row?.n ?? 0;
}
