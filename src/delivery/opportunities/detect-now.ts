import type { Scope } from '../../platform/scope.ts';
import { type DetectionResult, noDetection } from './counters.ts';
import { detectOpportunities } from './detect.ts';

/** A request must end: what is left after this many steps is reported and found by the next run. */
const MAX_STEPS = 40;

/** Runs detection now, step by step, each in a transaction of its own. */
export async function detectNow(scope: Scope): Promise<DetectionResult & { isDone: boolean }> {
  let result = noDetection();
  for (let n = 0; n < MAX_STEPS; n++) {
    const before = result;
    const step = await scope.db.tx((tx) => detectOpportunities(scope, tx, before));
    result = step.result;
    if (step.isDone) return { ...result, isDone: true };
  }
  return { ...result, isDone: false };
}
