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
} from './effect.ts';
export { type EffectFilter, effectsById, listEffects } from './read.ts';
export { runEffects } from './run-effects.ts';
export { addEffects, hasOpenEffects, skipEffects } from './store.ts';
