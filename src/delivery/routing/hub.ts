import { EARTH_RADIUS_KM, haversineKm, type Point } from '../../kernel/geo.ts';

const KM_PER_DEGREE = (Math.PI / 180) * EARTH_RADIUS_KM;

/** A routing node: a place that serves everything within its coverage and ships to the hubs it is connected to. */
export interface Hub extends Point {
  readonly nodeId: string;
  readonly region: string;
  readonly coverageKm: number;
  /** Slots in flight at most; `reserved` of them are held or confirmed. */
  readonly capacity: number;
  readonly reserved: number;
  /** Chance in percent that a delivery through this hub succeeds (posterior mean, spec c.4). */
  readonly successPct: number;
  readonly avgDeliveryMin: number;
  /** Regions or node ids this hub ships to. */
  readonly connected: readonly string[];
  readonly enabled: boolean;
  /** ISO countries for which this hub is the first candidate. */
  readonly countries?: readonly string[];
}

/** Weight of the prior in deliveries: successPct counts as much as 50 of them (spec c.4). */
const PRIOR_DELIVERIES = 50;

/** Chance in percent that a delivery through a hub succeeds: mean of Beta(50p, 50(1−p)) after its outcomes (spec c.4). */
export function posteriorPct(priorPct: number, delivered: number, failed: number): number {
  const outcomes = delivered + failed;
  if (outcomes === 0) return priorPct;
  return (priorPct * PRIOR_DELIVERIES + 100 * delivered) / (PRIOR_DELIVERIES + outcomes);
}

/** A point with its ISO 3166 alpha-2 country. */
export interface Place extends Point {
  readonly country: string;
}

/** Slots that are free now, never below zero. */
export function freeCapacity(hub: Hub): number {
  return Math.max(0, hub.capacity - hub.reserved);
}

/** Whether the hub names this country as its own. */
export function servesCountry(hub: Hub, country: string): boolean {
  return hub.countries?.includes(country.toUpperCase()) ?? false;
}

/**
 * Enabled hubs whose coverage contains the point, best first: those of the country, then by distance, then
 * by node id (spec c.7 step 1).
 */
export function coveringHubs<H extends Hub>(hubs: readonly H[], point: Point, country: string): H[] {
  return hubs
    .filter((hub) => hub.enabled && mayReach(hub, point))
    .map((hub) => ({ hub, km: haversineKm(hub, point), foreign: servesCountry(hub, country) ? 0 : 1 }))
    .filter(({ hub, km }) => km <= hub.coverageKm)
    .sort((a, b) => a.foreign - b.foreign || a.km - b.km || (a.hub.nodeId < b.hub.nodeId ? -1 : 1))
    .map(({ hub }) => hub);
}

/** No way is shorter than its north–south part: this spares the haversine for nearly every hub that is too far. */
function mayReach(hub: Hub, point: Point): boolean {
  return Math.abs(hub.lat - point.lat) * KM_PER_DEGREE <= hub.coverageKm + 0.001;
}

/** The hub that serves a place: its country's if that covers it, else the nearest that does, else null. */
export function candidateHub<H extends Hub>(hubs: readonly H[], point: Point, country: string): H | null {
  return coveringHubs(hubs, point, country)[0] ?? null;
}
