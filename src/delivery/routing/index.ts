export {
  DRONE_CLASS_NAMES,
  DRONE_CLASSES,
  type DroneClass,
  type DroneClassName,
  energyNeed,
  flightMinutes,
} from './drone-class.ts';
export type { HubInput } from './edit-hub.ts';
export { type LaunchSiteInput, MAX_SITES } from './edit-site.ts';
export type { Refused, RouteRefusal } from './ends.ts';
export { type Flyability, flyability, lengthKm, type Trip, tripPoints } from './flyability.ts';
export { freeCapacity, type Hub, type Place, posteriorPct } from './hub.ts';
export { type LaunchSite, type LaunchSiteRow, RANGE_KM } from './launch-site.ts';
export { LEG_KINDS, type RouteLeg } from './legs.ts';
export { loadNetwork, type Network } from './network.ts';
export { pruneNetwork } from './prune.ts';
export { type HubFilter, hubsById, listHubs } from './read.ts';
export { type LaunchSiteFilter, launchSitesById, listLaunchSites } from './read-sites.ts';
export { listFlightRestrictions, listWeather, restrictionsById } from './read-sky.ts';
export { destinationRegion } from './region.ts';
export { reportWeather } from './report-weather.ts';
export { addFlightRestriction, endFlightRestriction } from './restrict-flights.ts';
export { previewRoute, type RouteAnswer, type RouteOption, type RouteRequest } from './route.ts';
export { routeFormula } from './route-formula.ts';
export { seedTenantHubs } from './seed-tenant.ts';
export {
  CLEAR_SKY,
  type FlightRestriction,
  isBlocked,
  isWeatherKnown,
  type NoFlyZone,
  type RestrictionInput,
  type Severity,
  type Sky,
  type SkyProvider,
  type Weather,
  type WeatherInput,
  type WeatherReport,
  weatherIn,
} from './sky.ts';
export { type HubRow, type HubView, loadHubs } from './store.ts';
export { loadSky } from './store-sky.ts';
export { setHubEnabled, upsertHub } from './upsert-hub.ts';
export { upsertLaunchSite } from './upsert-site.ts';
