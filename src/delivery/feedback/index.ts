export { actionOf } from './action.ts';
export { COLLECT_AT_ONCE, type Collected, collectOutcomes } from './collect.ts';
export { experimentFacts, learningFacts } from './facts.ts';
