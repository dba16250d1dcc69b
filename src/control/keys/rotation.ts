import { uuidv7 } from '../../kernel/ids.ts';
import { addMs } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { insertApiKey, keyPrefix, learners, limitApiKeys, newKeyText, unite } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { addEffects } from '../effects/index.ts';
import { watchTenant } from '../watch/index.ts';
import { failedAlert, tellAlerts, tellEvents } from './announce.ts';
import { claimHash, type Handover, type KeyDelivery, type KeyRegistration, newClaimToken } from './key.ts';
import { CLAIM_MS, graceEnd, nextRotation } from './schedule.ts';
import {
  activateVersion,
  endVersions,
  insertVersion,
  openVersions,
  retireVersion,
  type StoredVersion,
  saveRegistration,
} from './store.ts';

/** Kind of the effect that posts a value to its target; its subject is the registration. */
export const DELIVER = 'key.deliver';
export interface DeliverPayload {
  readonly versionId: string;
}

/** What waits to be handed over: the value, and how long the one before it is good from then on. */
export interface Envelope {
  readonly value: string;
  readonly graceHours: number;
}

const sealEnvelope = (scope: Scope, envelope: Envelope): string =>
  scope.outbound.vault.seal(JSON.stringify(envelope), scope.tenantId);
/** The envelope again; throws when it was sealed with another pepper. */
export const openEnvelope = (scope: Scope, sealed: string): Envelope =>
  JSON.parse(scope.outbound.vault.open(sealed, scope.tenantId)) as Envelope;

export interface NewValue {
  readonly delivery: KeyDelivery;
  readonly graceHours: number;
  /** When an API key ends, rotated or not. */
  readonly expiresAt: Date | null;
}

/**
 * The first step: a new value, PENDING. It opens the API already, so that it can be tested where it is stored; nobody has
 * it before it is delivered. What only a claim or a target may see is sealed until then.
 */
export async function createVersion(
  scope: Scope,
  tx: Tx,
  registration: KeyRegistration,
  { delivery, graceHours, expiresAt }: NewValue,
): Promise<Handover> {
  const { id: registrationId, name, scopes, kind } = registration;
  // Where the target has it posted is in the registration's already.
  const principals = unite(registration.principals, delivery === 'WEBHOOK' ? [] : learners(scope.actor));
  const value = newKeyText();
  const versionId =
    kind === 'API_KEY'
      ? await insertApiKey(scope, tx, { name, scopes, expiresAt, registrationId, principals, text: value })
      : uuidv7(scope.now.getTime());
  const token = delivery === 'CLAIM' ? newClaimToken() : null;
  await insertVersion(scope, tx, {
    ...{ id: versionId, registrationId, status: 'PENDING', createdAt: scope.now, activatedAt: null },
    ...{
      prefix: keyPrefix(value) as string,
      last4: value.slice(-4),
      secretHash: scope.outbound.vault.hash(value),
    },
    sealed: delivery === 'RESPONSE' ? null : sealEnvelope(scope, { value, graceHours }),
    claimHash: token === null ? null : claimHash(token),
    claimExpiresAt: token === null ? null : addMs(scope.now, CLAIM_MS),
  });
  const known = { registrationId, versionId };
  if (delivery === 'RESPONSE') return { ...known, how: 'SHOWN', value, claimToken: null };
  if (delivery === 'CLAIM') return { ...known, how: 'CLAIM', value: null, claimToken: token };
  const payload: DeliverPayload = { versionId };
  await addEffects(scope, tx, [{ kind: DELIVER, subject: registrationId, step: versionId, payload }]);
  return { ...known, how: 'WEBHOOK', value: null, claimToken: null };
}

/** Puts the tenant on the list of the loop that delivers, when there is something to; the last thing of a transaction. */
export async function watchDelivery(scope: Scope, tx: Tx, { how }: Handover): Promise<void> {
  if (how === 'WEBHOOK') await watchTenant(tx, 'KEYS', scope.tenantId);
}

/**
 * The last step: the pending value is the one in force, the one before is good until the end of its grace, and the one
 * before that ends now. So at most two are valid. Answers the registration with its next date.
 */
export async function promote(
  scope: Scope,
  tx: Tx,
  registration: KeyRegistration,
  { versionId, graceHours, claimedAt }: { versionId: string; graceHours: number; claimedAt?: Date },
): Promise<KeyRegistration> {
  const { ACTIVE, RETIRING } = await openVersions(tx, scope.tenantId, registration.id);
  const end = graceEnd(scope.now, graceHours, false);
  if (RETIRING) await endVersions(scope, tx, [RETIRING.id], { status: 'REVOKED', reason: 'ROTATED_AGAIN' });
  if (ACTIVE && end) {
    await retireVersion(scope, tx, ACTIVE.id, end);
    await limitApiKeys(scope, tx, [ACTIVE.id], end);
  } else if (ACTIVE) {
    await endVersions(scope, tx, [ACTIVE.id], { status: 'REVOKED', reason: 'ROTATED' });
  }
  await activateVersion(scope, tx, versionId, claimedAt ?? null);
  return saveRegistration(scope, tx, {
    ...registration,
    lastRotatedAt: scope.now,
    nextRotationAt: nextRotation(scope.now, registration.intervalDays),
  });
}

/** A rotation that came to nothing: the value before stays in force, people are told. */
export async function failRotation(
  scope: Scope,
  tx: Tx,
  registration: KeyRegistration,
  version: StoredVersion,
  reason: string,
): Promise<KeyRegistration> {
  await endVersions(scope, tx, [version.id], { status: 'FAILED', reason });
  const saved = await saveRegistration(scope, tx, registration);
  const { ACTIVE } = await openVersions(tx, scope.tenantId, registration.id);
  await writeAudit(scope, tx, {
    ...{ action: 'key.fail', subject: registration.id, reason },
    ...{
      before: { versionId: version.id, status: 'PENDING' },
      after: { versionId: version.id, status: 'FAILED' },
    },
  });
  await tellEvents(scope, tx, [{ registration: saved, change: 'FAILED', reason }]);
  await tellAlerts(scope, tx, [failedAlert(saved, reason, ACTIVE !== undefined)]);
  return saved;
}
