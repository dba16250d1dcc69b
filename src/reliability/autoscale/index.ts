export { type Assumed, applyAutoscale, autoscaleDecision, type DryRun, runAutoscale } from './autoscale.ts';
export {
  ADAPTERS,
  type ScalingPolicy,
  type ScalingPolicyPatch,
  scalingPolicy,
  setScalingPolicy,
} from './policy.ts';
export {
  ALGORITHMS,
  documentAnswer,
  SCALING_ACTIONS,
  type ScalingAction,
  type ScalingAnswer,
  type ScalingInputs,
} from './rule.ts';
export {
  listScalingDecisions,
  pruneScaling,
  SCALING_STATUSES,
  type ScalingDecision,
  scalingDecisionsById,
} from './scaling-decision.ts';
