export type { HubInput } from './edit-hub.ts';
export { freeCapacity, type Hub, type Place } from './hub.ts';
export { type HubFilter, hubsById, listHubs } from './read.ts';
export { destinationRegion } from './region.ts';
export {
  previewRoute,
  type RouteAnswer,
  type RouteLeg,
  type RouteOption,
  type RouteRequest,
} from './route.ts';
export { seedTenantHubs } from './seed-tenant.ts';
export { type HubRow, loadHubs } from './store.ts';
export { setHubEnabled, upsertHub } from './upsert-hub.ts';
