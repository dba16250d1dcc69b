import { ValidationError } from '../../kernel/errors.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Opportunity } from '../opportunities/index.ts';
import {
  CLEAR_SKY,
  loadNetwork,
  type Network,
  previewRoute,
  type RouteAnswer,
  type RouteLeg,
  type RouteRequest,
} from '../routing/index.ts';
import type { LegCost } from './delivery-cost.ts';
import type { Way } from './offer-rule.ts';
import type { FindWay } from './propose.ts';

/** What carries packages now. */
export interface Reach {
  readonly network: Network;
  /** Whether a drone-drop may end with a courier (settings.offerGroundFallback). */
  readonly groundFallback: boolean;
  /** Whether any drone is in service. */
  readonly isFleetAvailable: boolean;
}

/** What carries the tenant's packages at this instant; as many statements as a network has parts. */
export async function loadReach(
  sql: Sql,
  tenantId: string,
  now: Date,
  groundFallback: boolean,
): Promise<Reach> {
  const network = await loadNetwork(sql, tenantId, now);
  const isFleetAvailable = network.sites.some(({ classes }) => classes.length > 0);
  return { network, groundFallback, isFleetAvailable };
}

type NoPlace = Extract<Way, { ok: false }> & { readonly code: 'INVALID_PLACE' };

/** What is asked of routing for an opportunity. */
export function routeRequestOf(opportunity: Opportunity, groundFallback: boolean): RouteRequest {
  const { pickupLat, pickupLon, pickupCountry, deliveryLat, deliveryLon, deliveryCountry } = opportunity;
  return {
    pickup: { lat: pickupLat, lon: pickupLon, country: pickupCountry },
    delivery: { lat: deliveryLat, lon: deliveryLon, country: deliveryCountry },
    weightKg: opportunity.weightGrams / 1000,
    groundFallback,
  };
}

/** The route of an opportunity over this network, or why there is none. */
function routeOf(opportunity: Opportunity, network: Network, groundFallback: boolean): RouteAnswer | NoPlace {
  try {
    return previewRoute(network, routeRequestOf(opportunity, groundFallback));
  } catch (error) {
    // Impossible places are a refusal, not a failed phase.
    if (!(error instanceof ValidationError)) throw error;
    return { ok: false, code: 'INVALID_PLACE', reasons: [{ code: 'INVALID_PLACE', text: error.message }] };
  }
}

const NO_FLEET = {
  ok: false,
  code: 'FLEET_UNAVAILABLE',
  reasons: [{ code: 'FLEET_UNAVAILABLE', text: 'No drone is in service, and a courier may not bring it.' }],
} as const satisfies Way;

/** A fleet that is down says nothing about the package: only its way on the ground is judged then. */
const mayDrive = ({ groundFallback, isFleetAvailable }: Reach): boolean =>
  groundFallback || !isFleetAvailable;

/** The route of an opportunity now, or why it has none. */
export function routeNow(opportunity: Opportunity, reach: Reach): RouteAnswer | NoPlace | typeof NO_FLEET {
  const route = routeOf(opportunity, reach.network, mayDrive(reach));
  return route.ok && !reach.isFleetAvailable && !reach.groundFallback ? NO_FLEET : route;
}

/** The same network on its best day: free hubs under clear skies. */
const bestOf = (network: Network): Network => ({
  ...network,
  hubs: network.hubs.map((hub) => ({ ...hub, reserved: 0 })),
  sky: CLEAR_SKY,
});

/** How packages travel over this reach now. A no is lasting when clear skies and free hubs would not change it. */
export function findWayOver(reach: Reach): FindWay {
  let best: Network | undefined;
  return (opportunity) => {
    const route = routeNow(opportunity, reach);
    if (route.ok) return { way: wayOf(route), isLasting: false };
    if (route === NO_FLEET) return { way: route, isLasting: false };
    best ??= bestOf(reach.network);
    return { way: route, isLasting: !routeOf(opportunity, best, mayDrive(reach)).ok };
  };
}

/** What of a leg decides its price: a drone has to fly its whole trip. */
export const legCostOf = ({ kind, distanceKm, tripKm }: RouteLeg): LegCost => ({
  kind,
  distanceKm: tripKm ?? distanceKm,
});

/** The part of a route that an offer rests on. */
export function wayOf(route: Extract<RouteAnswer, { ok: true }>): Extract<Way, { ok: true }> {
  const { path, legs, successProbability, etaMin, reasons } = route;
  return { ok: true, path, legs: legs.map(legCostOf), successProbability, etaMin, reasons };
}
