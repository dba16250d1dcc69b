import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

const BATCH = 500;

/**
 * Removes incidents that were resolved and last written to more than so many days ago, with their timelines and steps, at
 * most 500 a call; returns how many. The database's own function does it (decision record 022), never below 30 days.
 */
export async function pruneIncidents(scope: Scope, tx: Tx, keptDays: number): Promise<number> {
  const row = await tx.row<{ removed: number }>(
    'SELECT prune_incidents($1, $2) AS removed',
    [addMs(scope.now, -keptDays * DAY_MS), BATCH],
    'prune_incidents',
  );
  return row?.removed ?? 0;
}
