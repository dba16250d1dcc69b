import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { KEPT_DAYS } from './series.ts';

const ANOMALY_DAYS = 90;
/** Rows of one statement; a run takes several, so that it keeps up with 10,000 series. */
const ROWS = 20_000;
const STATEMENTS = 5;

/** Removes minutes older than 35 days and anomalies older than 90, at most 100,000 rows a call; answers how many. */
export async function pruneMetrics(scope: Scope, tx: Tx): Promise<number> {
  const minutes = await remove(scope, tx, 'metric_rollup', 'minute', KEPT_DAYS);
  return minutes + (await remove(scope, tx, 'anomaly', 'at', ANOMALY_DAYS));
}

async function remove(scope: Scope, tx: Tx, table: string, column: string, days: number): Promise<number> {
  let removed = 0;
  for (let statement = 0; statement < STATEMENTS; statement++) {
    const rows = await tx.run(
      `DELETE FROM ${table} WHERE tenant_id = $1 AND ctid = ANY(ARRAY(
         SELECT ctid FROM ${table} WHERE tenant_id = $1 AND ${column} < $2 LIMIT ${ROWS}))`,
      [scope.tenantId, addMs(scope.now, -days * DAY_MS)],
      `prune_${table}`,
    );
    removed += rows;
    if (rows < ROWS) break;
  }
  return removed;
}
