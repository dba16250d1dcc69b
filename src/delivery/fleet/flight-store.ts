import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Flight } from './flight.ts';

const COLUMNS = `f.id, f.delivery_id AS "deliveryId", f.drone_id AS "droneId", f.status, f.plan,
  f.started_at AS "startedAt", f.picked_up_at AS "pickedUpAt", f.dropped_at AS "droppedAt", f.ended_at AS "endedAt",
  f.reason`;

const LIVE = `status IN ('ACTIVE', 'RETURNING')`;

/** Flights under way, of one delivery or all, by drone; undefined limits nothing. */
export function liveFlights(sql: Sql, tenantId: string, deliveryId?: string): Promise<Flight[]> {
  return sql.rows<Flight>(
    `SELECT ${COLUMNS} FROM flight f WHERE f.tenant_id = $1 AND ${LIVE}
       AND ($2::uuid IS NULL OR f.delivery_id = $2) ORDER BY f.drone_id`,
    [tenantId, deliveryId ?? null],
    'flights_live',
  );
}

/** Flights under way of these drones. */
export function flightsOf(sql: Sql, tenantId: string, droneIds: readonly string[]): Promise<Flight[]> {
  return sql.rows<Flight>(
    `SELECT ${COLUMNS} FROM flight f WHERE f.tenant_id = $1 AND ${LIVE} AND f.drone_id = ANY($2::text[])`,
    [tenantId, droneIds],
    'flights_of',
  );
}

/** The delivery's flights, the last one first. */
export function flightsFor(sql: Sql, tenantId: string, deliveryIds: readonly string[]): Promise<Flight[]> {
  return sql.rows<Flight>(
    `SELECT ${COLUMNS} FROM flight f WHERE f.tenant_id = $1 AND f.delivery_id = ANY($2::uuid[])
     ORDER BY f.started_at DESC, f.id DESC`,
    [tenantId, deliveryIds],
    'flights_for',
  );
}

/** Begins flights. */
export async function insertFlights(tx: Tx, tenantId: string, flights: readonly Flight[]): Promise<void> {
  await tx.run(
    `INSERT INTO flight (tenant_id, id, delivery_id, drone_id, status, plan, started_at)
     SELECT $1, n.id, n."deliveryId", n."droneId", n.status, n.plan, n."startedAt"
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "deliveryId" uuid, "droneId" text, status text, plan jsonb,
       "startedAt" timestamptz)`,
    [tenantId, JSON.stringify(flights)],
    'flights_insert',
  );
}

/** Writes how far flights have got. */
export async function saveFlights(tx: Tx, tenantId: string, flights: readonly Flight[]): Promise<void> {
  if (flights.length === 0) return;
  await tx.run(
    `UPDATE flight f SET status = n.status, plan = n.plan, started_at = n."startedAt", picked_up_at = n."pickedUpAt",
       dropped_at = n."droppedAt", ended_at = n."endedAt", reason = n.reason
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, status text, plan jsonb, "startedAt" timestamptz,
       "pickedUpAt" timestamptz, "droppedAt" timestamptz, "endedAt" timestamptz, reason text)
     WHERE f.tenant_id = $1 AND f.id = n.id`,
    [tenantId, JSON.stringify(flights)],
    'flights_save',
  );
}
