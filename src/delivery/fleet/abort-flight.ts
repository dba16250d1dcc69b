import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ADAPTERS } from './adapters.ts';
import { announce, stateChange } from './announce.ts';
import { flightsOf, liveFlights, saveFlights } from './flight-store.ts';
import { refuges } from './sites.ts';
import { lockDrone, saveDrones } from './store.ts';

/**
 * Calls off the delivery's flight, if it has one that has not dropped its parcel yet: the drone comes back to the
 * nearest site (an OFFLINE one stays so) and is free of the delivery at once. The delivery is locked before.
 */
export async function abortFlight(scope: Scope, tx: Tx, deliveryId: string, reason: string): Promise<void> {
  const { tenantId, now } = scope;
  const found = (await liveFlights(tx, tenantId, deliveryId)).find(({ status }) => status === 'ACTIVE');
  if (!found) return;
  const drone = await lockDrone(tx, tenantId, found.droneId);
  const [flight] = await flightsOf(tx, tenantId, [found.droneId]);
  if (!drone || flight?.status !== 'ACTIVE' || flight.deliveryId !== deliveryId) return;
  const refuge = await refuges(tx, tenantId);
  const after = ADAPTERS[drone.adapter].cancel(drone, flight, refuge(drone), reason, now);
  const drones = await saveDrones(tx, tenantId, [after.drone], drone.adapter === 'SIMULATOR');
  await saveFlights(tx, tenantId, [after.flight]);
  announce(scope, tx, drones);
  await scope.events.append(tx, tenantId, stateChange(drone, after.drone, reason));
}
