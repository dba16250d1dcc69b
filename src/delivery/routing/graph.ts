import { haversineKm } from '../../kernel/geo.ts';
import { freeCapacity, type Hub } from './hub.ts';

const CRUISE_KMH = 800;
const TRANSFER_MIN = 120;

/** A way over one, two or three hubs. */
export interface HubPath {
  readonly hubs: readonly Hub[];
  /** Node ids in order of travel. */
  readonly path: readonly string[];
  /** Product of the hubs' success chances, 0..1. */
  readonly successProbability: number;
  /** Handling at every hub plus all linehauls, unrounded. */
  readonly minutes: number;
}

/** Minutes of a linehaul flight between two hubs, with its transfer at both ends (spec c.7 step 4). */
export function linehaulMinutes(distanceKm: number): number {
  return (distanceKm / CRUISE_KMH) * 60 + TRANSFER_MIN;
}

/** A path with its chance and duration. */
export function hubPath(hubs: readonly Hub[]): HubPath {
  let successProbability = 1;
  let minutes = 0;
  for (const [i, hub] of hubs.entries()) {
    const previous = hubs[i - 1];
    successProbability *= hub.successPct / 100;
    minutes += hub.avgDeliveryMin + (previous ? linehaulMinutes(haversineKm(previous, hub)) : 0);
  }
  return { hubs, path: hubs.map((hub) => hub.nodeId), successProbability, minutes };
}

/**
 * The `k` likeliest ways from one hub to another over at most one hub in between, all enabled and, unless
 * `ignoreCapacity`, with a free slot. With three hubs at most, every way is direct or over one neighbour, so
 * one pass over the hubs finds them all: no search, and 1,000 hubs are nothing (spec c.7 step 2).
 */
export function bestPaths(
  hubs: readonly Hub[],
  from: Hub,
  to: Hub,
  { k = 3, ignoreCapacity = false }: { k?: number; ignoreCapacity?: boolean } = {},
): HubPath[] {
  const usable = (hub: Hub): boolean => hub.enabled && (ignoreCapacity || freeCapacity(hub) > 0);
  if (!usable(from) || !usable(to)) return [];
  const reach = new Set(from.connected);
  const found: HubPath[] = [];
  for (const hub of hubs) {
    if (hub.nodeId === from.nodeId || !(reach.has(hub.nodeId) || reach.has(hub.region))) continue;
    if (hub.nodeId === to.nodeId) found.push(hubPath([from, to]));
    else if (usable(hub) && shipsTo(hub, to)) found.push(hubPath([from, hub, to]));
  }
  return found.sort(byPreference).slice(0, k);
}

function shipsTo(hub: Hub, to: Hub): boolean {
  return hub.connected.includes(to.nodeId) || hub.connected.includes(to.region);
}

/** Likeliest first; ties to the shorter time, then to the path that sorts first (spec c.7 step 5). */
function byPreference(a: HubPath, b: HubPath): number {
  return (
    b.successProbability - a.successProbability ||
    a.minutes - b.minutes ||
    (a.path.join('>') < b.path.join('>') ? -1 : 1)
  );
}
