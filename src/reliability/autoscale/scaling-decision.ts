import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import { addMs, DAY_MS, MINUTE_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ScalingAction } from './rule.ts';

export const SCALING_STATUSES = ['NONE', 'PENDING', 'APPLIED', 'FAILED', 'HELD'] as const;
export type ScalingStatus = (typeof SCALING_STATUSES)[number];

/** What the autoscaler decided, and what became of it. */
export interface ScalingDecision {
  readonly id: string;
  readonly at: Date;
  readonly action: ScalingAction;
  readonly before: number;
  readonly after: number;
  readonly desired: number | null;
  readonly isIdle: boolean;
  readonly reason: string;
  readonly decisionId: string;
  /** NONE: nothing to do, or nobody to tell. */
  readonly status: ScalingStatus;
  readonly effectId: string | null;
}

const COLUMNS = `d.id, d.at, d.action, d.before, d.after, d.desired, d.is_idle AS "isIdle", d.reason,
  d.decision_id AS "decisionId", d.status, d.effect_id AS "effectId"`;

export async function insertDecision(scope: Scope, tx: Tx, row: ScalingDecision): Promise<void> {
  await tx.run(
    `INSERT INTO scaling_decision (tenant_id, id, at, action, before, after, desired, is_idle, reason, decision_id,
       status, effect_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[scope.tenantId, row.id, row.at, row.action, row.before, row.after, row.desired, row.isIdle],
      ...[row.reason, row.decisionId, row.status, row.effectId],
    ],
    'insert_scaling_decision',
  );
}

/** How far back the windows of the rule look, with some room. */
const WINDOW_MS = 15 * MINUTE_MS;

/** The looks that the rule's windows need, and the latest one however old, newest first. One statement. */
export function recentDecisions(scope: Scope, sql: Sql): Promise<ScalingDecision[]> {
  return sql.rows<ScalingDecision>(
    `(SELECT ${COLUMNS} FROM scaling_decision d WHERE d.tenant_id = $1 ORDER BY d.at DESC, d.id DESC LIMIT 1)
     UNION (SELECT ${COLUMNS} FROM scaling_decision d WHERE d.tenant_id = $1 AND d.at >= $2 AND d.at <= $3
       ORDER BY d.at DESC, d.id DESC LIMIT 60) ORDER BY at DESC, id DESC`,
    [scope.tenantId, addMs(scope.now, -WINDOW_MS), scope.now],
    'recent_scaling_decisions',
  );
}

/** Whether a change is still on its way to the adapter. */
export async function hasPending(scope: Scope, sql: Sql): Promise<boolean> {
  const row = await sql.row(
    `SELECT 1 FROM scaling_decision WHERE tenant_id = $1 AND status = 'PENDING' AND at >= $2 LIMIT 1`,
    [scope.tenantId, addMs(scope.now, -DAY_MS)],
    'pending_scaling',
  );
  return row !== undefined;
}

/** Ends a change under way. */
export async function settleDecision(
  scope: Scope,
  tx: Tx,
  id: string,
  status: 'APPLIED' | 'FAILED',
): Promise<ScalingDecision | undefined> {
  return tx.row<ScalingDecision>(
    `UPDATE scaling_decision d SET status = $3 WHERE d.tenant_id = $1 AND d.id = $2 AND d.status = 'PENDING'
     RETURNING ${COLUMNS}`,
    [scope.tenantId, id, status],
    'settle_scaling_decision',
  );
}

/** Scaling decisions, newest first. One statement with keyset paging. */
export async function listScalingDecisions(
  scope: Scope,
  args: PageArgs,
  filter: { action?: readonly ScalingAction[] | null | undefined } = {},
): Promise<Connection<ScalingDecision>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<ScalingDecision>(
    `SELECT ${COLUMNS} FROM scaling_decision d WHERE d.tenant_id = $1 AND ($3::text[] IS NULL OR d.action = ANY($3))
       AND ($4::timestamptz IS NULL OR (d.at, d.id) ${edge} ($4, $5::uuid))
     ORDER BY d.at ${way}, d.id ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, filter.action ?? null, at, id],
    `scaling_decisions_${way}`,
  );
  return toConnection(rows, page, (row) => [row.at, row.id]);
}

/** Scaling decisions by id, in the order asked; null where there is none. */
export async function scalingDecisionsById(
  scope: Scope,
  ids: readonly string[],
): Promise<(ScalingDecision | null)[]> {
  const rows = await scope.db.rows<ScalingDecision>(
    `SELECT ${COLUMNS} FROM scaling_decision d WHERE d.tenant_id = $1 AND d.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'scaling_decisions_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

const KEPT_DAYS = 30;

/** Forgets decisions older than 30 days. */
export const pruneScaling = (scope: Scope, tx: Tx): Promise<number> =>
  tx.run('DELETE FROM scaling_decision WHERE tenant_id = $1 AND at < $2', [
    scope.tenantId,
    addMs(scope.now, -KEPT_DAYS * DAY_MS),
  ]);
