import { DomainError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { compute, recordDecisions } from '../decisions/index.ts';
import { getSteering } from '../flags/index.ts';
import { type GateAnswer, gate } from '../policy/index.ts';
import { dueAlert, tellAlerts, tellEvents } from './announce.ts';
import { deliverKeys } from './deliver.ts';
import { DUE_FORMULA } from './due-formula.ts';
import type { KeyRegistration } from './key.ts';
import { rotateKey } from './rotate-key.ts';
import { REGISTRATION_COLUMNS } from './store.ts';
import { sweepKeys } from './sweep.ts';

/** What a run did. */
export interface RotationRun {
  /** Rotations begun: their values are on their way to the targets. */
  readonly started: number;
  /** Keys that are due and that people have been told of. */
  readonly told: number;
  /** Of those, keys with a target that the policy gate held. */
  readonly held: number;
  /** Values whose grace or life was over. */
  readonly revoked: number;
  /** Claims that nobody opened in time. */
  readonly failed: number;
}

interface Due extends KeyRegistration {
  /** What the gate said when this was last decided since the last rotation: `ALLOW/` or e.g. `HOLD/STABILIZE_MODE`. */
  readonly lastVerdict: string | null;
}

/** Keys looked at in one run, those that can be rotated first; the rest waits for the next. */
const AT_ONCE = 2_000;

const FIND = `
  SELECT ${REGISTRATION_COLUMNS}, d.verdict AS "lastVerdict"
  FROM key_registration r LEFT JOIN LATERAL (
    SELECT coalesce(verdict, '') || '/' || coalesce(verdict_reason, '') AS verdict FROM decision
    WHERE tenant_id = r.tenant_id AND subject = r.id::text AND kind = '${DUE_FORMULA.kind}'
      AND created_at >= r.next_rotation_at
    ORDER BY created_at DESC, id DESC LIMIT 1) AS d ON true
  WHERE r.tenant_id = $1 AND r.is_enabled AND r.next_rotation_at <= $2 AND NOT EXISTS (
    SELECT FROM key_version v WHERE v.tenant_id = r.tenant_id AND v.registration_id = r.id AND v.status = 'PENDING')
  ORDER BY r.target IS NULL, r.next_rotation_at, r.id LIMIT ${AT_ONCE}`;

/**
 * The job key-rotation (spec l.1): ends what is over, rotates the due keys that have a target as far as the gate allows,
 * and tells people of the others. Running it twice does nothing twice.
 */
export async function rotateDueKeys(scope: Scope): Promise<RotationRun> {
  const swept = await sweepKeys(scope);
  const due = await scope.db.rows<Due>(FIND, [scope.tenantId, scope.now], 'due_key_registrations');
  if (due.length === 0) return { started: 0, told: 0, held: 0, ...swept };
  const { keyRotationMode, flags } = await getSteering(scope, scope.db);
  const answer = gate({
    actionClass: 'KEY_AUTO_ROTATE',
    isStabilised: flags.isStabilised,
    mode: keyRotationMode,
  });
  const withTarget = due.filter(({ target }) => target !== null);
  const isAllowed = answer.verdict === 'ALLOW';
  const others = isAllowed ? due.filter(({ target }) => target === null) : due;
  await decideAndTell(scope, due, others, answer);
  let started = 0;
  if (isAllowed) for (const { id } of withTarget) started += await start(scope, id);
  await deliverKeys(scope);
  return { started, told: others.length, held: isAllowed ? 0 : withTarget.length, ...swept };
}

/** Records what is new about the decisions, and tells people of the keys that wait for them. */
async function decideAndTell(
  scope: Scope,
  due: readonly Due[],
  others: readonly Due[],
  answer: GateAnswer,
): Promise<void> {
  const verdict = ({ target }: Due) => (target ? `${answer.verdict}/${answer.reason ?? ''}` : '/');
  const isHeld = answer.verdict !== 'ALLOW';
  // A rotation that failed yesterday and is begun again is another decision; telling the same again is not.
  const news = due.filter((key) => (key.target && !isHeld) || key.lastVerdict !== verdict(key));
  const why = (key: Due) =>
    key.target && isHeld
      ? `its rotation is held (${answer.reason}); rotate it.`
      : 'it has no target; rotate it.';
  await scope.db.tx(async (tx) => {
    await recordDecisions(
      scope,
      tx,
      news.map((key) => ({
        ...{ id: uuidv7(scope.now.getTime()), formula: DUE_FORMULA, subject: key.id },
        computed: compute(DUE_FORMULA, {
          ...{ registrationId: key.id, securityLevel: key.securityLevel, hasTarget: key.target !== null },
          nextRotationAt: key.nextRotationAt.toISOString(),
        }),
        gate: key.target ? answer : undefined,
      })),
    );
    const told = others.filter((key) => news.includes(key));
    const reason = ({ target }: Due) => (target ? answer.reason : 'NO_TARGET');
    await tellEvents(
      scope,
      tx,
      told.map((registration) => ({ registration, change: 'DUE', reason: reason(registration) })),
    );
    await tellAlerts(
      scope,
      tx,
      others.map((key) => dueAlert(key, why(key))),
    );
  });
}

/** One rotation; one that somebody else has just begun, or that cannot be, does not stop the others. */
async function start(scope: Scope, id: string): Promise<number> {
  try {
    await rotateKey(scope, { id, delivery: 'WEBHOOK', reason: 'DUE' });
    return 1;
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    scope.log.warn({ registrationId: id, code: error.code }, 'key rotation not started');
    return 0;
  }
}
