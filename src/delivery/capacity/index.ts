export { checkCapacityAlerts } from './alerts.ts';
export { expireHolds } from './expire-holds.ts';
export { recordHubOutcome } from './outcome.ts';
export { HOLD_MS, reserveHubs } from './reserve.ts';
export { confirmHubs, releaseHubs } from './settle.ts';
export { type CapacityView, capacityView, type HubCapacity, type Slots } from './view.ts';
