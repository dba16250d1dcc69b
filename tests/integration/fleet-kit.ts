import {
  advanceFleet,
  assignJobs,
  claimDrones,
  type Flight,
  type FlightStep,
  freeDrones,
  type Job,
  upsertDrone,
} from '../../src/delivery/fleet/index.ts';
import { CLEAR_SKY } from '../../src/delivery/routing/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { chainOf, putDelivery, putOffer, putOpportunity } from './invariants-kit.ts';

export const SAN_FRANCISCO = { lat: 37.7749, lon: -122.4194 };
export const OAKLAND = { lat: 37.8044, lon: -122.2712 };

/** Deliveries under way, numbered from `first`; answers their ids. */
export async function putDeliveries(scope: Scope, count: number, first = 1): Promise<string[]> {
  const chains = Array.from({ length: count }, (_, i) => chainOf(first + i));
  for (const chain of chains) {
    await putOpportunity(scope, chain);
    await putOffer(scope, chain, { status: 'DISPATCHED', dispatched_at: scope.now });
    await putDelivery(scope, chain, { status: 'ASSIGNED' });
  }
  return chains.map(({ delivery }) => delivery);
}

/** Half a kilogram from the site in San Francisco to Oakland. */
export const job = (deliveryId: string, fields: Partial<Job> = {}): Job => ({
  ...{ deliveryId, priority: 4, pickup: SAN_FRANCISCO, drop: OAKLAND, payloadKg: 0.5 },
  ...{ siteHubId: 'NODE_US_W_001', region: 'us_west' },
  ...fields,
});

/** Sends the best drones, or the one that is named, on jobs to Oakland. */
export async function send(
  scope: Scope,
  deliveryIds: readonly string[],
  { droneId, simulationSpeed = 1 }: { droneId?: string; simulationSpeed?: number } = {},
): Promise<Flight[]> {
  const drones = (await freeDrones(scope.db, scope.tenantId)).filter(({ id }) => !droneId || id === droneId);
  const assigned = assignJobs(
    deliveryIds.map((id) => job(id)),
    drones,
    CLEAR_SKY,
  );
  return scope.db.tx((tx) =>
    claimDrones(
      scope,
      tx,
      assigned.map((assignment) => ({ ...assignment, simulationSpeed })),
    ),
  );
}

export const advance = (scope: Scope): Promise<FlightStep[]> => scope.db.tx((tx) => advanceFleet(scope, tx));

/** A drone of somebody else's at the site in San Francisco. */
export const putExternal = (scope: Scope, id = 'EXT_1') =>
  upsertDrone(scope, { id, name: id, class: 'BVLOS', adapter: 'EXTERNAL', siteId: 'NODE_US_W_001_SITE' });

/** What the log says about drones and the fleet, shortened. */
export async function fleetLog(scope: Scope): Promise<string[]> {
  const events = await scope.events.read(scope.db, 0n, 1000);
  return events.flatMap(({ type, payload }) => {
    if (type === 'FLEET_ALERT') return [`${payload.kind} ${payload.droneId}`];
    if (type !== 'DRONE_CHANGED') return [];
    const { droneId, previousState, state, reason } = payload;
    return [`${droneId} ${previousState}>${state}${reason ? ` ${reason}` : ''}`];
  });
}
