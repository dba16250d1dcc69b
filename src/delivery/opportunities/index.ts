export { type Columns, type Join, narrow, selectList } from './columns.ts';
export { type DetectionResult, skips } from './counters.ts';
export { type DetectionStep, detectOpportunities } from './detect.ts';
export { type DetectionRun, detectNow } from './detect-now.ts';
export { SKIP_REASONS, type SkipReason } from './gates.ts';
export { listOpportunities, type OpportunityFilter, type OpportunityOrder } from './list.ts';
export {
  ACTION_TYPE,
  OPPORTUNITY_STATUSES,
  type Opportunity,
  type OpportunityStatus,
  opportunityId,
} from './opportunity.ts';
export { orderJoin } from './order-join.ts';
export {
  eliteToOffer,
  findOpportunity,
  getOpportunity,
  opportunitiesById,
  opportunitiesIn,
  readOpportunity,
  type ToOffer,
} from './read.ts';
export { routePreview } from './route-preview.ts';
export { expireStale, lockOpportunity, moveOpportunities, reopenNotFlyable } from './store.ts';
