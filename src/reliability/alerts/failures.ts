import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ALERT_COLUMNS, type Alert, alertEvent } from './alert.ts';
import { lockRouter } from './intake.ts';

/*
 * How the last telling of each critical alert that fires has ended: messages of one look carry its instant. True when
 * none arrived and none is under way, false when one has arrived.
 */
const JUDGE = `
  SELECT a.id, NOT bool_or(n.status = 'SENT') AS "hasFailed"
  FROM alert a JOIN alert_notification n ON n.tenant_id = $1 AND n.created_at = a.notified_at
    AND n.group_key = a.component AND a.id = ANY(n.alert_ids)
  WHERE a.tenant_id = $1 AND a.status = 'FIRING' AND a.level = 'critical' AND a.notified_level IS NOT NULL
    AND a.acked_at IS NULL AND (a.suppression IS NULL OR a.suppression = 'ALL_CHANNELS_FAILED')
  GROUP BY a.id, a.suppression
  HAVING CASE WHEN a.suppression IS NULL
    THEN bool_or(n.status IN ('FAILED', 'DEAD')) AND NOT bool_or(n.status IN ('SENT', 'QUEUED'))
    ELSE bool_or(n.status = 'SENT') END`;

/**
 * Marks critical alerts that no channel could be told of, so that the health shows it and they are told again after the
 * group's interval; and takes the mark off those that have got through. Returns how many changed. One statement while
 * all is well.
 */
export async function judgeFailures(scope: Scope): Promise<number> {
  const { tenantId } = scope;
  const judge = (sql: Sql) =>
    sql.rows<{ id: string; hasFailed: boolean }>(JUDGE, [tenantId], 'judge_failures');
  if ((await judge(scope.db)).length === 0) return 0;
  return scope.db.tx(async (tx) => {
    await lockRouter(tx, tenantId);
    const judged = await judge(tx);
    const failed = judged.filter(({ hasFailed }) => hasFailed).map(({ id }) => id);
    const changed = await tx.rows<Alert>(
      `UPDATE alert a SET due_at = $4,
         suppression = CASE WHEN a.id = ANY($3::uuid[]) THEN 'ALL_CHANNELS_FAILED' END
       WHERE a.tenant_id = $1 AND a.id = ANY($2::uuid[]) RETURNING ${ALERT_COLUMNS}`,
      [tenantId, judged.map(({ id }) => id), failed, scope.now],
      'mark_failures',
    );
    const events = changed.map((alert) =>
      alertEvent(alert, alert.suppression ? 'ALL_CHANNELS_FAILED' : 'UNSUPPRESSED'),
    );
    await scope.events.append(tx, tenantId, events);
    return changed.length;
  });
}

/** Whether operators hear of what happens (spec n.1): DEGRADED while a critical alert could be told to nobody. */
export interface AlertingHealth {
  readonly status: 'HEALTHY' | 'DEGRADED';
  /** Critical alerts that fire and that every channel has failed to tell. */
  readonly untold: number;
  /** Alerts handed in that the router has not taken yet. */
  readonly waiting: number;
}

/** How alerting stands, for the health checks. One statement. */
export async function alertingHealth(
  sql: Sql,
  { tenantId }: Pick<Scope, 'tenantId'>,
): Promise<AlertingHealth> {
  const row = await sql.row<{ untold: number; waiting: number }>(
    `SELECT (SELECT count(*)::int FROM alert WHERE tenant_id = $1 AND status = 'FIRING' AND level = 'critical'
         AND suppression = 'ALL_CHANNELS_FAILED') AS untold,
       (SELECT count(*)::int FROM alert_intake WHERE tenant_id = $1) AS waiting`,
    [tenantId],
    'alerting_health',
  );
  const { untold, waiting } = row ?? { untold: 0, waiting: 0 };
  return { status: untold > 0 ? 'DEGRADED' : 'HEALTHY', untold, waiting };
}
