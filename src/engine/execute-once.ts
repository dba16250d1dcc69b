import { idempotently } from '../control/access/index.ts';
import type { Scope } from '../platform/scope.ts';
import type { CycleRunner, Executed, ExecuteRequest } from './execute.ts';
import { findCycle } from './read.ts';

/** Runs a cycle now; the same call with the same key within 24 h answers with the first one's cycle. */
export function executeOnce(
  runner: CycleRunner,
  scope: Scope,
  request: ExecuteRequest,
  idempotencyKey: string | null | undefined,
): Promise<Executed> {
  if (idempotencyKey == null) return runner.execute(scope, request);
  const run = async () => {
    const { cycle, alreadyRunning } = await runner.execute(scope, request);
    return { id: cycle.id, alreadyRunning };
  };
  const asked = ['executeCycle', request.asOf ?? null, request.isDryRun ?? false];
  return idempotently(scope, idempotencyKey, asked, run, async ({ id, alreadyRunning }) => ({
    cycle: await findCycle(scope, id),
    alreadyRunning,
  }));
}
