import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

/** Removes reports made more than so many days ago, at most 10,000 a call; returns how many. */
export function pruneReports({ tenantId, now }: Scope, tx: Tx, keptDays: number): Promise<number> {
  return tx.run(
    `DELETE FROM report WHERE tenant_id = $1 AND id IN (
       SELECT id FROM report WHERE tenant_id = $1 AND at < $2 ORDER BY at LIMIT 10000)`,
    [tenantId, addMs(now, -keptDays * DAY_MS)],
    'prune_reports',
  );
}
