import { idempotently } from '../../control/access/index.ts';
import type { Scope } from '../../platform/scope.ts';
import { type DetectionResult, noDetection } from './counters.ts';
import { detectOpportunities } from './detect.ts';

/** A request must end: what is left after this many steps is reported and found by the next run. */
const MAX_STEPS = 40;

export type DetectionRun = DetectionResult & {
  /** False when orders are still waiting. */
  isDone: boolean;
};

/** Runs detection now, step by step, each in a transaction of its own; once per idempotency key. */
export async function detectNow(scope: Scope, idempotencyKey?: string | null): Promise<DetectionRun> {
  const run = () => runSteps(scope);
  return idempotently(scope, idempotencyKey, 'detectOpportunities', run, async (memo) => memo);
}

async function runSteps(scope: Scope): Promise<DetectionRun> {
  let result = noDetection();
  for (let n = 0; n < MAX_STEPS; n++) {
    const before = result;
    const step = await scope.db.tx((tx) => detectOpportunities(scope, tx, before));
    result = step.result;
    if (step.isDone) return { ...result, isDone: true };
  }
  return { ...result, isDone: false };
}
