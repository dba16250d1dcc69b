import { getSettings } from '../../control/tenancy/index.ts';
import type { Scope } from '../../platform/scope.ts';
import { loadNetwork, previewRoute, type RouteAnswer } from '../routing/index.ts';
import { getOpportunity } from './read.ts';

/**
 * How an opportunity's package would travel if it were sent now (spec c.7), or why it cannot. Nothing is reserved.
 * Whether a courier may bring what no drone can follows the dispatch setting unless given.
 * NotFoundError for an unknown opportunity, ValidationError for places no route can join.
 */
export async function routePreview(
  scope: Scope,
  opportunityId: string,
  { groundFallback }: { groundFallback?: boolean | null | undefined } = {},
): Promise<RouteAnswer> {
  const { tenantId, db, now } = scope;
  const found = await getOpportunity(db, tenantId, opportunityId);
  return previewRoute(await loadNetwork(db, tenantId, now), {
    pickup: { lat: found.pickupLat, lon: found.pickupLon, country: found.pickupCountry },
    delivery: { lat: found.deliveryLat, lon: found.deliveryLon, country: found.deliveryCountry },
    weightKg: found.weightGrams / 1000,
    groundFallback: groundFallback ?? (await getSettings(db, tenantId)).dispatchGroundFallback,
  });
}
