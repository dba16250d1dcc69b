import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ADAPTERS } from './adapters.ts';
import { announce, stateChange } from './announce.ts';
import type { Drone } from './drone.ts';
import type { Claim, Flight } from './flight.ts';
import { insertFlights } from './flight-store.ts';
import { DRONE_COLUMNS } from './store.ts';

/*
 * The guard is in the UPDATE: whoever waits for the row's lock looks again and finds it no longer IDLE. Locks are
 * taken by ascending id, so that two dispatchers with overlapping wishes never wait for each other.
 */
const CLAIM = `
  WITH wanted AS (
    SELECT d.id, n."deliveryId" FROM jsonb_to_recordset($2::jsonb) AS n ("droneId" text, "deliveryId" uuid)
    JOIN drone d ON d.tenant_id = $1 AND d.id = n."droneId"
    JOIN launch_site s ON s.tenant_id = d.tenant_id AND s.id = d.site_id AND s.is_enabled
    WHERE d.state = 'IDLE' AND d.delivery_id IS NULL
      AND NOT EXISTS (SELECT FROM flight f WHERE f.tenant_id = $1 AND f.drone_id = d.id
        AND f.status IN ('ACTIVE', 'RETURNING'))
      AND NOT EXISTS (SELECT FROM flight f WHERE f.tenant_id = $1 AND f.delivery_id = n."deliveryId"
        AND f.status = 'ACTIVE')
    ORDER BY d.id FOR UPDATE OF d
  )
  UPDATE drone d SET state = 'ASSIGNED', delivery_id = wanted."deliveryId", seen_at = clock_timestamp(),
    version = d.version + 1, updated_at = greatest(d.updated_at, $3)
  FROM wanted WHERE d.tenant_id = $1 AND d.id = wanted.id AND d.state = 'IDLE' AND d.delivery_id IS NULL
  RETURNING ${DRONE_COLUMNS}`;

/**
 * Takes drones for deliveries (IDLE → ASSIGNED) and begins their flights. A drone that somebody else has taken, or a
 * delivery that another drone flies, is left out of the answer. No delivery twice in one call; they are locked before. Three statements.
 */
export async function claimDrones(scope: Scope, tx: Tx, claims: readonly Claim[]): Promise<Flight[]> {
  if (claims.length === 0) return [];
  const wishes = JSON.stringify(claims.map(({ droneId, deliveryId }) => ({ droneId, deliveryId })));
  const rows = await tx.rows<Drone>(CLAIM, [scope.tenantId, wishes, scope.now], 'drones_claim');
  if (rows.length === 0) return [];
  const flights = rows.map((drone) => begin(claims, drone));
  const drones = rows.map((drone, i) =>
    ADAPTERS[drone.adapter].assign(drone, flights[i] as Flight, drone.updatedAt),
  );
  await insertFlights(tx, scope.tenantId, flights);
  announce(scope, tx, drones);
  const events = drones.flatMap((drone) => stateChange({ ...drone, state: 'IDLE' }, drone));
  await scope.events.append(tx, scope.tenantId, events);
  return flights;
}

/** One drone for one delivery; null when somebody else has it. */
export async function claimDrone(scope: Scope, tx: Tx, claim: Claim): Promise<Flight | null> {
  return (await claimDrones(scope, tx, [claim]))[0] ?? null;
}

function begin(claims: readonly Claim[], drone: Drone): Flight {
  const { plan, simulationSpeed, deliveryId } = claims.find(
    (claim) => claim.droneId === drone.id && claim.deliveryId === drone.deliveryId,
  ) as Claim;
  return {
    id: uuidv7(drone.updatedAt.getTime()),
    deliveryId,
    droneId: drone.id,
    status: 'ACTIVE',
    plan: { ...plan, startSoc: drone.soc, simulationSpeed },
    startedAt: drone.updatedAt,
    ...{ pickedUpAt: null, droppedAt: null, endedAt: null, reason: null },
  };
}
