import { haversineKm, type Point } from '../../kernel/geo.ts';
import type { Reason } from '../../kernel/reason.ts';
import { coveringHubs, freeCapacity, type Hub, type Place, servesCountry } from './hub.ts';

export type RouteRefusal =
  | 'PICKUP_OUT_OF_COVERAGE'
  | 'DELIVERY_OUT_OF_COVERAGE'
  | 'CAPACITY_EXHAUSTED'
  | 'NO_PATH'
  | 'NOT_FLYABLE'
  | 'UNKNOWN_REGION';

/** Why there is no route; the first reason carries the code, the others say more. */
export interface Refused {
  readonly ok: false;
  readonly code: RouteRefusal;
  readonly reasons: readonly Reason[];
}

export type End = 'pickup' | 'delivery';

export const refuse = (code: RouteRefusal, text: string, more: readonly Reason[] = []): Refused => ({
  ok: false,
  code,
  reasons: [{ code, text }, ...more],
});

export const exhausted = (hub: Hub): Refused =>
  refuse(
    'CAPACITY_EXHAUSTED',
    `${hub.nodeId} has no free slot: ${hub.reserved} of ${hub.capacity} are taken.`,
  );

/** The best covering hub that has a free slot, or the refusal that tells why there is none (spec c.7 step 1). */
export function hubFor(hubs: readonly Hub[], place: Place, end: End): Hub | Refused {
  const covering = coveringHubs(hubs, place, place.country);
  const [best] = covering;
  if (!best) return outOfReach(hubs, place, end);
  return covering.find((hub) => freeCapacity(hub) > 0) ?? exhausted(best);
}

/** The hub of the region somebody insists on, if it can deliver there at all. */
export function hubOfRegion(hubs: readonly Hub[], region: string, place: Place): Hub | Refused {
  const hub = hubs.find((each) => each.region === region);
  if (!hub) return refuse('UNKNOWN_REGION', `No hub serves the region ${region}.`);
  if (!hub.enabled || haversineKm(hub, place) > hub.coverageKm) return tooFar(hub, place, 'delivery');
  return freeCapacity(hub) > 0 ? hub : exhausted(hub);
}

function outOfReach(hubs: readonly Hub[], place: Place, end: End): Refused {
  const nearest = nearestOwn(hubs, place);
  if (nearest) return tooFar(nearest, place, end);
  return refuse('UNKNOWN_REGION', `No hub serves ${place.country}, and none covers the ${end} point.`);
}

function tooFar(hub: Hub, place: Point, end: End): Refused {
  const code = end === 'pickup' ? 'PICKUP_OUT_OF_COVERAGE' : 'DELIVERY_OUT_OF_COVERAGE';
  const state = hub.enabled ? `covers ${hub.coverageKm} km` : 'is disabled';
  const km = haversineKm(hub, place).toFixed(1);
  return refuse(code, `The ${end} point is ${km} km from ${hub.nodeId}, which ${state}.`);
}

/** The nearest hub that names the country as its own, in service or not. */
export function nearestOwn(hubs: readonly Hub[], place: Place): Hub | null {
  let nearest: Hub | null = null;
  for (const hub of hubs) {
    if (!servesCountry(hub, place.country)) continue;
    if (!nearest || haversineKm(hub, place) < haversineKm(nearest, place)) nearest = hub;
  }
  return nearest;
}

/** Why this hub stands at this end. */
export function chosen(hub: Hub, place: Place, end: End): Reason {
  const km = haversineKm(hub, place).toFixed(1);
  const code = servesCountry(hub, place.country) ? 'COUNTRY_HUB' : 'NEAREST_COVERING_HUB';
  return { code, text: `The ${end} point is ${km} km from ${hub.nodeId}, inside its ${hub.coverageKm} km.` };
}
