import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Hub } from './hub.ts';

/** A hub as stored: what routing needs plus what people see and edit. */
export interface HubRow extends Hub {
  readonly name: string;
  readonly countries: readonly string[];
  readonly version: number;
  readonly updatedAt: Date;
}

const COLUMNS = `id AS "nodeId", region, name, countries, lat, lon, coverage_km AS "coverageKm", capacity, reserved,
  success_pct AS "successPct", avg_delivery_min AS "avgDeliveryMin", connected, is_enabled AS enabled, version,
  updated_at AS "updatedAt"`;

/** All hubs of the tenant by node id; a tenant has at most 1,000. */
export function loadHubs(sql: Sql, tenantId: string): Promise<HubRow[]> {
  return sql.rows<HubRow>(`SELECT ${COLUMNS} FROM hub WHERE tenant_id = $1 ORDER BY id`, [tenantId], 'hubs');
}

/** All hubs, locked: whoever edits one sees what the others are. */
export function lockHubs(tx: Tx, tenantId: string): Promise<HubRow[]> {
  return tx.rows<HubRow>(`SELECT ${COLUMNS} FROM hub WHERE tenant_id = $1 ORDER BY id FOR UPDATE`, [
    tenantId,
  ]);
}

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
  RETURNING ${COLUMNS}`;

/** Creates hubs or overwrites them with the next version; `reserved` stays. One statement for any number. */
export function putHubs(
  tx: Tx,
  tenantId: string,
  hubs: readonly (Omit<Hub, 'reserved'> & { name: string })[],
  now: Date,
): Promise<HubRow[]> {
  return tx.rows<HubRow>(PUT, [tenantId, JSON.stringify(hubs), now]);
}
