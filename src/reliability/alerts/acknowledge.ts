import { writeAudit } from '../../control/audit/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { InvalidTransitionError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { checkText } from '../../kernel/text.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ALERT_COLUMNS, type Alert, alertEvent } from './alert.ts';
import { lockRouter } from './intake.ts';

/** Alerts taken in one call. */
const MAX_AT_ONCE = 100;
const MAX_NOTE = 2_000;

/**
 * Somebody looks after these alerts: no repeats and no escalation until one rises to a higher level. Those that are
 * acknowledged already stay as they are. Throws NotFoundError, and InvalidTransitionError for one that is over.
 */
export async function acknowledgeAlerts(
  scope: Scope,
  { ids, note }: { ids: readonly string[]; note?: string | null | undefined },
): Promise<Alert[]> {
  checkIds(ids);
  checkText(note ?? '', 'note', MAX_NOTE);
  return scope.db.tx(async (tx) => {
    const alerts = await lockAlerts(scope, tx, ids);
    const over = alerts.find(({ status }) => status === 'RESOLVED');
    if (over) throw new InvalidTransitionError('alert', 'RESOLVED', 'ACKNOWLEDGED', 'it is over.');
    const changed = await tx.rows<Alert>(
      `UPDATE alert a SET acked_at = $3, acked_by = $4, escalate_at = NULL,
         due_at = CASE WHEN a.suppression = 'SILENCED' THEN a.due_at END,
         suppression = nullif(a.suppression, 'ALL_CHANNELS_FAILED')
       WHERE a.tenant_id = $1 AND a.id = ANY($2::uuid[]) AND a.acked_at IS NULL RETURNING ${ALERT_COLUMNS}`,
      [scope.tenantId, ids, scope.now, scope.actor.name],
    );
    for (const alert of changed) {
      await writeAudit(scope, tx, {
        ...{ action: 'alert.acknowledge', subject: alert.id, before: null },
        ...{ after: { type: alert.type, component: alert.component, message: alert.message }, reason: note },
      });
    }
    await scope.events.append(
      tx,
      scope.tenantId,
      changed.map((alert) => alertEvent(alert, 'ACKNOWLEDGED')),
    );
    return inOrder(ids, [...alerts, ...changed]);
  });
}

/**
 * Ends an alert by hand; raised again it is a new one. Those who were told of it are told of its end. Throws
 * NotFoundError, and InvalidTransitionError when it is over already.
 */
export async function resolveAlert(
  scope: Scope,
  { id, reason }: { id: string; reason?: string | null | undefined },
): Promise<Alert> {
  checkText(reason ?? '', 'reason', MAX_NOTE);
  return scope.db.tx(async (tx) => {
    const [before] = await lockAlerts(scope, tx, [id]);
    if (before?.status !== 'FIRING') throw new InvalidTransitionError('alert', 'RESOLVED', 'RESOLVED');
    const alert = (await tx.row<Alert>(
      `UPDATE alert a SET status = 'RESOLVED', resolved_at = $3, due_at = $3
       WHERE a.tenant_id = $1 AND a.id = $2 RETURNING ${ALERT_COLUMNS}`,
      [scope.tenantId, id, scope.now],
    )) as Alert;
    await writeAudit(scope, tx, {
      ...{ action: 'alert.resolve', subject: id, before: { status: 'FIRING', count: String(before.count) } },
      ...{ after: { status: 'RESOLVED' }, reason },
    });
    await scope.events.append(tx, scope.tenantId, [alertEvent(alert, 'RESOLVED')]);
    await watchTenant(tx, 'ALERTS', scope.tenantId);
    return alert;
  });
}

function checkIds(ids: readonly string[]): void {
  if (ids.length === 0 || ids.length > MAX_AT_ONCE) {
    throw new ValidationError('ids', `Name 1 to ${MAX_AT_ONCE} alerts.`);
  }
}

async function lockAlerts(scope: Scope, tx: Tx, ids: readonly string[]): Promise<Alert[]> {
  await lockRouter(tx, scope.tenantId);
  const alerts = await tx.rows<Alert>(
    `SELECT ${ALERT_COLUMNS} FROM alert a WHERE a.tenant_id = $1 AND a.id = ANY($2::uuid[]) ORDER BY a.id FOR UPDATE`,
    [scope.tenantId, ids.filter(isUuid)],
    'alerts_lock_rows',
  );
  const missing = ids.find((id) => !alerts.some((alert) => alert.id === id));
  if (missing !== undefined) throw new NotFoundError('alert', missing);
  return alerts;
}

const inOrder = (ids: readonly string[], alerts: readonly Alert[]): Alert[] =>
  ids.flatMap((id) => alerts.findLast((alert) => alert.id === id) ?? []);
