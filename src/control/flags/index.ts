export type { FlagChange, FlagPatch } from './change.ts';
export {
  type Changed,
  deleteFlag,
  type FlagTarget,
  killFlag,
  removeOverride,
  reviveFlag,
  type SetFlag,
  setFlag,
  type UpdateFlag,
  updateFlag,
} from './change-flag.ts';
export type { NewRule } from './check.ts';
export { createFlag, type NewFlag } from './create-flag.ts';
export { approveFlagChange, cancelFlagChange, rejectFlagChange } from './decide-change.ts';
export { type DisabledFlag, disableNewestFlag } from './disable-newest.ts';
export type {
  Condition,
  Evaluation,
  EvaluationReason,
  FlagContext,
  FlagFacts,
  FlagRule,
  FlagType,
  Operator,
} from './flag.ts';
export { type Flag, isStale } from './flag-row.ts';
export { createFlagSet, type FlagSet, flagSet } from './flag-set.ts';
export { type FollowedChange, followFlagChanges } from './follow-changes.ts';
export { DRONE_FLAG, STABILISE_FLAG, SYSTEM_FLAGS, wayPast } from './keys.ts';
export { effectiveOf, flagsByKey, listFlags, staleFlags } from './read.ts';
export {
  type FlagRequest,
  flagRequestsById,
  listFlagRequests,
  pruneFlagRequests,
  type RequestFilter,
  type RequestStatus,
} from './request-store.ts';
export {
  FLAG_QUEUE,
  type FlagJob,
  runDueFlagChanges,
  type ScheduleFlagChange,
  scheduleFlagChange,
} from './schedule-change.ts';
export { seedFlagOn } from './seed-flag.ts';
export {
  type HeldKind,
  heldSince,
  type StabiliseStatus,
  setStabiliseMode,
  stabiliseStatus,
} from './stabilise.ts';
export { getSteering, type Steering } from './steering.ts';
export { flushFlagUsage, startFlagUsage } from './usage.ts';
