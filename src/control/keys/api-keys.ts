import { NotFoundError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { KeyScope, Scope } from '../../platform/scope.ts';
import { type ApiKeyRow, adoptApiKey, apiKeyById } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { tellEvents } from './announce.ts';
import { revokeVersions } from './end-key.ts';
import type { Handover, KeyLevel, KeyRegistration } from './key.ts';
import { introduce, newRegistration } from './register-key.ts';
import { type Rotation, rotateKey } from './rotate-key.ts';
import {
  checkReason,
  DEFAULT_GRACE_HOURS,
  type KeyIntervals,
  nextRotation,
  SPEC_INTERVALS,
} from './schedule.ts';
import { insertRegistration, insertVersion, lockRegistration } from './store.ts';

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly expiresAt: Date | null;
  /** Default MEDIUM. */
  readonly securityLevel?: KeyLevel | null | undefined;
}

/** Makes a key of this API with its registration; `value` exists only in this answer. */
export async function createApiKey(
  scope: Scope,
  input: NewKey,
  intervals: KeyIntervals = SPEC_INTERVALS,
): Promise<{ key: ApiKeyRow; value: string }> {
  const wanted = {
    ...{ ...input, kind: 'API_KEY' as const, delivery: 'RESPONSE' as const },
    securityLevel: input.securityLevel ?? 'MEDIUM',
  };
  const registration = newRegistration(scope, wanted, intervals);
  return scope.db.tx(async (tx) => {
    const { versionId, value } = await introduce(scope, tx, registration, wanted);
    const key = (await apiKeyById(tx, scope.tenantId, versionId)) as ApiKeyRow;
    await writeAudit(scope, tx, {
      ...{ action: 'api-key.create', subject: key.prefix, before: null },
      after: {
        ...{ name: key.name, scopes: key.scopes, expiresAt: key.expiresAt?.toISOString() ?? null },
        ...{ registrationId: registration.id, securityLevel: registration.securityLevel },
        principals: key.principals,
      },
    });
    await tellEvents(scope, tx, [{ registration, change: 'REGISTERED' }]);
    return { key, value: value as string };
  });
}

/** A new value for a key of this API, with the same scopes and the same end; both open it until the end of the grace. */
export async function rotateApiKey(
  scope: Scope,
  input: Omit<Rotation, 'expectedVersion'>,
  {
    intervals = SPEC_INTERVALS,
    idempotencyKey,
  }: { intervals?: KeyIntervals; idempotencyKey?: string | null | undefined } = {},
): Promise<Handover> {
  const key = await found(scope, input.id);
  const id = key.registrationId ?? (await adopt(scope, key, intervals));
  return rotateKey(scope, { ...input, id }, { idempotencyKey });
}

async function found(scope: Scope, id: string): Promise<ApiKeyRow> {
  const key = await apiKeyById(scope.db, scope.tenantId, id);
  if (!key) throw new NotFoundError('API key', id);
  return key;
}

/** Gives a key from before rotations a registration, as if it had been registered when it was made. */
async function adopt(scope: Scope, key: ApiKeyRow, intervals: KeyIntervals): Promise<string> {
  const registration: KeyRegistration = {
    ...{ id: uuidv7(scope.now.getTime()), name: key.name, kind: 'API_KEY', scopes: key.scopes },
    ...{ securityLevel: 'MEDIUM', intervalDays: intervals.MEDIUM, graceHours: DEFAULT_GRACE_HOURS },
    ...{
      principals: key.principals,
      target: null,
      targetSealed: null,
      isEnabled: key.revokedAt === null,
      version: 1,
    },
    ...{ createdAt: key.createdAt, createdBy: key.createdBy, lastRotatedAt: key.createdAt },
    nextRotationAt: nextRotation(key.createdAt, intervals.MEDIUM),
  };
  return scope.db.tx(async (tx) => {
    const adopted = await adoptApiKey(scope, tx, key.id, registration.id);
    // Somebody else was quicker.
    if (!adopted) return (await apiKeyById(tx, scope.tenantId, key.id))?.registrationId as string;
    await insertRegistration(scope, tx, registration);
    await insertVersion(scope, tx, {
      ...{ id: key.id, registrationId: registration.id, prefix: key.prefix, last4: key.last4 },
      ...{ secretHash: adopted.secretHash, sealed: null, claimHash: null, claimExpiresAt: null },
      ...{
        status: key.revokedAt ? 'REVOKED' : 'ACTIVE',
        createdAt: key.createdAt,
        activatedAt: key.createdAt,
      },
    });
    await writeAudit(scope, tx, {
      ...{ action: 'api-key.adopt', subject: key.prefix, before: { registrationId: null } },
      after: { registrationId: registration.id, securityLevel: registration.securityLevel },
    });
    return registration.id;
  });
}

/** Ends a key of this API at once; its open subscriptions are cut within 5 s. Revoking twice changes nothing. */
export async function revokeApiKey(
  scope: Scope,
  id: string,
  { reason = null, intervals = SPEC_INTERVALS }: { reason?: string | null; intervals?: KeyIntervals } = {},
): Promise<ApiKeyRow> {
  checkReason(reason);
  const key = await found(scope, id);
  if (key.revokedAt !== null) return key;
  const registrationId = key.registrationId ?? (await adopt(scope, key, intervals));
  return scope.db.tx(async (tx) => {
    const registration = await lockRegistration(tx, scope.tenantId, registrationId);
    await revokeVersions(scope, tx, registration, {
      ...{ wanted: id, reason, action: 'api-key.revoke', subject: key.prefix },
    });
    return (await apiKeyById(tx, scope.tenantId, id)) as ApiKeyRow;
  });
}
