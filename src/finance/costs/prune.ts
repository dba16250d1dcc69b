import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

/**
 * Removes forecasts made more than so many days ago, at most 10,000 a call; returns how many. The newest of each category
 * and currency stays, however old: it is still the answer to what the next days cost.
 */
export function pruneForecasts({ tenantId, now }: Scope, tx: Tx, keptDays: number): Promise<number> {
  return tx.run(
    `DELETE FROM cost_forecast WHERE tenant_id = $1 AND id IN (
       SELECT f.id FROM cost_forecast f WHERE f.tenant_id = $1 AND f.as_of < $2 AND EXISTS (
         SELECT FROM cost_forecast n WHERE n.tenant_id = $1 AND n.as_of > f.as_of AND n.category = f.category
           AND n.currency = f.currency)
       ORDER BY f.as_of LIMIT 10000)`,
    [tenantId, addMs(now, -keptDays * DAY_MS)],
    'prune_forecasts',
  );
}
