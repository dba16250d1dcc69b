import { ValidationError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { KeyScope, Scope } from '../../platform/scope.ts';
import { checkNewKey, learners } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { tellEvents } from './announce.ts';
import type { Handover, KeyDelivery, KeyKind, KeyLevel, KeyRegistration } from './key.ts';
import { once } from './once.ts';
import { createVersion, promote, watchDelivery } from './rotation.ts';
import {
  checkReason,
  checkRhythm,
  DEFAULT_GRACE_HOURS,
  type KeyIntervals,
  nextRotation,
  SPEC_INTERVALS,
} from './schedule.ts';
import { insertRegistration } from './store.ts';
import { checkTarget, type TargetInput } from './target.ts';

/** A key about to be registered. */
export interface NewRegistration {
  readonly name: string;
  readonly kind: KeyKind;
  readonly securityLevel: KeyLevel;
  /** Default: the level's. */
  readonly intervalDays?: number | null | undefined;
  readonly graceHours?: number | null | undefined;
  /** Of an API_KEY: at least one; of a SECRET: none. */
  readonly scopes?: readonly KeyScope[] | null | undefined;
  /** When an API key ends, whatever is rotated. */
  readonly expiresAt?: Date | null | undefined;
  readonly target?: TargetInput | null | undefined;
  readonly delivery: KeyDelivery;
  readonly reason?: string | null | undefined;
}

/** Registers a key and makes its first value, which is in force once it is delivered (spec l.1). */
export function registerKey(
  scope: Scope,
  input: NewRegistration,
  {
    intervals = SPEC_INTERVALS,
    idempotencyKey,
  }: { intervals?: KeyIntervals; idempotencyKey?: string | null | undefined } = {},
): Promise<Handover> {
  checkReason(input.reason);
  const registration = newRegistration(scope, input, intervals);
  const target = input.target && scope.outbound.vault.hash(JSON.stringify(input.target));
  const request = { verb: 'registerKey', ...input, target };
  return once(scope, idempotencyKey, request, () =>
    scope.db.tx(async (tx) => {
      const handover = await introduce(scope, tx, registration, input);
      const { name, kind, securityLevel, intervalDays, graceHours, scopes, target } = registration;
      await writeAudit(scope, tx, {
        ...{ action: 'key.register', subject: registration.id, before: null, reason: input.reason },
        after: {
          ...{ name, kind, securityLevel, intervalDays, graceHours, scopes, target },
          ...{ delivery: input.delivery, expiresAt: input.expiresAt?.toISOString() ?? null },
        },
      });
      await tellEvents(scope, tx, [{ registration, change: 'REGISTERED' }]);
      await watchDelivery(scope, tx, handover);
      return handover;
    }),
  );
}

/** Checks what was asked for and fills in what was left out; nothing is written. */
export function newRegistration(
  scope: Scope,
  input: NewRegistration,
  intervals: KeyIntervals,
): KeyRegistration {
  const scopes = [...new Set(input.scopes ?? [])];
  // A secret has no scopes; everything else about names and expiries is the same.
  checkNewKey(input.name, input.kind === 'API_KEY' ? scopes : ['-'], input.expiresAt ?? null, scope.now);
  if (input.kind === 'SECRET' && scopes.length > 0)
    throw new ValidationError('scopes', 'A SECRET opens another system: it has no scopes here.');
  if (input.kind === 'SECRET' && input.expiresAt)
    throw new ValidationError(
      'expiresAt',
      'Only an API_KEY can have an expiry: we do not check other secrets.',
    );
  if (input.delivery === 'WEBHOOK' && !input.target)
    throw new ValidationError('target', 'Delivery by WEBHOOK needs a target.');
  const intervalDays = input.intervalDays ?? intervals[input.securityLevel];
  const graceHours = input.graceHours ?? Math.min(DEFAULT_GRACE_HOURS, intervalDays * 24);
  checkRhythm(intervalDays, graceHours);
  const checked = input.target ? checkTarget(scope, input.target) : { target: null, targetSealed: null };
  const id = uuidv7(scope.now.getTime());
  const issuers = learners(scope.actor);
  return {
    ...{ id, name: input.name.trim(), kind: input.kind, scopes },
    // What the platform admin issues is another person's; what a key issues is still its holder's.
    principals: issuers.length > 0 ? issuers : [id],
    ...{ securityLevel: input.securityLevel, intervalDays, graceHours, ...checked, isEnabled: true },
    ...{ createdAt: scope.now, createdBy: scope.actor.name, lastRotatedAt: scope.now },
    ...{ nextRotationAt: nextRotation(scope.now, intervalDays), version: 1 },
  };
}

/** Writes a registration with its first value; what is in the answer is in force at once. */
export async function introduce(
  scope: Scope,
  tx: Tx,
  registration: KeyRegistration,
  { delivery, expiresAt = null }: Pick<NewRegistration, 'delivery' | 'expiresAt'>,
): Promise<Handover> {
  await insertRegistration(scope, tx, registration);
  const { graceHours } = registration;
  const handover = await createVersion(scope, tx, registration, { delivery, graceHours, expiresAt });
  if (handover.how === 'SHOWN') {
    await promote(scope, tx, registration, { versionId: handover.versionId, graceHours });
  }
  return handover;
}
