import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { COST_NAMESPACE, checkReader, type KvEntry, mayReadCosts } from './entry.ts';

const COLUMNS = `namespace, key, value, version, expires_at AS "expiresAt", updated_at AS "updatedAt",
  updated_by AS "updatedBy"`;
const IS_LIVE = '(expires_at IS NULL OR expires_at > $2)';

/** The entry, or null when there is none or its time is up. One statement. */
export async function getKv(sql: Sql, scope: Scope, namespace: string, key: string): Promise<KvEntry | null> {
  const row = await sql.row<KvEntry>(
    `SELECT ${COLUMNS} FROM kv_entry WHERE tenant_id = $1 AND ${IS_LIVE} AND namespace = $3 AND key = $4`,
    [scope.tenantId, scope.now, namespace, key],
    'kv_get',
  );
  return row ?? null;
}

/** The entry for whoever asks: `getKv`, refused (FORBIDDEN) where the caller may not read. */
export async function readKv(scope: Scope, namespace: string, key: string): Promise<KvEntry | null> {
  checkReader(scope, namespace);
  return getKv(scope.db, scope, namespace, key);
}

/** The entries of these keys that there are, by key. One statement. */
export async function getKvMany(
  sql: Sql,
  scope: Scope,
  namespace: string,
  keys: readonly string[],
): Promise<Map<string, KvEntry>> {
  const rows = await sql.rows<KvEntry>(
    `SELECT ${COLUMNS} FROM kv_entry WHERE tenant_id = $1 AND ${IS_LIVE} AND namespace = $3 AND key = ANY($4)`,
    [scope.tenantId, scope.now, namespace, keys],
    'kv_get_many',
  );
  return new Map(rows.map((row) => [row.key, row]));
}

export interface KvFilter {
  readonly namespace?: string | null | undefined;
  /** What the key begins with. */
  readonly prefix?: string | null | undefined;
}

/** Entries by namespace and key; what the caller may not read is left out, or refused when asked for by name. */
export async function listKv(scope: Scope, args: PageArgs, filter: KvFilter): Promise<Connection<KvEntry>> {
  if (filter.namespace) checkReader(scope, filter.namespace);
  const page = pageOf(args, 2);
  const [namespace = null, key = null] = page.cursor ?? [];
  const [edge, way] = page.isForward ? ['>', 'ASC'] : ['<', 'DESC'];
  const rows = await scope.db.rows<KvEntry>(
    `SELECT ${COLUMNS} FROM kv_entry WHERE tenant_id = $1 AND ${IS_LIVE}
       AND ($3::text IS NULL OR namespace = $3) AND ($4::text IS NULL OR starts_with(key, $4))
       AND ($5::text IS NULL OR (namespace, key) ${edge} ($5, $6)) AND namespace IS DISTINCT FROM $8
     ORDER BY namespace ${way}, key ${way} LIMIT $7`,
    [
      scope.tenantId,
      scope.now,
      filter.namespace ?? null,
      filter.prefix ?? null,
      namespace,
      key,
      page.size + 1,
      mayReadCosts(scope) ? null : COST_NAMESPACE,
    ],
  );
  return toConnection(rows, page, (row) => [row.namespace, row.key]);
}

/** The row whatever its age, locked until the commit. */
export function lockKv(
  tx: Tx,
  tenantId: string,
  namespace: string,
  key: string,
): Promise<KvEntry | undefined> {
  return tx.row<KvEntry>(
    `SELECT ${COLUMNS} FROM kv_entry WHERE tenant_id = $1 AND namespace = $2 AND key = $3 FOR UPDATE`,
    [tenantId, namespace, key],
    'kv_lock',
  );
}

/**
 * Writes the entry; nothing (undefined) when somebody else has made it since it was found absent and that matters.
 * Versions go on counting while the row of an expired entry is still there.
 */
export function saveKv(
  scope: Scope,
  tx: Tx,
  entry: Pick<KvEntry, 'namespace' | 'key' | 'expiresAt'> & { text: string; mustBeNew: boolean },
): Promise<KvEntry | undefined> {
  const { namespace, key, text, expiresAt, mustBeNew } = entry;
  return tx.row<KvEntry>(
    `INSERT INTO kv_entry AS k (tenant_id, namespace, key, value, expires_at, updated_at, updated_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (tenant_id, namespace, key) DO UPDATE SET value = excluded.value, version = k.version + 1,
       expires_at = excluded.expires_at, updated_at = excluded.updated_at, updated_by = excluded.updated_by
       WHERE NOT $8 OR k.expires_at <= $6
     RETURNING ${COLUMNS}`,
    [scope.tenantId, namespace, key, text, expiresAt, scope.now, scope.actor.name, mustBeNew],
    'kv_save',
  );
}

/** Removes the row. */
export function removeKv(tx: Tx, tenantId: string, namespace: string, key: string): Promise<number> {
  return tx.run('DELETE FROM kv_entry WHERE tenant_id = $1 AND namespace = $2 AND key = $3', [
    tenantId,
    namespace,
    key,
  ]);
}

/** Removes entries whose time is up: they have been absent to everybody since then. */
export function pruneKv(scope: Scope, tx: Tx): Promise<number> {
  return tx.run('DELETE FROM kv_entry WHERE tenant_id = $1 AND expires_at <= $2', [
    scope.tenantId,
    scope.now,
  ]);
}

/** How many entries the tenant has, expired ones included. */
export async function countKv(sql: Sql, tenantId: string): Promise<number> {
  const row = await sql.row<{ n: number }>(
    'SELECT count(*)::int AS n FROM kv_entry WHERE tenant_id = $1',
    [tenantId],
    'kv_count',
  );
  return row?.n ?? 0;
}
