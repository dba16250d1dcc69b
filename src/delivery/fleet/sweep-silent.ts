import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { announce, stateChange } from './announce.ts';
import { type Drone, FLYING_STATES, LINK_LOSS_SEC } from './drone.ts';
import { DRONE_COLUMNS } from './store.ts';
import { tellOfFleet } from './tell.ts';

/** A drone in flight that has gone silent, and the delivery it has with it. */
export interface LostDrone {
  readonly droneId: string;
  readonly deliveryId: string | null;
}

/**
 * External drones in flight that have said nothing for more than 60 s become OFFLINE, with an alert (spec c.8). Only
 * the database's clock counts: instances may disagree by a minute. Simulated ones cannot be lost.
 */
export async function sweepSilent(scope: Scope, tx: Tx): Promise<LostDrone[]> {
  const rows = await tx.rows<Drone & { previous: Drone['state'] }>(
    `WITH silent AS (
       SELECT id, state FROM drone WHERE tenant_id = $1 AND adapter = 'EXTERNAL' AND state = ANY($2::text[])
         AND coalesce(seen_at, updated_at) < clock_timestamp() - make_interval(secs => $3) ORDER BY id FOR UPDATE)
     UPDATE drone d SET state = 'OFFLINE', speed_kmh = 0, version = d.version + 1,
       updated_at = greatest(d.updated_at, $4)
     FROM silent s WHERE d.tenant_id = $1 AND d.id = s.id RETURNING ${DRONE_COLUMNS}, s.state AS previous`,
    [scope.tenantId, FLYING_STATES, LINK_LOSS_SEC, scope.now],
    'drones_sweep',
  );
  announce(scope, tx, rows);
  const events = rows.flatMap(({ previous, ...drone }) => [
    ...stateChange({ ...drone, state: previous }, drone, 'LINK_LOST'),
    linkAlert(drone),
  ]);
  await scope.events.append(tx, scope.tenantId, events);
  await tellOfFleet(scope, tx, events);
  return rows.map(({ id, deliveryId }) => ({ droneId: id, deliveryId }));
}

const linkAlert = (drone: Drone): NewEvent => ({
  type: 'FLEET_ALERT',
  payload: {
    kind: 'LINK_LOST',
    droneId: drone.id,
    deliveryId: drone.deliveryId,
    message: `${drone.name} has not been heard of for more than ${LINK_LOSS_SEC} s.`,
  },
});
