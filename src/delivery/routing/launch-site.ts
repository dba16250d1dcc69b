import { haversineKm, type Point } from '../../kernel/geo.ts';
import type { DroneClassName } from './drone-class.ts';

/** Where drones of a hub start, land and charge. */
export interface LaunchSite extends Point {
  readonly id: string;
  /** The hub that hands it its parcels. */
  readonly hubId: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Classes of its drones that are neither under maintenance nor offline. */
  readonly classes: readonly DroneClassName[];
}

/** A launch site as stored. */
export interface LaunchSiteRow extends LaunchSite {
  readonly version: number;
  readonly updatedAt: Date;
}

/** Out-and-back radius of a full pack without payload: (100 − 20) / 2 km (spec c.5). */
export const RANGE_KM = 40;
/** A site this near its hub needs no courier between the two. */
const SAME_PLACE_KM = 0.1;

/** Enabled sites of the hub within range of the drop, the nearest first (spec c.7 step 3). */
export function sitesInRange(sites: readonly LaunchSite[], hubId: string, drop: Point): LaunchSite[] {
  return sites
    .filter((site) => site.enabled && site.hubId === hubId)
    .map((site) => ({ site, km: haversineKm(site, drop) }))
    .filter(({ km }) => km <= RANGE_KM)
    .sort((a, b) => a.km - b.km || (a.site.id < b.site.id ? -1 : 1))
    .map(({ site }) => site);
}

/** Whether the site is where its hub is. */
export const isAtHub = (site: Point, hub: Point): boolean => haversineKm(site, hub) <= SAME_PLACE_KM;
