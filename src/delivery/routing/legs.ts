import { haversineKm, type Point } from '../../kernel/geo.ts';
import type { DroneClassName } from './drone-class.ts';
import { linehaulMinutes } from './graph.ts';
import type { Hub } from './hub.ts';
import type { Hop } from './last-mile.ts';
import { isAtHub } from './launch-site.ts';

export const LEG_KINDS = ['LOCAL', 'GROUND', 'LINEHAUL', 'DRONE'] as const;

/** One stretch of a route: plain JSON that needs no table to be understood. */
export interface RouteLeg {
  readonly kind: (typeof LEG_KINDS)[number];
  /** Node or site ids, or `pickup` and `delivery`. */
  readonly from: string;
  readonly to: string;
  readonly fromPoint: Point;
  readonly toPoint: Point;
  /** Great circle. */
  readonly distanceKm: number;
  /** Unrounded; the legs' minutes sum to the ETA. */
  readonly minutes: number;
  /** The hub that sends or carries it. */
  readonly hubId: string;
  /** The rest is null but for DRONE legs: where the drone starts and lands, and the class it was reckoned with. */
  readonly siteId: string | null;
  readonly droneClass: DroneClassName | null;
  /** Launch → pickup → drop → recovery. */
  readonly tripKm: number | null;
  /** Percent of the pack for the whole trip. */
  readonly energyNeedPct: number | null;
  /** Of the whole trip, with its handling; the ETA counts the hub's own average instead (spec c.7). */
  readonly flightMin: number | null;
}

interface End {
  readonly id: string;
  readonly at: Point;
}

const point = ({ lat, lon }: Point): Point => ({ lat, lon });

function leg(kind: RouteLeg['kind'], from: End, to: End, hub: Hub, minutes: number, hop?: Hop): RouteLeg {
  return {
    kind,
    ...{ from: from.id, to: to.id, fromPoint: point(from.at), toPoint: point(to.at) },
    ...{ distanceKm: haversineKm(from.at, to.at), minutes, hubId: hub.nodeId },
    siteId: hop?.site.id ?? null,
    droneClass: hop?.class.name ?? null,
    tripKm: hop?.tripKm ?? null,
    energyNeedPct: hop?.energyNeedPct ?? null,
    flightMin: hop?.flightMin ?? null,
  };
}

const hubEnd = (hub: Hub): End => ({ id: hub.nodeId, at: hub });
const PICKUP = 'pickup';
const DELIVERY = 'delivery';

/** One leg from door to door: by courier, or by the drone that fetches and brings it. */
export function directLeg(hub: Hub, pickup: Point, delivery: Point, hop: Hop | null): RouteLeg[] {
  const [from, to] = [
    { id: PICKUP, at: pickup },
    { id: DELIVERY, at: delivery },
  ];
  return [leg(hop ? 'DRONE' : 'LOCAL', from, to, hub, hub.avgDeliveryMin, hop ?? undefined)];
}

/** By courier to the site and from there by drone, in the hub's average time. */
export function viaSiteLegs(hub: Hub, from: Point, delivery: Point, hop: Hop): RouteLeg[] {
  return byDrone(hub, { id: PICKUP, at: from }, delivery, hop);
}

/**
 * The legs over two or more hubs. Handling at the first and last hub is the time of their own legs; in between it
 * delays the next flight. Without a hop the last mile goes by courier.
 */
export function hubLegs(hubs: readonly Hub[], pickup: Point, delivery: Point, hop: Hop | null): RouteLeg[] {
  const [first, last] = [hubs[0] as Hub, hubs.at(-1) as Hub];
  const flights = hubs.slice(1).map((to, i): RouteLeg => {
    const from = hubs[i] as Hub;
    const minutes = linehaulMinutes(haversineKm(from, to)) + (i > 0 ? from.avgDeliveryMin : 0);
    return leg('LINEHAUL', hubEnd(from), hubEnd(to), from, minutes);
  });
  return [
    leg('GROUND', { id: PICKUP, at: pickup }, hubEnd(first), first, first.avgDeliveryMin),
    ...flights,
    ...lastLegs(last, delivery, hop),
  ];
}

function lastLegs(hub: Hub, delivery: Point, hop: Hop | null): RouteLeg[] {
  const to = { id: DELIVERY, at: delivery };
  if (!hop) return [leg('GROUND', hubEnd(hub), to, hub, hub.avgDeliveryMin)];
  if (!isAtHub(hop.site, hub)) return byDrone(hub, hubEnd(hub), delivery, hop);
  return [leg('DRONE', { id: hub.nodeId, at: hop.site }, to, hub, hub.avgDeliveryMin, hop)];
}

/** The courier has what the flight leaves of the hub's average, so that the ETA is the specification's. */
function byDrone(hub: Hub, from: End, delivery: Point, hop: Hop): RouteLeg[] {
  const site = { id: hop.site.id, at: hop.site };
  const flight = Math.min(hub.avgDeliveryMin, hop.flightMin);
  return [
    leg('GROUND', from, site, hub, hub.avgDeliveryMin - flight),
    leg('DRONE', site, { id: DELIVERY, at: delivery }, hub, flight, hop),
  ];
}
