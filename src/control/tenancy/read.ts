import { NotFoundError } from '../../kernel/errors.ts';
import { isUuid, PLATFORM_TENANT } from '../../kernel/ids.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { TenantRow } from './tenant.ts';

/** The directory's columns under the names of TenantRow. */
export const COLUMNS = `id, slug, name, time_zone AS "timeZone", reporting_currency AS "reportingCurrency",
  plan_tier AS "planTier", engine_status AS "engineStatus", cycle_interval_sec AS "cycleIntervalSec",
  cycle_minute AS "cycleMinute", is_demo AS "isDemo", created_at AS "createdAt"`;

/** The tenant with this slug or id, or undefined. */
export async function findTenant(directory: Sql, slugOrId: string): Promise<TenantRow | undefined> {
  const column = isUuid(slugOrId) ? 'id' : 'slug';
  return directory.row<TenantRow>(
    `SELECT ${COLUMNS} FROM tenant WHERE ${column} = $1`,
    [slugOrId],
    `tenant_by_${column}`,
  );
}

/** The tenant with this slug or id; NotFoundError when there is none. */
export async function getTenant(directory: Sql, slugOrId: string): Promise<TenantRow> {
  const tenant = await findTenant(directory, slugOrId);
  if (!tenant) throw new NotFoundError('tenant', slugOrId);
  return tenant;
}

/** All tenants by slug, for the platform admin; the installation itself is not one of them. */
export async function listTenants(directory: Sql, args: PageArgs): Promise<Connection<TenantRow>> {
  const page = pageOf(args, 1);
  const after = page.isForward ? '>' : '<';
  const rows = await directory.rows<TenantRow>(
    `SELECT ${COLUMNS} FROM tenant WHERE id <> '${PLATFORM_TENANT}' AND ($1::text IS NULL OR slug ${after} $1)
     ORDER BY slug ${page.isForward ? 'ASC' : 'DESC'} LIMIT $2`,
    [page.cursor?.[0] ?? null, page.size + 1],
  );
  return toConnection(rows, page, (row) => [row.slug]);
}
