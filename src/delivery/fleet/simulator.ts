import type { Point } from '../../kernel/geo.ts';
import type { FleetAdapter, Progress } from './adapter.ts';
import { CHARGED_SOC, type Drone, type DroneState } from './drone.ts';
import type { Flight, FlightStep } from './flight.ts';
import { criticalAt, type FlightPhase, type FlightPosition, flightAt, milestones } from './fly.ts';
import { divert, type FlownPlan } from './plan.ts';

/** Flies by plan and clock alone: the same flight at the same instant is the same everywhere. */
export const simulator: FleetAdapter = {
  assign: (drone) => drone,
  cancel: (drone, flight, refuge, reason, now) => turnBack(drone, flight, refuge, reason, now),
  onTelemetry(drone, flight, refuge, now) {
    const plan = flownPlan(flight);
    const critical = flight.status === 'ACTIVE' ? criticalAt(plan) : null;
    if (critical === null || critical > now) return fly(drone, flight, now);
    const before = fly(drone, flight, critical);
    const back = turnBack(before.drone, before.flight, refuge(before.drone), 'BATTERY_CRITICAL', critical);
    return { ...back, steps: [...before.steps, stepOf(back, 'ABORTED', critical, 'BATTERY_CRITICAL')] };
  },
};

const flownPlan = ({ plan, startedAt }: Flight): FlownPlan => ({ ...plan, startedAt });

/** The instant of the position; a drone never flies back in time when instances disagree about it. */
const notBefore = (drone: Drone, now: Date): Date => (now < drone.updatedAt ? drone.updatedAt : now);

function fly(drone: Drone, flight: Flight, now: Date): Progress {
  const plan = flownPlan(flight);
  const { pickedUp, dropped, landed } = milestones(plan);
  const at = notBefore(drone, now);
  const position = flightAt(plan, at);
  const isReached = (instant: Date | null): instant is Date => instant !== null && instant <= at;
  const isLanded = isReached(landed);
  const hasDropped = flight.droppedAt !== null || isReached(dropped);
  const after: Flight = {
    ...flight,
    pickedUpAt: flight.pickedUpAt ?? (isReached(pickedUp) ? pickedUp : null),
    droppedAt: flight.droppedAt ?? (isReached(dropped) ? dropped : null),
    status: isLanded ? (flight.reason ? 'ABORTED' : 'COMPLETED') : hasDropped ? 'RETURNING' : flight.status,
    endedAt: isLanded ? landed : null,
  };
  const moved: Drone = {
    ...placed(drone, position, at),
    state: stateOf(position.phase, position.soc),
    deliveryId: after.status === 'ACTIVE' ? drone.deliveryId : null,
  };
  const state = { drone: moved, flight: after };
  const steps: FlightStep[] = [];
  if (!flight.pickedUpAt && after.pickedUpAt) steps.push(stepOf(state, 'PICKED_UP', after.pickedUpAt));
  if (!flight.droppedAt && after.droppedAt) steps.push(stepOf(state, 'DROPPED', after.droppedAt));
  if (isLanded) steps.push(stepOf(state, 'RETURNED', landed, flight.reason ?? undefined));
  return { ...state, steps };
}

function turnBack(drone: Drone, flight: Flight, refuge: Point, reason: string, now: Date): Progress {
  const at = notBefore(drone, now);
  const position = flightAt(flownPlan(flight), at);
  const { simulationSpeed } = flight.plan;
  const plan = { ...divert(flight.plan, position, refuge), simulationSpeed };
  return {
    drone: { ...placed(drone, position, at), state: 'RETURNING', deliveryId: null },
    flight: { ...flight, status: 'RETURNING', plan, startedAt: at, reason },
    steps: [],
    reason,
  };
}

const placed = (drone: Drone, { lat, lon, altitudeM, speedKmh, soc }: FlightPosition, at: Date): Drone => ({
  ...drone,
  ...{ lat, lon, altitudeM, speedKmh, soc },
  telemetryAt: at,
  updatedAt: at,
});

function stateOf(phase: FlightPhase, soc: number): DroneState {
  if (phase !== 'LANDED') return phase;
  return soc >= CHARGED_SOC ? 'IDLE' : 'CHARGING';
}

function stepOf(
  { flight, drone }: Pick<Progress, 'flight' | 'drone'>,
  step: FlightStep['step'],
  at: Date,
  reason?: string,
): FlightStep {
  const place = flight.plan.waypoints.find(
    ({ kind }) => kind === { PICKED_UP: 'PICKUP', DROPPED: 'DROP', RETURNED: 'RECOVERY', ABORTED: '' }[step],
  );
  const { lat, lon } = place ?? drone;
  return { deliveryId: flight.deliveryId, droneId: drone.id, step, at, lat, lon, ...(reason && { reason }) };
}
