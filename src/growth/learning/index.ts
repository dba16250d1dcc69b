export { type DrawnArm, drawArms } from './draw-arms.ts';
export { type IsExcluded, loadExclusions } from './exclusions.ts';
export {
  type ActionFact,
  type ArmDayFact,
  type ExperimentFacts,
  FALLBACK_ARM,
  HOLDOUT_ARM,
  type LearnFacts,
  type OfferFact,
  OUTCOME_KINDS,
  type OutcomeFact,
  type OutcomeKind,
  type PropensityGroup,
  patternKey,
  SENTIMENTS,
  type Sentiment,
} from './facts.ts';
export { type LearnResult, learn } from './learn.ts';
export { strategyOf } from './read.ts';
export { recordOutcomes } from './record-outcomes.ts';
export type { Strategy, StrategyBase } from './strategy.ts';
