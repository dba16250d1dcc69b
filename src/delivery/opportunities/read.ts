import { createLoader } from '../../commerce/ingest/index.ts';
import { NotFoundError } from '../../kernel/errors.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import {
  columnsOf,
  fieldsOf,
  type Join,
  joinsKey,
  nest,
  OPPORTUNITY_COLUMNS,
  selectList,
} from './columns.ts';
import type { Opportunity } from './opportunity.ts';
import { shapeFor } from './statements.ts';

const SELECT = `SELECT ${selectList(OPPORTUNITY_COLUMNS)} FROM opportunity p`;
const BY_ID = `${SELECT} WHERE p.tenant_id = $1 AND p.id = $2`;
const BY_IDS = `${SELECT} WHERE p.tenant_id = $1 AND p.id = ANY($2)`;

/** One opportunity; NotFoundError when the tenant has none of this id. */
export async function getOpportunity(sql: Sql, tenantId: string, id: string): Promise<Opportunity> {
  const row = await sql.row<Opportunity>(BY_ID, [tenantId, id], 'opportunity');
  if (!row) throw new NotFoundError('opportunity', id);
  return row;
}

/** Opportunities by id, in the order asked; null where there is none. One statement. */
export async function opportunitiesById(
  scope: Scope,
  ids: readonly string[],
): Promise<(Opportunity | null)[]> {
  // Postgres plans "= ANY($2)" anew each time, because it cannot know how many there are.
  const rows =
    ids.length === 1
      ? await scope.db.rows<Opportunity>(BY_ID, [scope.tenantId, ids[0]], 'opportunity')
      : await scope.db.rows<Opportunity>(BY_IDS, [scope.tenantId, ids], 'opportunities_by_id');
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Opportunities by id, of those that exist, for callers inside a transaction. One statement. */
export async function opportunitiesIn(
  sql: Sql,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, Opportunity>> {
  const rows = await sql.rows<Opportunity>(BY_IDS, [tenantId, ids], 'opportunities_by_id');
  return new Map(rows.map((row) => [row.id, row]));
}

/** One opportunity with joined rows under their keys, or null; with `only`, no other fields are read. */
export async function readOpportunity<Joined = unknown>(
  scope: Scope,
  id: string,
  joins: readonly Join<string, unknown>[] = [],
  only?: ReadonlySet<string>,
): Promise<(Opportunity & Joined) | null> {
  const fields = fieldsOf(only, ['id']);
  const { text, name } = shapeFor(`one|${fields}|${joinsKey(joins)}`, () => {
    const from = joins.map((join) => join.from).join(' ');
    return `SELECT ${columnsOf(fields, joins)} FROM opportunity p ${from} WHERE p.tenant_id = $1 AND p.id = $2`;
  });
  const row = await scope.db.row<Record<string, unknown>>(text, [scope.tenantId, id], name);
  return row ? (nest(row, fields, joins) as unknown as Opportunity & Joined) : null;
}

/** One opportunity or null; calls of one tick share one statement. */
export const findOpportunity = createLoader<Opportunity>(async (scope, ids) => {
  const rows = await opportunitiesById(scope, ids);
  return new Map(rows.flatMap((row) => (row ? [[row.id, row] as const] : [])));
});

/** An opportunity with what an offer must know beside it. */
export interface ToOffer extends Opportunity {
  /** The customer's consent to marketing; null when nobody has said. */
  readonly acceptsMarketing: boolean | null;
  /** Categories of its products; only looked up while something is excluded, because an order may have 1,000 lines. */
  readonly categories: readonly string[];
}

/**
 * Elite opportunities that wait for an offer: DETECTED, of a standing order placed in `[since, now)`, without a
 * live offer. The rarest first.
 */
export function eliteToOffer(
  sql: Sql,
  tenantId: string,
  since: Date,
  now: Date,
  limit: number,
): Promise<ToOffer[]> {
  // Found before they are sorted: the index by score would lead a planner through every opportunity there ever was.
  return sql.rows<ToOffer>(
    `WITH waiting AS MATERIALIZED (SELECT * FROM opportunity
       WHERE tenant_id = $1 AND status = 'DETECTED' AND is_elite AND order_placed_at >= $2 AND order_placed_at < $3)
     SELECT ${selectList(OPPORTUNITY_COLUMNS)}, c.accepts_marketing AS "acceptsMarketing",
       CASE WHEN EXISTS (SELECT FROM offer_exclusion x WHERE x.tenant_id = $1 AND x.until > $3)
         THEN ARRAY(SELECT DISTINCT item->>'category' FROM json_array_elements(o.items) item
           WHERE item->>'category' IS NOT NULL)
         ELSE '{}' END AS categories
     FROM waiting p, LATERAL (SELECT items FROM orders WHERE tenant_id = $1 AND id = p.order_id
         AND status IN ('OPEN', 'PAID', 'FULFILLED') OFFSET 0) o
     LEFT JOIN LATERAL (SELECT accepts_marketing FROM customer
       WHERE tenant_id = $1 AND id = p.customer_id OFFSET 0) c ON true
     WHERE NOT EXISTS (SELECT FROM offer f WHERE f.tenant_id = p.tenant_id AND f.opportunity_id = p.id
         AND f.status IN ('PENDING', 'OFFERED'))
     ORDER BY p.score DESC, p.id LIMIT $4`,
    [tenantId, since, now, limit],
    'elite_to_offer',
  );
}
