import { canonicalJson, type Json } from '../../kernel/canonical.ts';
import { DomainError, NotFoundError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import { COST_NAMESPACE, checkName, checkValue, checkWriter, type KvEntry } from './entry.ts';
import { countKv, lockKv, removeKv, saveKv } from './store.ts';

export interface PutKv {
  readonly namespace: string;
  readonly key: string;
  readonly value: Json;
  /** When it shall be gone; null for never. */
  readonly expiresAt?: Date | null;
  /** Compare and set: the version it must have; 0 when there must be none. */
  readonly expectedVersion?: number | null;
}

/** Values up to this many bytes are kept in the audit trail; of longer ones their hash. */
const AUDITED_BYTES = 1_024;

/**
 * Puts a value (spec k.2). ValidationError for a name, a size or a secret; FORBIDDEN for a namespace that others write;
 * VERSION_CONFLICT when it is not at `expectedVersion` (an expired entry is at 0). Audited, but for the hourly figures
 * that the engine itself keeps.
 */
export async function putKv(scope: Scope, tx: Tx, entry: PutKv): Promise<KvEntry> {
  const { namespace, key, expiresAt = null, expectedVersion = null } = entry;
  checkName(namespace, key);
  checkWriter(scope, namespace);
  const text = checkValue(namespace, key, entry.value);
  if (expiresAt && !(expiresAt > scope.now)) {
    throw new ValidationError('expiresAt', 'An entry expires in the future.');
  }
  const before = liveAt(scope, await lockKv(tx, scope.tenantId, namespace, key));
  const version = before?.version ?? 0;
  if (expectedVersion !== null && expectedVersion !== version) {
    throw new VersionConflictError('entry', expectedVersion, version);
  }
  if (!before) await checkRoom(scope, tx);
  const mustBeNew = expectedVersion === 0;
  const after = await saveKv(scope, tx, { namespace, key, text, expiresAt, mustBeNew });
  if (!after) throw new VersionConflictError('entry', 0, 1);
  if (scope.actor.kind === 'SYSTEM' && namespace === COST_NAMESPACE) return after;
  await writeAudit(scope, tx, {
    action: 'kv.put',
    subject: `${namespace}/${key}`,
    before: before && audited(before),
    after: audited(after),
  });
  return after;
}

/** Removes an entry. NotFoundError when there is none, VERSION_CONFLICT when it is not at `expectedVersion`. Audited. */
export async function deleteKv(
  scope: Scope,
  tx: Tx,
  { namespace, key, expectedVersion = null }: Pick<PutKv, 'namespace' | 'key' | 'expectedVersion'>,
): Promise<KvEntry> {
  checkWriter(scope, namespace);
  const before = liveAt(scope, await lockKv(tx, scope.tenantId, namespace, key));
  if (!before) throw new NotFoundError('entry', `${namespace}/${key}`);
  if (expectedVersion !== null && expectedVersion !== before.version) {
    throw new VersionConflictError('entry', expectedVersion, before.version);
  }
  await removeKv(tx, scope.tenantId, namespace, key);
  const subject = `${namespace}/${key}`;
  await writeAudit(scope, tx, { action: 'kv.delete', subject, before: audited(before), after: null });
  return before;
}

/** A tenant's entries at most; a store for small named values, not for facts. */
export const MAX_ENTRIES = 10_000;

async function checkRoom({ tenantId }: Scope, tx: Tx): Promise<void> {
  if ((await countKv(tx, tenantId)) < MAX_ENTRIES) return;
  const text = `A tenant has at most ${MAX_ENTRIES} entries; delete some, or give them an expiry.`;
  throw new DomainError('LIMIT_EXCEEDED', text, { limit: MAX_ENTRIES });
}

const liveAt = ({ now }: Scope, row: KvEntry | undefined): KvEntry | null =>
  row && (row.expiresAt === null || row.expiresAt > now) ? row : null;

function audited({ value, version, expiresAt }: KvEntry): Record<string, unknown> {
  const text = canonicalJson(value);
  const kept =
    text.length <= AUDITED_BYTES ? { value } : { sha256: sha256Hex(text), bytes: Buffer.byteLength(text) };
  return { ...kept, version, expiresAt };
}
