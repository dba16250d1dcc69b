import { sha256Hex } from '../../kernel/ids.ts';
import { DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { checkKey, claim } from './idempotency.ts';

/**
 * As `idempotently`, for work that is one transaction: the key is taken, and the answer kept, in that transaction, so a
 * process that dies at any point has done all of it or nothing, and whoever asks again is never told to wait for the dead.
 * Two requests with one key wait for each other. Throws ValidationError for a bad key, DomainError for a reused one.
 */
export async function onceIn<Memo>(
  scope: Scope,
  tx: Tx,
  { key, request }: { key: string | null | undefined; request: () => string },
  work: () => Promise<Memo>,
): Promise<Memo> {
  if (key == null) return work();
  checkKey(key);
  const hash = sha256Hex(request());
  const stored = await claim(tx, scope, { key, hash, lifeMs: DAY_MS });
  if (stored) return stored.response as Memo;
  const memo = await work();
  await tx.run(
    `UPDATE idempotency_record SET status = 'DONE', response = $3 WHERE tenant_id = $1 AND key = $2`,
    [scope.tenantId, key, JSON.stringify(memo)],
    'once_done',
  );
  return memo;
}
