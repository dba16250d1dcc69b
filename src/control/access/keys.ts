import { uuidv7 } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, toConnection } from '../../kernel/page.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { KeyScope, Scope } from '../../platform/scope.ts';
import { type ApiKeyRow, keyPrefix } from './api-key.ts';

const COLUMNS = `id, name, prefix, last4, scopes, created_at AS "createdAt", created_by AS "createdBy",
  expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt",
  registration_id AS "registrationId", principals`;

/** A key that is to authenticate from now on. `text` is the key itself; what is kept of it is a keyed hash. */
export interface NewApiKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date | null;
  readonly registrationId: string;
  readonly principals: readonly string[];
  readonly text: string;
}

/** Lets a key text authenticate; returns its id. The caller writes the audit entry. */
export async function insertApiKey(scope: Scope, tx: Tx, key: NewApiKey): Promise<string> {
  const id = uuidv7(scope.now.getTime());
  const prefix = keyPrefix(key.text) as string;
  await tx.run('INSERT INTO key_directory (prefix, tenant_id) VALUES ($1, $2)', [prefix, scope.tenantId]);
  await tx.run(
    `INSERT INTO api_key (tenant_id, id, name, prefix, secret_hash, last4, scopes, created_at, created_by, expires_at,
       registration_id, principals) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      ...[scope.tenantId, id, key.name, prefix, scope.outbound.vault.hash(key.text), key.text.slice(-4)],
      ...[[...new Set(key.scopes)], scope.now, scope.actor.name, key.expiresAt, key.registrationId],
      key.principals,
    ],
  );
  return id;
}

/** Notes that others may know the values of a registration from now on, or one of them: also of what is in force. */
export async function addPrincipals(
  scope: Scope,
  tx: Tx,
  { registrationId, id = null }: { registrationId: string; id?: string | null },
  principals: readonly string[],
): Promise<void> {
  if (principals.length === 0) return;
  await tx.run(
    `UPDATE api_key SET principals = ARRAY(SELECT DISTINCT p FROM unnest(principals || $4::text[]) AS p ORDER BY p)
     WHERE tenant_id = $1 AND registration_id = $2 AND ($3::uuid IS NULL OR id = $3)`,
    [scope.tenantId, registrationId, id, principals],
    'add_key_principals',
  );
}

/** Ends keys at once, wherever they have got to; ids of other things are ignored. Felt everywhere within 2 s. */
export async function endApiKeys(scope: Scope, tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(
    `UPDATE api_key SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids, scope.now],
    'end_api_keys',
  );
}

/** Lets keys authenticate until `end` and not a moment longer, without any job; an earlier end of theirs stays. */
export async function limitApiKeys(scope: Scope, tx: Tx, ids: readonly string[], end: Date): Promise<void> {
  await tx.run(
    `UPDATE api_key SET expires_at = least(expires_at, $3) WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids, end],
    'limit_api_keys',
  );
}

/** Puts a key from before rotations under a registration; false when it has one. */
export async function adoptApiKey(
  scope: Scope,
  tx: Tx,
  id: string,
  registrationId: string,
): Promise<(ApiKeyRow & { secretHash: string }) | undefined> {
  return tx.row(
    `UPDATE api_key SET registration_id = $3 WHERE tenant_id = $1 AND id = $2 AND registration_id IS NULL
     RETURNING ${COLUMNS}, secret_hash AS "secretHash"`,
    [scope.tenantId, id, registrationId],
  );
}

/** Forgets keys that ended long ago, and their prefixes. */
export async function forgetApiKeys(scope: Scope, tx: Tx, ids: readonly string[]): Promise<void> {
  await tx.run(
    `WITH gone AS (DELETE FROM api_key WHERE tenant_id = $1 AND id = ANY($2::uuid[]) RETURNING prefix)
     DELETE FROM key_directory WHERE prefix IN (SELECT prefix FROM gone) AND tenant_id = $1`,
    [scope.tenantId, ids],
  );
}

/** The tenant's key with this id, or undefined. */
export const apiKeyById = (sql: Sql, tenantId: string, id: string): Promise<ApiKeyRow | undefined> =>
  sql.row<ApiKeyRow>(`SELECT ${COLUMNS} FROM api_key WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);

/** The tenant's keys, newest first. */
export async function listApiKeys(scope: Scope, args: PageArgs): Promise<Connection<ApiKeyRow>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<ApiKeyRow>(
    `SELECT ${COLUMNS} FROM api_key
     WHERE tenant_id = $1 AND ($3::timestamptz IS NULL OR (created_at, id) ${edge} ($3, $4::uuid))
     ORDER BY created_at ${way}, id ${way} LIMIT $2`,
    [scope.tenantId, page.size + 1, at, id],
    `api_keys_${way}`,
  );
  return toConnection(rows, page, (row) => [row.createdAt, row.id]);
}
