import { canonicalJson } from '../../kernel/canonical.ts';
import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { FlagFacts } from './flag.ts';
import type { Flag, FlagOverride } from './flag-row.ts';

type FlagRow = Omit<Flag, 'override'> & { readonly override: (FlagOverride & { updatedAt: string }) | null };

const FACTS = `f.key, f.type, f.default_value AS "defaultValue", f.is_enabled AS "isEnabled",
  f.kill_switch AS "killSwitch", f.rules, f.version`;
const COLUMNS = `${FACTS}, f.tenant_id AS "tenantId", f.description, f.is_system AS "isSystem", f.protection,
  f.needs_approval AS "needsApproval", f.owner, f.expires_at AS "expiresAt", f.created_at AS "createdAt",
  f.updated_at AS "updatedAt", f.updated_by AS "updatedBy", u.last_evaluated_at AS "lastEvaluatedAt",
  CASE WHEN o.key IS NOT NULL THEN jsonb_build_object('value', o.value, 'version', o.version, 'updatedAt',
    o.updated_at, 'updatedBy', o.updated_by) END AS override`;
/** A tenant's own flag comes before one of the installation that later got the same key. */
const OWN_FIRST = 'ORDER BY f.key, (f.tenant_id = $1) DESC';
const OVERRIDES = 'LEFT JOIN flag_override o ON o.tenant_id = $1 AND o.key = f.key AND f.tenant_id <> $1';

/** Everything that the tenant's answers depend on. One statement. */
export async function loadFacts(sql: Sql, tenantId: string): Promise<(FlagFacts & { isOwn: boolean })[]> {
  const rows = await sql.rows<FlagFacts & { isOwn: boolean; override: FlagFacts['override'] | null }>(
    `SELECT DISTINCT ON (f.key) ${FACTS}, f.tenant_id = $1 AS "isOwn",
       CASE WHEN o.key IS NOT NULL THEN jsonb_build_object('value', o.value) END AS override
     FROM flag f ${OVERRIDES} WHERE f.tenant_id IN ($1, $2) ${OWN_FIRST}`,
    [tenantId, PLATFORM_TENANT],
    'flag_facts',
  );
  return rows.map(({ override, ...facts }) => (override ? { ...facts, override } : facts));
}

/** Which flags, and from where on. */
export interface FlagQuery {
  readonly keys?: readonly string[];
  readonly after?: string | null;
  readonly isForward?: boolean;
  readonly limit?: number;
}

/** Flags by key. One statement. */
export async function selectFlags(sql: Sql, tenantId: string, query: FlagQuery): Promise<Flag[]> {
  const { keys = null, after = null, isForward = true, limit = 1_000 } = query;
  const [edge, way] = isForward ? ['>', 'ASC'] : ['<', 'DESC'];
  const rows = await sql.rows<FlagRow>(
    `SELECT * FROM (
       SELECT DISTINCT ON (f.key) ${COLUMNS} FROM flag f ${OVERRIDES}
         LEFT JOIN flag_usage u ON u.tenant_id = $1 AND u.key = f.key AND f.tenant_id = $1
       WHERE f.tenant_id IN ($1, $2) AND ($3::text[] IS NULL OR f.key = ANY($3)) ${OWN_FIRST}) AS found
     WHERE $4::text IS NULL OR key ${edge} $4 ORDER BY key ${way} LIMIT $5`,
    [tenantId, PLATFORM_TENANT, keys, after, limit],
    `flags_${way}`,
  );
  return rows.map(({ override, ...flag }) =>
    override ? { ...flag, override: { ...override, updatedAt: new Date(override.updatedAt) } } : flag,
  );
}

/** Changes of a tenant's flags run one after the other; readers never wait. */
export async function lockFlags(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(`SELECT pg_advisory_xact_lock(hashtextextended('flags|' || $1, 0))`, [tenantId], 'flags_lock');
}

/** Writes a flag of the tenant's own; the version counts on by itself. */
export async function saveFlag(scope: Scope, tx: Tx, flag: Flag): Promise<void> {
  await tx.run(
    `INSERT INTO flag AS f (tenant_id, key, type, description, default_value, is_enabled, kill_switch, rules, protection,
       needs_approval, owner, expires_at, created_at, updated_at, updated_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)
     ON CONFLICT (tenant_id, key) DO UPDATE SET description = $4, default_value = $5, is_enabled = $6, kill_switch = $7,
       rules = $8, protection = $9, needs_approval = $10, owner = $11, expires_at = $12, version = f.version + 1,
       updated_at = $13, updated_by = $14`,
    [
      ...[scope.tenantId, flag.key, flag.type, flag.description, canonicalJson(flag.defaultValue)],
      ...[flag.isEnabled, flag.killSwitch, canonicalJson(flag.rules)],
      ...[flag.protection && canonicalJson(flag.protection), flag.needsApproval, flag.owner, flag.expiresAt],
      ...[scope.now, scope.actor.name],
    ],
  );
}

/** Writes the tenant's own value for a flag of the installation. */
export async function saveOverride(scope: Scope, tx: Tx, { key, override }: Flag): Promise<void> {
  await tx.run(
    `INSERT INTO flag_override AS o (tenant_id, key, value, updated_at, updated_by) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id, key) DO UPDATE SET value = $3, version = o.version + 1, updated_at = $4, updated_by = $5`,
    [scope.tenantId, key, canonicalJson(override?.value), scope.now, scope.actor.name],
  );
}

/** Takes the tenant's own value away. */
export async function removeOverrideRow(tx: Tx, tenantId: string, key: string): Promise<void> {
  await tx.run('DELETE FROM flag_override WHERE tenant_id = $1 AND key = $2', [tenantId, key]);
}

/** Removes a flag of the tenant's own; its overrides by tenants, if any, mean nothing any more. */
export async function removeFlagRow(tx: Tx, tenantId: string, key: string): Promise<void> {
  await tx.run('DELETE FROM flag_usage WHERE tenant_id = $1 AND key = $2', [tenantId, key]);
  await tx.run('DELETE FROM flag WHERE tenant_id = $1 AND key = $2 AND NOT is_system', [tenantId, key]);
}
