export { drawArm } from './assign.ts';
export {
  approveStrategyChange,
  type ChangeRequest,
  rejectStrategyChange,
  revertStrategyChange,
} from './change-strategy.ts';
export { type DrawnArm, drawArms } from './draw-arms.ts';
export { costFloorOf, evidenceOf } from './evidence.ts';
export { type IsExcluded, loadExclusions } from './exclusions.ts';
export {
  EXPERIMENT_STATUSES,
  type ExperimentStatus,
  type PriceArm,
  type PriceExperiment,
} from './experiment.ts';
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
export type { Estimate } from './off-policy.ts';
export { OUTCOME_STATUSES, type Outcome, type OutcomeStatus } from './outcome.ts';
export { isHighScore, SELECTION_MODES, type SelectionMode, selectionScore } from './patterns.ts';
export { condensed, PROMOTION_VERDICTS, type PromotionVerdict, promotionFormula } from './promotion.ts';
export {
  type ChangeFilter,
  changesById,
  countWaitingChanges,
  experimentsById,
  type LearnedPattern,
  listChanges,
  listExperiments,
  listOutcomes,
  listPatterns,
  type OutcomeFilter,
  strategyOf,
} from './read.ts';
export { type Feedback, recordOutcome } from './record-outcome.ts';
export { recordOutcomes } from './record-outcomes.ts';
export { type Ending, reweightFormula } from './reweight.ts';
export { type NewExperiment, startPriceExperiment } from './start-price-experiment.ts';
export { type StopExperiment, stopPriceExperiment } from './stop-price-experiment.ts';
export type { Strategy, StrategyBase } from './strategy.ts';
export {
  CHANGE_KINDS,
  CHANGE_STATUSES,
  type ChangeKind,
  type ChangeStatus,
  type StrategyChange,
} from './strategy.ts';
export { type ArmView, checkPolicy, type ExperimentView, type PolicyCheck, viewOf } from './view.ts';
