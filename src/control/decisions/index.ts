export { type Answer, type Computed, compute, defineFormula, type Formula } from './formula.ts';
export { pruneDecisions } from './prune.ts';
export {
  type Decision,
  type DecisionFilter,
  decidedSince,
  decisionsById,
  listDecisions,
  type Replay,
  replayDecision,
} from './read.ts';
export { decide, type NewDecision, recordDecisions } from './record.ts';
