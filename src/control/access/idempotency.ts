import { DomainError, ValidationError } from '../../kernel/errors.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { DAY_MS, MINUTE_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';

/** A request that died half-way frees its key after this; far longer than any request may run. */
const RUNNING_MS = 10 * MINUTE_MS;

interface Stored {
  requestHash: string;
  status: 'RUNNING' | 'DONE';
  response: unknown;
}

/**
 * Runs `work` once per (tenant, key) within 24 h (spec 0.4). The same request again gets the stored answer; another
 * request under the same key is refused. `work` returns what `load` can rebuild the answer from (ids, never secrets).
 */
export async function idempotently<Memo, Answer>(
  scope: Scope,
  key: string | null | undefined,
  request: unknown,
  work: () => Promise<Memo>,
  load: (memo: Memo) => Promise<Answer>,
): Promise<Answer> {
  if (key == null) return load(await work());
  checkKey(key);
  const hash = sha256Hex(
    JSON.stringify(request, (_name, value) => (typeof value === 'bigint' ? `${value}` : value)),
  );
  const stored = await claim(scope.db, scope, { key, hash, lifeMs: RUNNING_MS });
  if (stored) return load(stored.response as Memo);
  try {
    const memo = await work();
    await scope.db.run(
      `UPDATE idempotency_record SET status = 'DONE', response = $3, expires_at = $4 WHERE tenant_id = $1 AND key = $2`,
      [scope.tenantId, key, JSON.stringify(memo), new Date(scope.now.getTime() + DAY_MS)],
    );
    return await load(memo);
  } catch (error) {
    // A refused request did nothing, so the key is free for a corrected one.
    await scope.db.run(
      `DELETE FROM idempotency_record WHERE tenant_id = $1 AND key = $2 AND status = 'RUNNING'`,
      [scope.tenantId, key],
    );
    throw error;
  }
}

/** Refuses what is no idempotency key. */
export function checkKey(key: string): void {
  if (key !== '' && key.length <= 200) return;
  throw new ValidationError('idempotencyKey', 'An idempotency key has 1 to 200 characters.');
}

/**
 * Takes a key for `lifeMs`: null when it is ours now, else what the first request with it has left. DomainError when that
 * was another request, or is still running.
 */
export async function claim(
  sql: Sql,
  scope: Scope,
  { key, hash, lifeMs }: { key: string; hash: string; lifeMs: number },
): Promise<Stored | null> {
  const expiresAt = new Date(scope.now.getTime() + lifeMs);
  const won = await sql.run(
    `INSERT INTO idempotency_record AS r (tenant_id, key, request_hash, status, expires_at)
     VALUES ($1, $2, $3, 'RUNNING', $4)
     ON CONFLICT (tenant_id, key) DO UPDATE SET request_hash = $3, status = 'RUNNING', response = NULL, expires_at = $4
     WHERE r.expires_at <= $5`,
    [scope.tenantId, key, hash, expiresAt, scope.now],
    'idempotency_claim',
  );
  if (won > 0) return null;
  const stored = await sql.row<Stored>(
    `SELECT request_hash AS "requestHash", status, response FROM idempotency_record WHERE tenant_id = $1 AND key = $2`,
    [scope.tenantId, key],
    'idempotency_stored',
  );
  if (!stored || stored.requestHash !== hash) {
    throw new DomainError(
      'IDEMPOTENCY_KEY_REUSED',
      'This idempotency key was used for another request; use a new one.',
    );
  }
  if (stored.status === 'RUNNING') {
    throw new DomainError(
      'IDEMPOTENT_REQUEST_IN_PROGRESS',
      'The first request with this key is still running; ask again soon.',
    );
  }
  return stored;
}

/** Removes answers older than their 24 h. */
export async function forgetAnswers(scope: Scope, tx: Tx): Promise<number> {
  return tx.run('DELETE FROM idempotency_record WHERE tenant_id = $1 AND expires_at < $2', [
    scope.tenantId,
    scope.now,
  ]);
}
