import { ValidationError } from '../../kernel/errors.ts';
import { haversineKm, type Point, validatePoint } from '../../kernel/geo.ts';
import type { Reason } from '../../kernel/reason.ts';
import { bestPaths, type HubPath, hubPath, linehaulMinutes } from './graph.ts';
import { coveringHubs, freeCapacity, type Hub, type Place, servesCountry } from './hub.ts';

export interface RouteRequest {
  readonly pickup: Place;
  readonly delivery: Place;
  readonly weightKg: number;
}

/** One stretch of a route. `from` and `to` are node ids, or `pickup` and `delivery`; minutes are unrounded. */
export interface RouteLeg {
  readonly kind: 'LOCAL' | 'GROUND' | 'LINEHAUL';
  readonly from: string;
  readonly to: string;
  readonly distanceKm: number;
  readonly minutes: number;
}

/** A way from door to door. The legs' minutes sum to the unrounded ETA. */
export interface RouteOption {
  readonly legs: readonly RouteLeg[];
  /** Node ids in order of travel. */
  readonly path: readonly string[];
  /** 0..1. */
  readonly successProbability: number;
  /** Whole minutes. */
  readonly etaMin: number;
}

export type RouteRefusal =
  | 'PICKUP_OUT_OF_COVERAGE'
  | 'DELIVERY_OUT_OF_COVERAGE'
  | 'CAPACITY_EXHAUSTED'
  | 'NO_PATH'
  | 'UNKNOWN_REGION';

export type RouteAnswer =
  | (RouteOption & {
      readonly ok: true;
      readonly alternatives: readonly RouteOption[];
      readonly reasons: readonly Reason[];
    })
  | { readonly ok: false; readonly code: RouteRefusal; readonly reasons: readonly Reason[] };

type Refused = Extract<RouteAnswer, { ok: false }>;
type End = 'pickup' | 'delivery';

/**
 * The likeliest route between two places with its two best alternatives, or why there is none (spec c.7,
 * steps 1, 2, 4, 5). The first and last miles go by courier, whose chance is 1. Pure: nothing is reserved.
 * Throws ValidationError for impossible coordinates or weights.
 */
export function previewRoute(hubs: readonly Hub[], request: RouteRequest): RouteAnswer {
  validatePoint(request.pickup, 'pickup');
  validatePoint(request.delivery, 'delivery');
  if (!(request.weightKg > 0 && request.weightKg < Number.POSITIVE_INFINITY)) {
    throw new ValidationError('weightKg', `Weight ${request.weightKg} must be a number of kg above 0.`);
  }
  const origin = hubFor(hubs, request.pickup, 'pickup');
  if ('ok' in origin) return origin;
  const destination = hubFor(hubs, request.delivery, 'delivery');
  if ('ok' in destination) return destination;
  const reasons = [
    chosen(origin, request.pickup, 'pickup'),
    chosen(destination, request.delivery, 'delivery'),
  ];
  if (origin.nodeId === destination.nodeId) {
    const best = optionOf(hubPath([origin]), request);
    return { ok: true, ...best, alternatives: [], reasons: [...reasons, SAME_HUB] };
  }
  const [best, ...others] = bestPaths(hubs, origin, destination).map((path) => optionOf(path, request));
  if (!best) return noWay(hubs, origin, destination);
  return { ok: true, ...best, alternatives: others, reasons: [...reasons, likeliest(others.length + 1)] };
}

const SAME_HUB: Reason = { code: 'SAME_HUB', text: 'One hub covers both ends: no linehaul is needed.' };

const likeliest = (ways: number): Reason => ({
  code: 'BEST_SUCCESS_PROBABILITY',
  text: ways === 1 ? 'It is the only way.' : `It has the best chance of success of ${ways} ways.`,
});

const refuse = (code: RouteRefusal, text: string): Refused => ({
  ok: false,
  code,
  reasons: [{ code, text }],
});

/** The best covering hub that has a free slot, or the refusal that tells why there is none. */
function hubFor(hubs: readonly Hub[], place: Place, end: End): Hub | Refused {
  const covering = coveringHubs(hubs, place, place.country);
  const [best] = covering;
  if (!best) return outOfReach(hubs, place, end);
  return covering.find((hub) => freeCapacity(hub) > 0) ?? exhausted(best);
}

function outOfReach(hubs: readonly Hub[], place: Place, end: End): Refused {
  const own = hubs.filter((hub) => servesCountry(hub, place.country));
  const nearest = nearestTo(own, place);
  if (!nearest) {
    const text = `No hub serves ${place.country}, and none covers the ${end} point.`;
    return refuse('UNKNOWN_REGION', text);
  }
  const code = end === 'pickup' ? 'PICKUP_OUT_OF_COVERAGE' : 'DELIVERY_OUT_OF_COVERAGE';
  const km = haversineKm(nearest, place).toFixed(1);
  const state = nearest.enabled ? `covers ${nearest.coverageKm} km` : 'is disabled';
  return refuse(code, `The ${end} point is ${km} km from ${nearest.nodeId}, which ${state}.`);
}

function nearestTo(hubs: readonly Hub[], point: Point): Hub | null {
  let nearest: Hub | null = null;
  for (const hub of hubs)
    if (!nearest || haversineKm(hub, point) < haversineKm(nearest, point)) nearest = hub;
  return nearest;
}

const exhausted = (hub: Hub): Refused =>
  refuse(
    'CAPACITY_EXHAUSTED',
    `${hub.nodeId} has no free slot: ${hub.reserved} of ${hub.capacity} are taken.`,
  );

function noWay(hubs: readonly Hub[], origin: Hub, destination: Hub): Refused {
  const [full] = bestPaths(hubs, origin, destination, { k: 1, ignoreCapacity: true });
  const taken = full?.hubs.find((hub) => freeCapacity(hub) === 0);
  if (taken) return exhausted(taken);
  const text = `No connection from ${origin.nodeId} to ${destination.nodeId} over at most one other hub.`;
  return refuse('NO_PATH', text);
}

function chosen(hub: Hub, place: Place, end: End): Reason {
  const km = haversineKm(hub, place).toFixed(1);
  const code = servesCountry(hub, place.country) ? 'COUNTRY_HUB' : 'NEAREST_COVERING_HUB';
  return { code, text: `The ${end} point is ${km} km from ${hub.nodeId}, inside its ${hub.coverageKm} km.` };
}

function optionOf(way: HubPath, request: RouteRequest): RouteOption {
  const { path, successProbability, minutes } = way;
  return { legs: legsOf(way.hubs, request), path, successProbability, etaMin: Math.round(minutes) };
}

/** Handling at the first and last hub is their courier leg's time; in between it delays the next flight. */
function legsOf(hubs: readonly Hub[], { pickup, delivery }: RouteRequest): RouteLeg[] {
  const first = hubs[0] as Hub;
  const last = hubs.at(-1) as Hub;
  if (first === last) {
    return [
      {
        kind: 'LOCAL',
        from: 'pickup',
        to: 'delivery',
        distanceKm: haversineKm(pickup, delivery),
        minutes: first.avgDeliveryMin,
      },
    ];
  }
  const ground = (from: string, to: string, hub: Hub, place: Place): RouteLeg => {
    return { kind: 'GROUND', from, to, distanceKm: haversineKm(hub, place), minutes: hub.avgDeliveryMin };
  };
  const flights = hubs.slice(1).map((to, i): RouteLeg => {
    const from = hubs[i] as Hub;
    const distanceKm = haversineKm(from, to);
    const minutes = linehaulMinutes(distanceKm) + (i > 0 ? from.avgDeliveryMin : 0);
    return { kind: 'LINEHAUL', from: from.nodeId, to: to.nodeId, distanceKm, minutes };
  });
  return [
    ground('pickup', first.nodeId, first, pickup),
    ...flights,
    ground(last.nodeId, 'delivery', last, delivery),
  ];
}
