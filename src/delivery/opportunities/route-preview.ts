import type { Scope } from '../../platform/scope.ts';
import { loadHubs, previewRoute, type RouteAnswer } from '../routing/index.ts';
import { getOpportunity } from './read.ts';

/**
 * How an opportunity's package would travel if it were sent now (spec c.7), or why it cannot. Nothing is reserved.
 * NotFoundError for an unknown opportunity, ValidationError for places no route can join.
 */
export async function routePreview(scope: Scope, opportunityId: string): Promise<RouteAnswer> {
  const found = await getOpportunity(scope.db, scope.tenantId, opportunityId);
  return previewRoute(await loadHubs(scope.db, scope.tenantId), {
    pickup: { lat: found.pickupLat, lon: found.pickupLon, country: found.pickupCountry },
    delivery: { lat: found.deliveryLat, lon: found.deliveryLon, country: found.deliveryCountry },
    weightKg: found.weightGrams / 1000,
  });
}
