import { NotFoundError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { KeyScope, Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import { type ApiKeyRow, checkNewKey, hashKey, keyPrefix, newKeyText } from './api-key.ts';

export const KEY_COLUMNS = `id, name, prefix, last4, scopes, created_at AS "createdAt", created_by AS "createdBy",
  expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"`;

export interface NewKey {
  name: string;
  scopes: KeyScope[];
  expiresAt: Date | null;
}

/** Makes a key; `value` exists only in this answer. */
export async function createApiKey(
  scope: Scope,
  pepper: string,
  input: NewKey,
): Promise<{ key: ApiKeyRow; value: string }> {
  checkNewKey(input.name, input.scopes, input.expiresAt, scope.now);
  const value = newKeyText();
  const prefix = keyPrefix(value) as string;
  const key = await scope.db.tx(async (tx) => {
    await tx.run('INSERT INTO key_directory (prefix, tenant_id) VALUES ($1, $2)', [prefix, scope.tenantId]);
    const row = await tx.row<ApiKeyRow>(
      `INSERT INTO api_key (tenant_id, id, name, prefix, secret_hash, last4, scopes, created_at, created_by, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING ${KEY_COLUMNS}`,
      [
        scope.tenantId,
        uuidv7(scope.now.getTime()),
        input.name.trim(),
        prefix,
        hashKey(pepper, value),
        value.slice(-4),
        [...new Set(input.scopes)],
        scope.now,
        scope.actor.name,
        input.expiresAt,
      ],
    );
    const after = {
      name: input.name,
      scopes: input.scopes,
      expiresAt: input.expiresAt?.toISOString() ?? null,
    };
    await writeAudit(scope, tx, { action: 'api-key.create', subject: prefix, before: null, after });
    return row as ApiKeyRow;
  });
  return { key, value };
}

/** Ends a key at once; its open subscriptions are cut within 5 s. Revoking twice changes nothing. */
export async function revokeApiKey(scope: Scope, id: string): Promise<ApiKeyRow> {
  return scope.db.tx(async (tx) => {
    const row = await tx.row<ApiKeyRow>(
      `UPDATE api_key SET revoked_at = coalesce(revoked_at, $3) WHERE tenant_id = $1 AND id = $2
       RETURNING ${KEY_COLUMNS}`,
      [scope.tenantId, id, scope.now],
    );
    if (!row) throw new NotFoundError('API key', id);
    const after = { revokedAt: row.revokedAt?.toISOString() ?? null };
    await writeAudit(scope, tx, { action: 'api-key.revoke', subject: row.prefix, before: null, after });
    return row;
  });
}

/** The tenant's keys, newest first. */
export async function listApiKeys(scope: Scope, args: PageArgs): Promise<Connection<ApiKeyRow>> {
  const page = pageOf(args, 2);
  const rows = await scope.db.rows<ApiKeyRow>(
    `SELECT ${KEY_COLUMNS} FROM api_key
     WHERE tenant_id = $1
       AND ($2::timestamptz IS NULL OR (created_at, id) ${page.isForward ? '<' : '>'} ($2::timestamptz, $3::uuid))
     ORDER BY created_at ${page.isForward ? 'DESC' : 'ASC'}, id ${page.isForward ? 'DESC' : 'ASC'} LIMIT $4`,
    [scope.tenantId, page.cursor?.[0] ?? null, page.cursor?.[1] ?? null, page.size + 1],
  );
  return toConnection(rows, page, (row) => [row.createdAt, row.id]);
}
