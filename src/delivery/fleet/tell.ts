import {
  type AlertIdentity,
  type AlertLevel,
  raiseAlerts,
  resolveAlerts,
} from '../../control/alert-intake/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { FleetAlertPayload } from '../../platform/events/payloads.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';

const LEVELS: Record<string, AlertLevel> = {
  FLEET_UNAVAILABLE: 'critical',
  LINK_LOST: 'error',
  BATTERY_CRITICAL: 'error',
  DELIVERY_FAILED: 'error',
  NO_FEASIBLE_DRONE: 'warning',
};

/** What is about one drone; the rest is about the fleet, however many deliveries notice it. */
const OF_DRONE = new Set(['LINK_LOST', 'BATTERY_CRITICAL']);

const identityOf = (kind: string, droneId: string | null): AlertIdentity => ({
  ...{ type: kind, component: 'fleet' },
  labels: droneId !== null && OF_DRONE.has(kind) ? { drone: droneId } : {},
});

/** Hands the FLEET_ALERTs among events to the alert router. Call it after they were appended. */
export async function tellOfFleet(scope: Scope, tx: Tx, events: readonly NewEvent[]): Promise<void> {
  const alerts = events.flatMap(({ type, payload }) => (type === 'FLEET_ALERT' ? [payload] : []));
  await raiseAlerts(
    scope,
    tx,
    alerts.map(({ kind, droneId, message }: FleetAlertPayload) => ({
      ...identityOf(kind, droneId),
      ...{ level: LEVELS[kind] ?? 'error', message },
    })),
  );
}

/** Tells the alert router that these kinds of trouble are over, of one drone where they are about one. */
export function fleetIsWell(
  scope: Scope,
  tx: Tx,
  kinds: readonly string[],
  droneIds: readonly (string | null)[] = [null],
): Promise<void> {
  const ends = droneIds.flatMap((droneId) => kinds.map((kind) => identityOf(kind, droneId)));
  return resolveAlerts(scope, tx, ends);
}
