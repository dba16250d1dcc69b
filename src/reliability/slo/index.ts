export { countSamples, type Sample } from './count-samples.ts';
export { type AnswerFact, createSliCounter, type SliCounter } from './counter.ts';
export { requestP95 } from './latency.ts';
export {
  BURN_ALERTS,
  type BurnAlert,
  builtInId,
  type GoodWhen,
  INDICATORS,
  type Indicator,
  type Objective,
  SLI_SOURCES,
  SLO_STATUSES,
  type SliSource,
  type SloStatus,
} from './objective.ts';
export { type Pain, painOf, requestErrorRate } from './pain.ts';
export { objectivesById } from './read.ts';
export { type SloReport, type SloSummary, sloReport, sloSummary, type WindowReport } from './report.ts';
export { burnRate, type CheckVerdict, type PairVerdict } from './rules.ts';
export { deleteObjective, type ObjectiveInput, setObjective } from './set-objective.ts';
export { pruneSli } from './store.ts';
export { type Watched, watchSlos } from './watch.ts';
