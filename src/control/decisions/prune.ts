import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

/** Their inputs are large: more of them at once would keep everybody waiting on the embedded database. */
const BATCH = 1_000;

/**
 * Removes decisions that were made and recorded more than so many days ago and that nothing refers to any more, at most
 * 1,000 a call; returns how many. The database's own function does it (decision record 022): it never takes one that is
 * younger than 30 days, whatever is asked.
 */
export async function pruneDecisions(scope: Scope, tx: Tx, keptDays: number): Promise<number> {
  const row = await tx.row<{ removed: number }>(
    'SELECT prune_decisions($1, $2) AS removed',
    [addMs(scope.now, -keptDays * DAY_MS), BATCH],
    'prune_decisions',
  );
  return row?.removed ?? 0;
}
