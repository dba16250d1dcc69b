import { VersionConflictError } from '../../kernel/errors.ts';
import { checkText } from '../../kernel/text.ts';
import type { Scope } from '../../platform/scope.ts';
import { addPrincipals, learners, unite } from '../access/index.ts';
import { writeAudit } from '../audit/index.ts';
import { tellEvents } from './announce.ts';
import type { KeyLevel, KeyRegistration } from './key.ts';
import { checkReason, checkRhythm, type KeyIntervals, nextRotation, SPEC_INTERVALS } from './schedule.ts';
import { lockRegistration, saveRegistration } from './store.ts';
import { checkTarget, type TargetInput } from './target.ts';

/** Only the given parts change. */
export interface KeyPatch {
  readonly id: string;
  readonly name?: string | null | undefined;
  /** Brings its interval with it unless one is given. */
  readonly securityLevel?: KeyLevel | null | undefined;
  readonly intervalDays?: number | null | undefined;
  readonly graceHours?: number | null | undefined;
  /** Undefined: as it is. Null: none any more. */
  readonly target?: TargetInput | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Changes how a key is rotated; its next date follows from its last rotation. VersionConflictError when it was changed. */
export async function updateKey(
  scope: Scope,
  patch: KeyPatch,
  intervals: KeyIntervals = SPEC_INTERVALS,
): Promise<KeyRegistration> {
  checkReason(patch.reason);
  return scope.db.tx(async (tx) => {
    const before = await lockRegistration(tx, scope.tenantId, patch.id);
    if (patch.expectedVersion != null && patch.expectedVersion !== before.version)
      throw new VersionConflictError('key registration', patch.expectedVersion, before.version);
    const after = await saveRegistration(scope, tx, changed(scope, before, patch, intervals));
    // Values are sent there from now on, a pending one too, which opens the API already.
    if (patch.target) await addPrincipals(scope, tx, { registrationId: before.id }, learners(scope.actor));
    await writeAudit(scope, tx, {
      ...{ action: 'key.update', subject: before.id, reason: patch.reason },
      before: shown(before),
      after: {
        ...shown(after),
        ...{ isTargetSet: patch.target != null, isTargetSecretSet: Boolean(patch.target?.secret) },
      },
    });
    await tellEvents(scope, tx, [{ registration: after, change: 'UPDATED' }]);
    return after;
  });
}

function changed(
  scope: Scope,
  before: KeyRegistration,
  patch: KeyPatch,
  intervals: KeyIntervals,
): KeyRegistration {
  const name = checkText(patch.name?.trim() ?? before.name, 'name', 100, 1);
  const securityLevel = patch.securityLevel ?? before.securityLevel;
  const ofLevel = securityLevel === before.securityLevel ? before.intervalDays : intervals[securityLevel];
  const intervalDays = patch.intervalDays ?? ofLevel;
  const graceHours = patch.graceHours ?? before.graceHours;
  checkRhythm(intervalDays, graceHours);
  return {
    ...before,
    ...{ name, securityLevel, intervalDays, graceHours, ...newTarget(scope, before, patch.target) },
    nextRotationAt: nextRotation(before.lastRotatedAt, intervalDays),
  };
}

function newTarget(scope: Scope, before: KeyRegistration, given: TargetInput | null | undefined) {
  if (given === undefined) return {};
  if (given === null) return { target: null, targetSealed: null };
  const principals = unite(before.principals, learners(scope.actor));
  return { ...checkTarget(scope, given, before.targetSealed), principals };
}

const shown = ({
  name,
  securityLevel,
  intervalDays,
  graceHours,
  target,
  nextRotationAt,
}: KeyRegistration) => ({
  ...{ name, securityLevel, intervalDays, graceHours, target },
  nextRotationAt: nextRotationAt.toISOString(),
});
