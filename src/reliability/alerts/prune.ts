import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

/** How long ended alerts and messages are kept. */
const KEEP_MS = 90 * DAY_MS;
const BATCH = 10_000;

/**
 * Removes resolved alerts, messages and ended silences older than 90 days, at most 10,000 of each a run; returns how
 * many. Three statements.
 */
export async function pruneAlerts(scope: Scope, tx: Tx): Promise<number> {
  const before = addMs(scope.now, -KEEP_MS);
  const remove = (table: string, condition: string) =>
    tx.run(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND id IN (
         SELECT id FROM ${table} WHERE tenant_id = $1 AND ${condition} LIMIT ${BATCH})`,
      [scope.tenantId, before],
    );
  const alerts = await remove('alert', `last_at < $2 AND status = 'RESOLVED' AND resolved_at < $2`);
  const messages = await remove('alert_notification', `created_at < $2 AND status <> 'QUEUED'`);
  return alerts + messages + (await remove('alert_silence', 'ends_at < $2'));
}
