import { InvalidTransitionError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { apiKeyById } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { skipEffects } from '../effects/index.ts';
import { compromisedAlert, settleAlerts, type Told, tellAlerts, tellEvents } from './announce.ts';
import type { Handover, KeyDelivery, KeyRegistration, VersionStatus } from './key.ts';
import { once } from './once.ts';
import { createVersion, DELIVER, promote, watchDelivery } from './rotation.ts';
import { checkGrace, checkReason } from './schedule.ts';
import {
  endVersions,
  lockRegistration,
  openVersions,
  type StoredVersion,
  saveRegistration,
  seenVersion,
} from './store.ts';

export interface Rotation {
  readonly id: string;
  /** Somebody else may have it: every earlier value ends now, and nothing holds the rotation. */
  readonly isCompromised?: boolean | null | undefined;
  /** How long the value before stays good; default the registration's. */
  readonly graceHours?: number | null | undefined;
  /** Default WEBHOOK when there is a target, else RESPONSE. */
  readonly delivery?: KeyDelivery | null | undefined;
  readonly reason?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
}

type Open = Partial<Record<VersionStatus, StoredVersion>>;

/**
 * Begins a rotation, and ends it when the new value is in the answer (spec l.1). Of two at once one is refused
 * (VersionConflictError); while one is under way another is an InvalidTransitionError, unless the key is compromised.
 */
export function rotateKey(
  scope: Scope,
  input: Rotation,
  { idempotencyKey }: { idempotencyKey?: string | null | undefined } = {},
): Promise<Handover> {
  if (input.graceHours != null) checkGrace(input.graceHours);
  checkReason(input.reason);
  return once(scope, idempotencyKey, { verb: 'rotateKey', ...input }, async () => {
    const seen = await seenVersion(scope, input.id);
    return scope.db.tx(async (tx) => {
      const registration = await lockRegistration(tx, scope.tenantId, input.id);
      for (const expected of [input.expectedVersion ?? seen, seen]) {
        if (expected !== registration.version)
          throw new VersionConflictError('key registration', expected, registration.version);
      }
      return rotate(scope, tx, registration, input);
    });
  });
}

async function rotate(scope: Scope, tx: Tx, before: KeyRegistration, input: Rotation): Promise<Handover> {
  const isCompromised = input.isCompromised ?? false;
  const delivery = input.delivery ?? (before.target ? 'WEBHOOK' : 'RESPONSE');
  const graceHours = isCompromised ? 0 : (input.graceHours ?? before.graceHours);
  const open = await openVersions(tx, scope.tenantId, before.id);
  checkRotatable(scope, before, open, { isCompromised, delivery });
  const expiresAt = await expiryOf(scope, tx, before, open);
  const told = await clearTheWay(scope, tx, before, open, isCompromised);
  const handover = await createVersion(scope, tx, before, { delivery, graceHours, expiresAt });
  const { versionId } = handover;
  const isDone = handover.how === 'SHOWN';
  const registration = isDone
    ? await promote(scope, tx, before, { versionId, graceHours })
    : await saveRegistration(scope, tx, before);
  await writeAudit(scope, tx, {
    ...{ action: 'key.rotate', subject: before.id, reason: input.reason },
    before: {
      active: open.ACTIVE?.id ?? null,
      retiring: open.RETIRING?.id ?? null,
      pending: open.PENDING?.id ?? null,
    },
    after: { [isDone ? 'active' : 'pending']: versionId, delivery, graceHours, isCompromised },
  });
  told.push({
    registration,
    change: isDone ? 'ROTATED' : 'STARTED',
    reason: isCompromised ? 'COMPROMISED' : null,
  });
  await tellEvents(scope, tx, told);
  if (isCompromised) await tellAlerts(scope, tx, [compromisedAlert(registration)]);
  if (isDone) await settleAlerts(scope, tx, [registration]);
  await watchDelivery(scope, tx, handover);
  return handover;
}

function checkRotatable(
  scope: Scope,
  registration: KeyRegistration,
  open: Open,
  { isCompromised, delivery }: { isCompromised: boolean; delivery: KeyDelivery },
): void {
  if (!registration.isEnabled)
    throw new InvalidTransitionError('key registration', 'RETIRED', 'ROTATED', 'register a new key instead.');
  if (delivery === 'WEBHOOK' && !registration.target)
    throw new ValidationError('delivery', 'Delivery by WEBHOOK needs a target; this key has none.');
  if (open.PENDING && !isCompromised && !isExpiredClaim(open.PENDING, scope.now)) {
    const why =
      'its last rotation is not done yet; wait for its delivery or its claim, or revoke the pending value.';
    throw new InvalidTransitionError('key', 'PENDING', 'PENDING', why);
  }
}

/** Whether the envelope of a pending value has run out, so that nobody can ever have it. */
export const isExpiredClaim = (version: Pick<StoredVersion, 'claimExpiresAt'>, now: Date): boolean =>
  version.claimExpiresAt !== null && version.claimExpiresAt <= now;

/** A key with an end does not live longer by being rotated. */
async function expiryOf(
  scope: Scope,
  tx: Tx,
  registration: KeyRegistration,
  { ACTIVE }: Open,
): Promise<Date | null> {
  if (registration.kind !== 'API_KEY' || !ACTIVE) return null;
  const { expiresAt = null } = (await apiKeyById(tx, scope.tenantId, ACTIVE.id)) ?? {};
  if (expiresAt !== null && expiresAt <= scope.now)
    throw new InvalidTransitionError(
      'API key',
      'EXPIRED',
      'ROTATED',
      'its expiry has passed; make a new one.',
    );
  return expiresAt;
}

/** Ends what must not be valid beside the new value; of a compromised key that is everything. */
async function clearTheWay(
  scope: Scope,
  tx: Tx,
  registration: KeyRegistration,
  { PENDING, ACTIVE, RETIRING }: Open,
  isCompromised: boolean,
): Promise<Told[]> {
  if (PENDING) {
    const reason = isCompromised ? 'COMPROMISED' : 'CLAIM_EXPIRED';
    await endVersions(scope, tx, [PENDING.id], { status: 'FAILED', reason });
    await skipEffects(tx, scope.tenantId, { subject: registration.id, kind: DELIVER });
  }
  const ended = [RETIRING, isCompromised ? ACTIVE : undefined].flatMap((version) => version?.id ?? []);
  if (ended.length === 0) return [];
  const reason = isCompromised ? 'COMPROMISED' : 'ROTATED_AGAIN';
  await endVersions(scope, tx, ended, { status: 'REVOKED', reason });
  return [{ registration, change: 'REVOKED', reason }];
}
