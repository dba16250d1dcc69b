import { DRONE_FLAG, STABILISE_FLAG, setFlag } from '../../src/control/flags/index.ts';
import type { Scope } from '../../src/platform/scope.ts';

/** Switches drone deliveries of the tenant on or off. */
export const setDrones = (scope: Scope, value: boolean) => setFlag(scope, { key: DRONE_FLAG, value });

/** Freezes the tenant, or ends it. */
export const setStabilised = (scope: Scope, value: boolean) =>
  setFlag(scope, { key: STABILISE_FLAG, value, reason: 'the test is over' });
