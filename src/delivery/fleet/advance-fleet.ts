import { getSettings } from '../../control/tenancy/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Progress } from './adapter.ts';
import { ADAPTERS } from './adapters.ts';
import { announce, stateChange } from './announce.ts';
import { CHARGE_PCT_PER_MIN, CHARGED_SOC, type Drone } from './drone.ts';
import type { Flight, FlightStep } from './flight.ts';
import { flightsOf, liveFlights, saveFlights } from './flight-store.ts';
import { refuges } from './sites.ts';
import { DRONE_COLUMNS, saveDrones } from './store.ts';
import { fleetIsWell, tellOfFleet } from './tell.ts';

/**
 * Moves the tenant's fleet on to `scope.now`: simulated drones fly, land and charge, and what external ones have said
 * becomes steps of their flights. At most fourteen statements whatever the number of drones. Deliveries under way are
 * locked first. Answers what flights have got to, in the order of their instants.
 */
export async function advanceFleet(scope: Scope, tx: Tx): Promise<FlightStep[]> {
  const pairs = await lockFlying(scope, tx);
  const moved = pairs.length > 0 ? await fly(scope, tx, pairs) : { drones: [], events: [], steps: [] };
  const charged = await charge(scope, tx);
  announce(scope, tx, [...moved.drones, ...charged]);
  const ready = charged.filter(({ state }) => state === 'IDLE');
  const events = ready.flatMap((drone) => stateChange({ ...drone, state: 'CHARGING' }, drone, 'CHARGED'));
  await scope.events.append(tx, scope.tenantId, [...moved.events, ...events]);
  await tellOfFleet(scope, tx, moved.events);
  await fleetIsWell(
    scope,
    tx,
    ['BATTERY_CRITICAL'],
    ready.map(({ id }) => id),
  );
  return moved.steps;
}

interface Flying {
  readonly drone: Drone;
  readonly flight: Flight;
}

/** Deliveries before drones, each by ascending id: the order of every transaction that takes both. */
async function lockFlying({ tenantId }: Scope, tx: Tx): Promise<Flying[]> {
  const flights = await liveFlights(tx, tenantId);
  if (flights.length === 0) return [];
  const deliveryIds = flights.map(({ deliveryId }) => deliveryId);
  const lock = 'SELECT 1 FROM delivery WHERE tenant_id = $1 AND id = ANY($2::uuid[]) ORDER BY id FOR UPDATE';
  await tx.run(lock, [tenantId, deliveryIds], 'deliveries_lock_flying');
  const droneIds = flights.map(({ droneId }) => droneId);
  const drones = await tx.rows<Drone>(
    `SELECT ${DRONE_COLUMNS} FROM drone d WHERE d.tenant_id = $1 AND d.id = ANY($2::text[]) ORDER BY d.id FOR UPDATE`,
    [tenantId, droneIds],
    'drones_lock',
  );
  // Read again under the locks: somebody may have ended a flight meanwhile.
  const current = new Map((await flightsOf(tx, tenantId, droneIds)).map((f) => [f.droneId, f]));
  return drones.flatMap((drone) => {
    const flight = current.get(drone.id);
    return flight ? [{ drone, flight }] : [];
  });
}

async function fly(scope: Scope, tx: Tx, pairs: readonly Flying[]) {
  const refuge = await refuges(tx, scope.tenantId);
  const all = pairs.map(({ drone, flight }) => ({
    drone,
    flight,
    after: ADAPTERS[drone.adapter].onTelemetry(drone, flight, refuge, scope.now),
  }));
  const isChanged = (before: object, after: object) => JSON.stringify(before) !== JSON.stringify(after);
  const changed = all.filter(({ drone, after }) => isChanged(drone, after.drone));
  const ours = changed.filter(({ drone }) => drone.adapter === 'SIMULATOR').map(({ after }) => after.drone);
  const theirs = changed.filter(({ drone }) => drone.adapter !== 'SIMULATOR').map(({ after }) => after.drone);
  const saved = [
    ...(await saveDrones(tx, scope.tenantId, ours, true)),
    ...(await saveDrones(tx, scope.tenantId, theirs, false)),
  ];
  const progressed = all.filter(({ flight, after }) => isChanged(flight, after.flight));
  await saveFlights(
    tx,
    scope.tenantId,
    progressed.map(({ after }) => after.flight),
  );
  const events = all.flatMap(({ drone, after }) => eventsOf(drone, after));
  const steps = all.flatMap(({ after }) => after.steps);
  return { drones: saved, events, steps: steps.sort((a, b) => a.at.getTime() - b.at.getTime()) };
}

function eventsOf(before: Drone, { drone, reason, steps }: Progress): NewEvent[] {
  const events = stateChange(before, drone, reason ?? null);
  const critical = steps.find((step) => step.reason === 'BATTERY_CRITICAL' && step.step === 'ABORTED');
  if (critical && drone.adapter === 'SIMULATOR') events.push(batteryAlert(drone, critical.deliveryId));
  return events;
}

/** The alert of a pack below the critical charge. */
export const batteryAlert = (drone: Drone, deliveryId: string | null): NewEvent => ({
  type: 'FLEET_ALERT',
  payload: {
    kind: 'BATTERY_CRITICAL',
    droneId: drone.id,
    deliveryId,
    message: `${drone.name} has ${drone.soc.toFixed(1)} % charge left and goes to the nearest site.`,
  },
});

/**
 * Simulated drones on the charger; time runs `simulationSpeed` times as fast for them too. One that somebody else holds is
 * left for the next look, which counts from the same instant: who has locked drones that flew, and have landed meanwhile,
 * would otherwise wait here for drones of lower ids whose holder waits for those.
 */
async function charge(scope: Scope, tx: Tx): Promise<Drone[]> {
  const { simulationSpeed } = await getSettings(tx, scope.tenantId);
  return tx.rows<Drone>(
    `WITH charged AS (
       SELECT id, least(100, soc + $3::float8 * greatest(0, extract(epoch FROM $2::timestamptz - updated_at)) / 60) AS soc
       FROM drone WHERE tenant_id = $1 AND state = 'CHARGING' AND adapter = 'SIMULATOR' ORDER BY id
       FOR UPDATE SKIP LOCKED)
     UPDATE drone d SET soc = c.soc, state = CASE WHEN c.soc >= $4 THEN 'IDLE' ELSE d.state END,
       version = d.version + 1, updated_at = greatest(d.updated_at, $2)
     FROM charged c WHERE d.tenant_id = $1 AND d.id = c.id RETURNING ${DRONE_COLUMNS}`,
    [scope.tenantId, scope.now, CHARGE_PCT_PER_MIN * simulationSpeed, CHARGED_SOC],
    'drones_charge',
  );
}
