import type { FleetAdapter } from './adapter.ts';
import type { Drone } from './drone.ts';
import type { Flight, FlightStep } from './flight.ts';

/**
 * Drones that fly by themselves. They hear of a command by DRONE_CHANGED (ASSIGNED: fly; RETURNING: come back) and
 * say by telemetry what they do; a flight has got as far as its drone says.
 */
export const external: FleetAdapter = {
  assign: (drone) => drone,
  cancel: (drone, flight, _refuge, reason, now) => ({
    drone: {
      ...drone,
      deliveryId: null,
      state: drone.state === 'OFFLINE' ? 'OFFLINE' : 'RETURNING',
      updatedAt: now,
    },
    flight: { ...flight, status: 'ABORTED', endedAt: now, reason },
    steps: [],
    reason,
  }),
  onTelemetry(drone, flight, _refuge, now) {
    if (drone.state === 'OFFLINE') return { drone, flight, steps: [] };
    const at = instantOf(drone, flight, now);
    return flight.reason !== null && flight.status === 'ACTIVE'
      ? givenUp(drone, flight, flight.reason, at)
      : follow(drone, flight, at);
  },
};

/** When the drone said it, as far as its clock can be believed. */
function instantOf({ telemetryAt }: Drone, { startedAt }: Flight, now: Date): Date {
  if (!telemetryAt || telemetryAt > now) return now;
  return telemetryAt < startedAt ? startedAt : telemetryAt;
}

function givenUp(drone: Drone, flight: Flight, reason: string, at: Date) {
  return {
    drone: { ...drone, deliveryId: null },
    flight: { ...flight, status: 'ABORTED' as const, endedAt: at },
    steps: [stepOf(drone, flight, 'ABORTED', at, reason)],
  };
}

function follow(drone: Drone, flight: Flight, at: Date) {
  const isBack = drone.state === 'IDLE' || drone.state === 'CHARGING';
  const hasDropped = isBack || drone.state === 'RETURNING';
  const hasPickedUp = hasDropped || drone.state === 'DELIVERING';
  const after: Flight = {
    ...flight,
    pickedUpAt: flight.pickedUpAt ?? (hasPickedUp ? at : null),
    droppedAt: flight.droppedAt ?? (hasDropped ? at : null),
    status: isBack ? 'COMPLETED' : hasDropped ? 'RETURNING' : flight.status,
    endedAt: isBack ? at : null,
  };
  const steps: FlightStep[] = [];
  if (!flight.pickedUpAt && after.pickedUpAt) steps.push(stepOf(drone, flight, 'PICKED_UP', at));
  if (!flight.droppedAt && after.droppedAt) steps.push(stepOf(drone, flight, 'DROPPED', at));
  if (isBack) steps.push(stepOf(drone, flight, 'RETURNED', at));
  return { drone: hasDropped ? { ...drone, deliveryId: null } : drone, flight: after, steps };
}

function stepOf(
  drone: Drone,
  flight: Flight,
  step: FlightStep['step'],
  at: Date,
  reason?: string,
): FlightStep {
  const { lat, lon } = drone;
  return { deliveryId: flight.deliveryId, droneId: drone.id, step, at, lat, lon, ...(reason && { reason }) };
}
