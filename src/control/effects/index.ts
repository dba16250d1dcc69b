export {
  OutboundDelayed as EffectDelayed,
  OutboundRefused as EffectRefused,
} from '../../platform/outbound/errors.ts';
export {
  backoffSec,
  type Effect,
  type EffectFailure,
  type EffectHandler,
  type EffectStatus,
  handleEffects,
  type NewEffect,
  type RetryPolicy,
} from './effect.ts';
export { countEndedEffects, type EffectFilter, effectsById, listEffects } from './read.ts';
export { runEffects } from './run-effects.ts';
export { addEffects, hasOpenEffects, pruneEffects, skipEffects } from './store.ts';
