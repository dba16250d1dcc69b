import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { LaunchSite, LaunchSiteRow } from './launch-site.ts';

const COLUMNS = `s.id, s.hub_id AS "hubId", s.name, s.lat, s.lon, s.is_enabled AS enabled,
  COALESCE((SELECT array_agg(DISTINCT d.class ORDER BY d.class) FROM drone AS d WHERE d.tenant_id = s.tenant_id
    AND d.site_id = s.id AND d.state NOT IN ('MAINTENANCE', 'OFFLINE')), '{}') AS classes`;
const ROW = `${COLUMNS}, s.version, s.updated_at AS "updatedAt"`;

/** All launch sites by id with the classes of their drones; a tenant has at most 1,000. */
export function loadSites(sql: Sql, tenantId: string): Promise<LaunchSite[]> {
  return sql.rows<LaunchSite>(
    `SELECT ${COLUMNS} FROM launch_site AS s WHERE s.tenant_id = $1 ORDER BY s.id`,
    [tenantId],
    'launch_sites',
  );
}

/** The same with what people see and edit. */
export function loadSiteRows(sql: Sql, tenantId: string): Promise<LaunchSiteRow[]> {
  return sql.rows<LaunchSiteRow>(
    `SELECT ${ROW} FROM launch_site AS s WHERE s.tenant_id = $1 ORDER BY s.id`,
    [tenantId],
    'launch_site_rows',
  );
}

/** What an administrator decides about a launch site. */
export type SiteSetting = Omit<LaunchSite, 'classes'>;

/** Creates launch sites or overwrites them with the next version. One statement for any number. */
export function putSites(
  tx: Tx,
  tenantId: string,
  sites: readonly SiteSetting[],
  now: Date,
): Promise<LaunchSiteRow[]> {
  return tx.rows<LaunchSiteRow>(
    `INSERT INTO launch_site AS s (tenant_id, id, hub_id, name, lat, lon, is_enabled, updated_at)
     SELECT $1, n.*, $3 FROM jsonb_to_recordset($2::jsonb) AS n (id text, "hubId" text, name text, lat float8,
       lon float8, enabled boolean)
     ON CONFLICT (tenant_id, id) DO UPDATE SET hub_id = excluded.hub_id, name = excluded.name, lat = excluded.lat,
       lon = excluded.lon, is_enabled = excluded.is_enabled, version = s.version + 1,
       updated_at = excluded.updated_at
     RETURNING ${ROW}`,
    [tenantId, JSON.stringify(sites), now],
  );
}
