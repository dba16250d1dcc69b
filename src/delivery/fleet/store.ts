import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Drone, DroneInput, DroneState } from './drone.ts';
import type { FreeDrone } from './job.ts';

/** Columns of `drone d` as a Drone. */
export const DRONE_COLUMNS = `d.id, d.name, d.class, d.adapter, d.site_id AS "siteId", d.state, d.soc, d.lat, d.lon,
  d.altitude_m AS "altitudeM", d.speed_kmh AS "speedKmh", d.reliability, d.delivery_id AS "deliveryId",
  d.telemetry_at AS "telemetryAt", d.seen_at AS "seenAt", d.version, d.updated_at AS "updatedAt"`;

/** Every drone of the tenant by id; at most 2,000. */
export function loadDrones(sql: Sql, tenantId: string): Promise<Drone[]> {
  const text = `SELECT ${DRONE_COLUMNS} FROM drone d WHERE d.tenant_id = $1 ORDER BY d.id`;
  return sql.rows<Drone>(text, [tenantId], 'drones_all');
}

/** One drone, locked; undefined when the tenant has none with this id. */
export function lockDrone(tx: Tx, tenantId: string, id: string): Promise<Drone | undefined> {
  const text = `SELECT ${DRONE_COLUMNS} FROM drone d WHERE d.tenant_id = $1 AND d.id = $2 FOR UPDATE`;
  return tx.row<Drone>(text, [tenantId, id]);
}

/** Drones that may be sent now, by id, with where they land: idle ones at sites in service. */
export function freeDrones(sql: Sql, tenantId: string): Promise<FreeDrone[]> {
  return sql.rows<FreeDrone>(
    `SELECT d.id, d.class, d.soc, d.lat, d.lon, d.reliability,
       jsonb_build_object('lat', s.lat, 'lon', s.lon) AS recovery
     FROM drone d JOIN launch_site s ON s.tenant_id = d.tenant_id AND s.id = d.site_id
     WHERE d.tenant_id = $1 AND d.state = 'IDLE' AND d.delivery_id IS NULL AND s.is_enabled ORDER BY d.id`,
    [tenantId],
    'drones_free',
  );
}

/** Whether any drone is neither OFFLINE nor in MAINTENANCE: without one no offer promises a drone (spec c.9). */
export async function fleetIsAvailable(sql: Sql, tenantId: string): Promise<boolean> {
  const row = await sql.row(
    `SELECT 1 FROM drone WHERE tenant_id = $1 AND state NOT IN ('OFFLINE', 'MAINTENANCE') LIMIT 1`,
    [tenantId],
    'fleet_available',
  );
  return row !== undefined;
}

/** Whether a simulated drone flies or charges, or any flight is under way: then advanceFleet has work. */
export async function fleetIsBusy(sql: Sql, tenantId: string): Promise<boolean> {
  const row = await sql.row(
    `SELECT 1 WHERE EXISTS (SELECT FROM flight WHERE tenant_id = $1 AND status IN ('ACTIVE', 'RETURNING'))
       OR EXISTS (SELECT FROM drone WHERE tenant_id = $1 AND state = 'CHARGING' AND adapter = 'SIMULATOR')`,
    [tenantId],
    'fleet_busy',
  );
  return row !== undefined;
}

const INSERT = `
  INSERT INTO drone AS d (tenant_id, id, name, class, adapter, site_id, state, soc, lat, lon, reliability, updated_at)
  SELECT $1, n.id, n.name, n.class, n.adapter, n."siteId", n.state, n.soc, s.lat, s.lon, n.reliability, $3
  FROM jsonb_to_recordset($2::jsonb) AS n (id text, name text, class text, adapter text, "siteId" text, state text,
    soc float8, reliability float8)
  JOIN launch_site s ON s.tenant_id = $1 AND s.id = n."siteId"
  ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name, class = excluded.class, adapter = excluded.adapter,
    site_id = excluded.site_id, reliability = excluded.reliability, soc = excluded.soc,
    lat = CASE WHEN d.site_id = excluded.site_id THEN d.lat ELSE excluded.lat END,
    lon = CASE WHEN d.site_id = excluded.site_id THEN d.lon ELSE excluded.lon END,
    version = d.version + 1, updated_at = greatest(d.updated_at, excluded.updated_at)
  RETURNING ${DRONE_COLUMNS}`;

/** A drone with everything that may be left out filled in. */
export type DroneRecord = { [Field in keyof DroneInput]-?: NonNullable<DroneInput[Field]> } & {
  readonly state: DroneState;
};

/** Creates drones at their sites or overwrites what is said about them; one without a site is left out. */
export function putDrones(
  tx: Tx,
  tenantId: string,
  drones: readonly DroneRecord[],
  now: Date,
): Promise<Drone[]> {
  return tx.rows<Drone>(INSERT, [tenantId, JSON.stringify(drones), now]);
}

const SAVE = `
  UPDATE drone d SET state = n.state, soc = n.soc, lat = n.lat, lon = n.lon, altitude_m = n."altitudeM",
    speed_kmh = n."speedKmh", delivery_id = n."deliveryId", telemetry_at = n."telemetryAt",
    seen_at = CASE WHEN $3 THEN clock_timestamp() ELSE d.seen_at END, version = d.version + 1,
    updated_at = n."updatedAt"
  FROM jsonb_to_recordset($2::jsonb) AS n (id text, state text, soc float8, lat float8, lon float8,
    "altitudeM" float8, "speedKmh" float8, "deliveryId" uuid, "telemetryAt" timestamptz, "updatedAt" timestamptz)
  WHERE d.tenant_id = $1 AND d.id = n.id RETURNING ${DRONE_COLUMNS}`;

/** Writes what work changes about drones (locked before); `isSeen` notes the database's clock as a sign of life. */
export async function saveDrones(
  tx: Tx,
  tenantId: string,
  drones: readonly Drone[],
  isSeen: boolean,
): Promise<Drone[]> {
  if (drones.length === 0) return [];
  return tx.rows<Drone>(SAVE, [tenantId, JSON.stringify(drones), isSeen], 'drones_save');
}
