export type { DemoFacts } from './facts.ts';
export { generateDemo } from './generate.ts';
export type { ImportCounts } from './import-facts.ts';
export { COUNTS as DEMO_COUNTS, DEMO_SEED, DEMO_SOURCE } from './plan.ts';
export { runTrickle } from './run-trickle.ts';
export { type SeedOptions, type SeedProgress, type SeedResult, seedDemo } from './seed-demo.ts';
export { trickleBatch } from './trickle.ts';
