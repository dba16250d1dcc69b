import { InvalidTransitionError, NotFoundError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { limitApiKeys } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { skipEffects } from '../effects/index.ts';
import { settleAlerts, tellEvents } from './announce.ts';
import type { KeyRegistration } from './key.ts';
import { DELIVER } from './rotation.ts';
import { checkGrace, checkReason, graceEnd } from './schedule.ts';
import {
  endVersions,
  lockRegistration,
  openVersions,
  retireVersion,
  type StoredVersion,
  saveRegistration,
  versionById,
} from './store.ts';

export interface Retirement {
  readonly id: string;
  /** How long the value in force stays good; default the registration's. */
  readonly graceHours?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Ends a key without a successor: its value is good for the grace, and it is not rotated any more. */
export async function retireKey(scope: Scope, input: Retirement): Promise<KeyRegistration> {
  if (input.graceHours != null) checkGrace(input.graceHours);
  checkReason(input.reason);
  return scope.db.tx(async (tx) => {
    const before = await lockRegistration(tx, scope.tenantId, input.id);
    if (!before.isEnabled) throw new InvalidTransitionError('key registration', 'RETIRED', 'RETIRED');
    const { PENDING, ACTIVE, RETIRING } = await openVersions(tx, scope.tenantId, before.id);
    const end = ACTIVE ? graceEnd(scope.now, input.graceHours ?? before.graceHours, false) : null;
    await cancelPending(scope, tx, before, PENDING);
    const ended = [RETIRING, end ? undefined : ACTIVE].flatMap((version) => version?.id ?? []);
    await endVersions(scope, tx, ended, { status: 'REVOKED', reason: 'RETIRED' });
    if (ACTIVE && end) {
      await retireVersion(scope, tx, ACTIVE.id, end);
      await limitApiKeys(scope, tx, [ACTIVE.id], end);
    }
    const registration = await saveRegistration(scope, tx, { ...before, isEnabled: false });
    await writeAudit(scope, tx, {
      ...{ action: 'key.retire', subject: before.id, reason: input.reason },
      before: { isEnabled: true, active: ACTIVE?.id ?? null },
      after: { isEnabled: false, goodUntil: end?.toISOString() ?? null },
    });
    await tellEvents(scope, tx, [{ registration, change: 'RETIRED', reason: input.reason ?? null }]);
    await settleAlerts(scope, tx, [registration]);
    return registration;
  });
}

export interface Revocation {
  readonly id: string;
  /** One value only; default all of them, and the key is not rotated any more. */
  readonly versionId?: string | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Ends values of a key at once. Revoking what has ended changes nothing. */
export async function revokeKey(scope: Scope, input: Revocation): Promise<KeyRegistration> {
  checkReason(input.reason);
  return scope.db.tx(async (tx) => {
    const registration = await lockRegistration(tx, scope.tenantId, input.id);
    const wanted = input.versionId ?? null;
    if (wanted !== null) {
      const version = await versionById(tx, scope.tenantId, wanted);
      if (version?.registrationId !== input.id) throw new NotFoundError('key version', wanted);
    }
    return revokeVersions(scope, tx, registration, {
      ...{ wanted, reason: input.reason ?? null, action: 'key.revoke', subject: input.id },
    });
  });
}

interface RevokeOptions {
  readonly wanted: string | null;
  readonly reason: string | null;
  /** Of the audit entry. */
  readonly action: string;
  readonly subject: string;
}

/** The work of a revocation, of one value (`wanted`) or of all, on a registration that the caller has locked. */
export async function revokeVersions(
  scope: Scope,
  tx: Tx,
  before: KeyRegistration,
  { wanted, reason, action, subject }: RevokeOptions,
): Promise<KeyRegistration> {
  const open = await openVersions(tx, scope.tenantId, before.id);
  const all = Object.values(open);
  const ended = all.filter(({ id }) => wanted === null || id === wanted);
  const isNothing = ended.length === 0 && (wanted !== null || !before.isEnabled);
  if (isNothing) return before;
  // Without a value that is or will be in force there is nothing left to rotate.
  const isEnabled =
    before.isEnabled && wanted !== null && all.some((v) => !ended.includes(v) && v.status !== 'RETIRING');
  await cancelPending(
    scope,
    tx,
    before,
    ended.find(({ status }) => status === 'PENDING'),
  );
  const valid = ended.filter(({ status }) => status !== 'PENDING').map(({ id }) => id);
  await endVersions(scope, tx, valid, { status: 'REVOKED', reason: reason ?? 'REVOKED' });
  const registration = await saveRegistration(scope, tx, { ...before, isEnabled });
  await writeAudit(scope, tx, {
    ...{ action, subject, reason },
    before: { isEnabled: before.isEnabled, versions: ended.map(({ id, status }) => ({ id, status })) },
    after: {
      isEnabled,
      versions: ended.map(({ id }) => ({ id, status: valid.includes(id) ? 'REVOKED' : 'FAILED' })),
    },
  });
  await tellEvents(scope, tx, [{ registration, change: 'REVOKED', reason }]);
  if (!isEnabled) await settleAlerts(scope, tx, [registration]);
  return registration;
}

async function cancelPending(
  scope: Scope,
  tx: Tx,
  { id }: KeyRegistration,
  pending: StoredVersion | undefined,
): Promise<void> {
  if (!pending) return;
  await endVersions(scope, tx, [pending.id], { status: 'FAILED', reason: 'CANCELLED' });
  await skipEffects(tx, scope.tenantId, { subject: id, kind: DELIVER });
}
