import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { EFFECT_COLUMNS, type Effect, type EffectStatus } from './effect.ts';

export interface EffectFilter {
  status?: readonly EffectStatus[] | null | undefined;
  kind?: string | null | undefined;
  /** Plain id of the thing they are about. */
  subject?: string | null | undefined;
}

/** Effects, newest first. One statement with keyset paging. */
export async function listEffects(
  scope: Scope,
  args: PageArgs,
  filter: EffectFilter = {},
): Promise<Connection<Effect>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Effect>(
    `SELECT ${EFFECT_COLUMNS} FROM effect e WHERE e.tenant_id = $1
       AND ($3::text[] IS NULL OR e.status = ANY($3)) AND ($4::text IS NULL OR e.kind = $4)
       AND ($5::text IS NULL OR e.subject = $5)
       AND ($6::timestamptz IS NULL OR (e.created_at, e.id) ${edge} ($6, $7::uuid))
     ORDER BY e.created_at ${way}, e.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1],
      ...[filter.status ?? null, filter.kind ?? null, filter.subject ?? null],
      ...[at, id],
    ],
    `effects_${way}`,
  );
  return toConnection(rows, page, (effect) => [effect.createdAt, effect.id]);
}

/** Effects by id, in the order asked; null where there is none. */
export async function effectsById(scope: Scope, ids: readonly string[]): Promise<(Effect | null)[]> {
  const rows = await scope.db.rows<Effect>(
    `SELECT ${EFFECT_COLUMNS} FROM effect e WHERE e.tenant_id = $1 AND e.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'effects_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** How many effects have ended like this since an instant. */
export async function countEndedEffects(
  sql: Sql,
  tenantId: string,
  statuses: readonly EffectStatus[],
  since: Date,
): Promise<number> {
  const row = await sql.row<{ n: number }>(
    `SELECT count(*)::int AS n FROM effect WHERE tenant_id = $1 AND status = ANY($2) AND settled_at >= $3`,
    [tenantId, statuses, since],
  );
  return row?.n ?? 0;
}
