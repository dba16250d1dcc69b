import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { type Drone, dronePayload } from './drone.ts';

/** Where a tenant's positions are announced; no part of the event log. */
export const telemetryChannel = (tenantId: string): string => `t:${tenantId}:telemetry`;

/** A drone's position as it travels on the bus and to subscribers. */
export interface DronePosition {
  readonly droneId: string;
  readonly state: string;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
  readonly speedKmh: number;
  readonly soc: number;
  readonly deliveryId: string | null;
  /** Grows with every change: an older message never overwrites a newer one. */
  readonly version: number;
}

export const positionOf = ({ id, version, ...drone }: Drone): DronePosition => ({
  droneId: id,
  state: drone.state,
  lat: drone.lat,
  lon: drone.lon,
  altitudeM: drone.altitudeM,
  speedKmh: drone.speedKmh,
  soc: drone.soc,
  deliveryId: drone.deliveryId,
  version,
});

/** Tells those who watch the fleet after the commit. */
export function announce(scope: Scope, tx: Tx, drones: readonly Drone[]): void {
  if (drones.length === 0) return;
  const message = JSON.stringify(drones.map(positionOf));
  tx.afterCommit(() => scope.bus.publish(telemetryChannel(scope.tenantId), message));
}

/** The event of a drone whose state is another than before; none when it is the same. */
export function stateChange(before: Drone | null, after: Drone, reason: string | null = null): NewEvent[] {
  if (before?.state === after.state) return [];
  return [{ type: 'DRONE_CHANGED', payload: dronePayload(after, before?.state ?? null, reason) }];
}
