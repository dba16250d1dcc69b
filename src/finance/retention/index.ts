export { type ActiveDay, MAX_ACTIVITIES, recordActivity } from './activity.ts';
export {
  aggregateRetention,
  type Cohort,
  pruneActivity,
  type RetentionDay,
  retentionDays,
} from './aggregate.ts';
