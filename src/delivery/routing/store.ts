import type { Sql, Tx } from '../../platform/db/sql.ts';
import { type Hub, posteriorPct } from './hub.ts';

/** A hub as stored: what routing needs plus what people see and edit. */
export interface HubRow extends Hub {
  readonly name: string;
  readonly countries: readonly string[];
  /** As an administrator set it, percent; `successPct` is what outcomes have made of it. */
  readonly priorSuccessPct: number;
  readonly delivered: number;
  readonly failed: number;
  readonly version: number;
  readonly updatedAt: Date;
}

/** A hub with how its taken slots are taken: `reserved` = held + confirmed. */
export interface HubView extends HubRow {
  readonly held: number;
  readonly confirmed: number;
}

const COLUMNS = `id AS "nodeId", region, name, countries, lat, lon, coverage_km AS "coverageKm", capacity, reserved,
  success_pct AS "priorSuccessPct", delivered, failed, avg_delivery_min AS "avgDeliveryMin", connected,
  is_enabled AS enabled, version, updated_at AS "updatedAt"`;
const taken = (
  state: string,
) => `(SELECT count(*)::int FROM hub_reservation AS r WHERE r.tenant_id = h.tenant_id
  AND r.hub_id = h.id AND r.state = '${state}')`;
const VIEW = `${COLUMNS}, ${taken('HELD')} AS held, ${taken('CONFIRMED')} AS confirmed`;

type Stored<Row extends HubRow> = Omit<Row, 'successPct'>;

function hubOf<Row extends Stored<HubRow>>(stored: Row): Row & { successPct: number } {
  const { priorSuccessPct, delivered, failed } = stored;
  return { ...stored, successPct: posteriorPct(priorSuccessPct, delivered, failed) };
}

/** All hubs of the tenant by node id; a tenant has at most 1,000. */
export async function loadHubs(sql: Sql, tenantId: string): Promise<HubRow[]> {
  const text = `SELECT ${COLUMNS} FROM hub WHERE tenant_id = $1 ORDER BY id`;
  return (await sql.rows<Stored<HubRow>>(text, [tenantId], 'hubs')).map(hubOf);
}

/** All hubs by node id with their held and confirmed slots, of one instant. */
export async function viewHubs(sql: Sql, tenantId: string): Promise<HubView[]> {
  const text = `SELECT ${VIEW} FROM hub AS h WHERE tenant_id = $1 ORDER BY id`;
  return (await sql.rows<Stored<HubView>>(text, [tenantId], 'hub_views')).map(hubOf);
}

/** All hubs, locked in the order of their ids: whoever edits one sees what the others are. */
export async function lockHubs(tx: Tx, tenantId: string): Promise<HubRow[]> {
  const text = `SELECT ${COLUMNS} FROM hub WHERE tenant_id = $1 ORDER BY id FOR NO KEY UPDATE`;
  return (await tx.rows<Stored<HubRow>>(text, [tenantId])).map(hubOf);
}

/** What an administrator decides about a hub. */
export type HubSetting = Omit<Hub, 'reserved'> & { readonly name: string };

const PUT = `
  INSERT INTO hub AS h (tenant_id, id, region, name, countries, lat, lon, coverage_km, capacity, success_pct,
    avg_delivery_min, connected, is_enabled, updated_at)
  SELECT $1, n.*, $3 FROM jsonb_to_recordset($2::jsonb) AS n ("nodeId" text, region text, name text,
    countries text[], lat float8, lon float8, "coverageKm" float8, capacity int, "successPct" float8,
    "avgDeliveryMin" int, connected text[], enabled boolean)
  ON CONFLICT (tenant_id, id) DO UPDATE SET region = excluded.region, name = excluded.name,
    countries = excluded.countries, lat = excluded.lat, lon = excluded.lon, coverage_km = excluded.coverage_km,
    capacity = excluded.capacity, success_pct = excluded.success_pct,
    avg_delivery_min = excluded.avg_delivery_min, connected = excluded.connected,
    is_enabled = excluded.is_enabled, version = h.version + 1, updated_at = excluded.updated_at
  RETURNING ${VIEW}`;

/**
 * Creates hubs or overwrites them with the next version; `successPct` is the prior. What is reserved and what was
 * delivered stays. One statement for any number.
 */
export async function putHubs(
  tx: Tx,
  tenantId: string,
  hubs: readonly HubSetting[],
  now: Date,
): Promise<HubView[]> {
  return (await tx.rows<Stored<HubView>>(PUT, [tenantId, JSON.stringify(hubs), now])).map(hubOf);
}

/** Takes a hub into service or out of it; nothing else about it changes. */
export async function switchHub(
  tx: Tx,
  tenantId: string,
  nodeId: string,
  isEnabled: boolean,
  now: Date,
): Promise<HubView> {
  const rows = await tx.rows<Stored<HubView>>(
    `UPDATE hub AS h SET is_enabled = $3, version = version + 1, updated_at = $4 WHERE tenant_id = $1 AND id = $2
     RETURNING ${VIEW}`,
    [tenantId, nodeId, isEnabled, now],
  );
  return hubOf(rows[0] as Stored<HubView>);
}
