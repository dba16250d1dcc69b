import type { Tx } from '../platform/db/sql.ts';
import type { Scope } from '../platform/scope.ts';

/** Counters and small values that a phase leaves in its report row. */
export type PhaseResult = Record<string, number | string | boolean | null>;

/** What one step of a phase has to say. */
export interface Step {
  result: PhaseResult;
  /** False asks for another step, in a transaction of its own. */
  isDone: boolean;
  /** Set when the phase found that it must not run, e.g. NO_KPIS. */
  skipped?: string;
}

/** The cycle as its phases see it. */
export interface CycleInfo {
  id: string;
  /** Everything before this instant exists, nothing after it does. */
  asOf: Date;
  intervalSec: number;
}

/**
 * One phase of the cycle. A step's effects, its report row and its events commit together, so a step that was
 * killed has done nothing and a step that was recorded is never done again.
 */
export interface Phase {
  name: string;
  run(scope: Scope, tx: Tx, cycle: CycleInfo, previous: PhaseResult | null): Promise<Step>;
}
