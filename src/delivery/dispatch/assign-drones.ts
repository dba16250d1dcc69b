import { compute, recordDecisions } from '../../control/decisions/index.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import {
  type Assignment,
  assignmentFormula,
  assignmentInputs,
  claimDrone,
  type FreeDrone,
  fleetIsAvailable,
  fleetIsWell,
  freeDrones,
  type Job,
  REPLACEMENT_SOC,
  tellOfFleet,
} from '../fleet/index.ts';
import { lockOffer } from '../offers/index.ts';
import { loadNetwork } from '../routing/index.ts';
import { type Delivery, deliveryPayload, urgency } from './delivery.ts';
import { lockSituation, type Situation } from './facts.ts';
import { type DeliveryLeg, withLeg } from './legs.ts';
import type { World } from './progress.ts';
import { saveDelivery } from './store.ts';

/** Jobs of one assignment: with as many drones it still is solved to the optimum (spec c.8). */
const MAX_JOBS = 200;

const legOf = ({ legs, legIndex }: Delivery): DeliveryLeg | undefined => legs[legIndex];

/** Whether the delivery waits for a drone. */
export const waitsForDrone = ({ delivery, withdrawn }: Situation): boolean => {
  const leg = legOf(delivery);
  return withdrawn === null && leg?.kind === 'DRONE' && leg.state === 'PENDING';
};

function jobOf(delivery: Delivery, regions: ReadonlyMap<string, string>): Job {
  const leg = legOf(delivery) as DeliveryLeg;
  return {
    deliveryId: delivery.id,
    priority: urgency(delivery.priority),
    ...{ pickup: leg.fromPoint, drop: leg.toPoint, siteHubId: leg.hubId },
    payloadKg: delivery.weightGrams / 1000,
    region: regions.get(leg.hubId) ?? delivery.destinationRegion,
    ...(delivery.attempts > 0 && { minSoc: REPLACEMENT_SOC }),
  };
}

/**
 * Gives the waiting drone legs their drones: one assignment for all of them, recorded, then every claim in a
 * transaction of its own (spec c.8). Whoever gets none keeps waiting with the reason.
 */
export async function assignDrones(
  scope: Scope,
  world: World,
  situations: readonly Situation[],
): Promise<void> {
  const waiting = situations.filter(waitsForDrone).map(({ delivery }) => delivery);
  if (waiting.length === 0) return;
  const drones = await freeDrones(scope.db, scope.tenantId);
  const chosen = drones.length > 0 ? await choose(scope, waiting.slice(0, MAX_JOBS), drones) : [];
  const offers = new Map(waiting.map(({ id, offerId }) => [id, offerId]));
  for (const assignment of chosen) {
    await claim(scope, world, assignment, offers.get(assignment.deliveryId) as string);
  }
  const given = new Set(chosen.map(({ deliveryId }) => deliveryId));
  const left = waiting.filter(({ id }) => !given.has(id));
  if (left.length > 0) await explain(scope, left);
}

async function choose(
  scope: Scope,
  waiting: readonly Delivery[],
  drones: readonly FreeDrone[],
): Promise<readonly Assignment[]> {
  const { hubs, sky } = await loadNetwork(scope.db, scope.tenantId, scope.now);
  const regions = new Map(hubs.map(({ nodeId, region }) => [nodeId, region]));
  const jobs = waiting.map((delivery) => jobOf(delivery, regions));
  const computed = compute(assignmentFormula, assignmentInputs({ jobs, drones, sky }));
  const { assignments } = computed.output;
  if (assignments.length > 0) {
    const id = uuidv7(scope.now.getTime());
    const decision = { id, formula: assignmentFormula, subject: scope.tenantId, computed };
    await scope.db.tx((tx) => recordDecisions(scope, tx, [decision]));
  }
  return assignments;
}

/** Takes the drone for the delivery, if both are still free; otherwise the next visit assigns again. */
async function claim(
  scope: Scope,
  { speed }: World,
  { deliveryId, droneId, plan }: Assignment,
  offerId: string,
): Promise<void> {
  await scope.db.tx(async (tx) => {
    await lockOffer(tx, scope.tenantId, offerId);
    const now = await lockSituation(tx, scope.tenantId, deliveryId);
    if (!now || !waitsForDrone(now)) return;
    const { delivery } = now;
    const flight = await claimDrone(scope, tx, { droneId, deliveryId, plan, simulationSpeed: speed });
    if (!flight) return;
    const isFirst = delivery.status === 'PENDING';
    const after = await saveDelivery(tx, scope.tenantId, {
      ...delivery,
      ...(isFirst && { status: 'ASSIGNED' as const, assignedAt: scope.now }),
      legs: withLeg(delivery.legs, delivery.legIndex, { state: 'ACTIVE', flightId: flight.id, droneId }),
      ...{ droneId, reason: null },
    });
    const payload = deliveryPayload(after, delivery.status);
    await scope.events.append(tx, scope.tenantId, [{ type: 'DELIVERY_CHANGED', payload }]);
    await fleetIsWell(scope, tx, ['FLEET_UNAVAILABLE', 'NO_FEASIBLE_DRONE']);
  });
}

/** Notes why these got no drone, and says so once. */
async function explain(scope: Scope, left: readonly Delivery[]): Promise<void> {
  const isUp = await fleetIsAvailable(scope.db, scope.tenantId);
  const reason = isUp ? 'NO_FEASIBLE_DRONE' : 'FLEET_UNAVAILABLE';
  const message = isUp
    ? 'No drone that is free can fly it; it waits.'
    : 'Every drone is offline or under maintenance; it waits.';
  for (const { id, offerId, reason: known } of left) {
    if (known === reason) continue;
    await scope.db.tx(async (tx) => {
      await lockOffer(tx, scope.tenantId, offerId);
      const now = await lockSituation(tx, scope.tenantId, id);
      if (!now || !waitsForDrone(now)) return;
      const { delivery } = now;
      const after = await saveDelivery(tx, scope.tenantId, { ...delivery, reason });
      const events: NewEvent[] = [
        { type: 'DELIVERY_CHANGED', payload: deliveryPayload(after, delivery.status) },
        { type: 'FLEET_ALERT', payload: { kind: reason, droneId: null, deliveryId: id, message } },
      ];
      await scope.events.append(tx, scope.tenantId, events);
      await tellOfFleet(scope, tx, events);
    });
  }
}
