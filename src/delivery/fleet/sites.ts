import { haversineKm, type Point } from '../../kernel/geo.ts';
import type { Sql } from '../../platform/db/sql.ts';

/** Where the tenant's drones may land: sites in service. */
export async function refuges(sql: Sql, tenantId: string): Promise<(from: Point) => Point> {
  const sites = await sql.rows<Point>(
    'SELECT lat, lon FROM launch_site WHERE tenant_id = $1 AND is_enabled ORDER BY id',
    [tenantId],
    'launch_sites_enabled',
  );
  // Without any, it comes down where it is.
  return (from) =>
    sites.reduce<Point>(
      (best, site) => (best === from || haversineKm(from, site) < haversineKm(from, best) ? site : best),
      from,
    );
}
