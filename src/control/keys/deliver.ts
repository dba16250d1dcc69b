import { randomBytes } from 'node:crypto';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import {
  backoffSec,
  type Effect,
  EffectDelayed,
  type EffectFailure,
  EffectRefused,
  handleEffects,
  hasOpenEffects,
  runEffects,
} from '../effects/index.ts';
import { unwatchIfIdle } from '../watch/index.ts';
import { settleAlerts, tellEvents } from './announce.ts';
import type { KeyRegistration } from './key.ts';
import { registrationsById } from './read.ts';
import { DELIVER, type DeliverPayload, failRotation, openEnvelope, promote } from './rotation.ts';
import { lockRegistration, openVersions, type StoredVersion, versionById } from './store.ts';
import { challengeAnswer, openTarget, signature } from './target.ts';

type Delivery = Effect<DeliverPayload>;
const TIMEOUT_MS = 10_000;

/** Posts the value to the target and tests that it has arrived; nothing is promoted yet. */
async function deliver(scope: Scope, effect: Delivery): Promise<null> {
  const { registration, version } = await load(scope, effect);
  const { targetSealed } = registration;
  if (targetSealed === null) throw new EffectRefused('NO_TARGET');
  const { url, probeUrl, secret } = readable(() => openTarget(scope, targetSealed));
  const { value } = readable(() => openEnvelope(scope, version.sealed ?? ''));
  const challenge = randomBytes(24).toString('base64url');
  const body = {
    ...{
      type: 'key.rotated',
      registrationId: registration.id,
      name: registration.name,
      kind: registration.kind,
    },
    ...{ versionId: version.id, value, challenge, sentAt: scope.now.toISOString() },
  };
  const headers = {
    'idempotency-key': effect.id,
    'x-signature': signature(secret, scope.now, JSON.stringify(body)),
  };
  const answer = await scope.outbound.http.postJson(url, body, { headers, timeoutMs: TIMEOUT_MS });
  if (probeUrl !== null) await probe(scope, probeUrl, value);
  else if (!isStored(answer.body, challengeAnswer(value, challenge))) throw new EffectRefused('NOT_STORED');
  return null;
}

async function load(
  scope: Scope,
  { subject, payload }: Delivery,
): Promise<{ registration: KeyRegistration; version: StoredVersion }> {
  const [registration] = await registrationsById(scope, [subject]);
  const version = await versionById(scope.db, scope.tenantId, payload.versionId);
  if (!registration || version?.status !== 'PENDING') throw new EffectRefused('SUPERSEDED');
  return { registration, version };
}

function readable<T>(open: () => T): T {
  try {
    return open();
  } catch {
    // The installation's pepper has changed: an operator can put that right.
    throw new EffectDelayed('SECRET_UNREADABLE');
  }
}

/** `{"challengeAnswer": "<hex>"}`: whoever can compute it has read the value. */
function isStored(body: Buffer, expected: string): boolean {
  try {
    const answer = JSON.parse(body.toString('utf8')) as { challengeAnswer?: unknown } | null;
    return answer?.challengeAnswer === expected;
  } catch {
    return false;
  }
}

/** The new value in use: stores need a moment to spread it, so a no is asked again for a while. */
async function probe(scope: Scope, url: string, value: string): Promise<void> {
  const headers = { authorization: `Bearer ${value}` };
  const { status } = await scope.outbound.http.call(url, { headers, timeoutMs: TIMEOUT_MS });
  if (status < 200 || status > 299) throw new EffectDelayed(`PROBE_${status}`);
}

async function settle(scope: Scope, tx: Tx, { subject, payload }: Delivery): Promise<void> {
  const before = await lockRegistration(tx, scope.tenantId, subject);
  const open = await openVersions(tx, scope.tenantId, subject);
  // Superseded while it was on its way: what the target has now opens nothing, and the next delivery follows.
  if (open.PENDING?.id !== payload.versionId) return;
  const { graceHours } = openEnvelope(scope, open.PENDING.sealed ?? '');
  const registration = await promote(scope, tx, before, { versionId: payload.versionId, graceHours });
  await writeAudit(scope, tx, {
    ...{ action: 'key.promote', subject },
    before: { active: open.ACTIVE?.id ?? null, pending: payload.versionId },
    after: { active: payload.versionId, delivery: 'WEBHOOK', graceHours },
  });
  await tellEvents(scope, tx, [
    { registration, change: 'DELIVERED' },
    ...(open.ACTIVE ? [{ registration, change: 'ROTATED' as const }] : []),
  ]);
  await settleAlerts(scope, tx, [registration]);
}

async function fail(scope: Scope, tx: Tx, { subject, payload }: Delivery, end: EffectFailure): Promise<void> {
  const registration = await lockRegistration(tx, scope.tenantId, subject);
  const { PENDING } = await openVersions(tx, scope.tenantId, subject);
  if (PENDING?.id !== payload.versionId) return;
  await failRotation(
    scope,
    tx,
    registration,
    PENDING,
    `${end.status === 'DEAD' ? 'GAVE_UP' : 'REFUSED'}:${end.reason}`,
  );
}

handleEffects<DeliverPayload, null>({
  kind: DELIVER,
  // About an hour and a half; then the value before stays, and people are told.
  retry: { delaySec: backoffSec, maxAttempts: 8, giveUpAfterMs: 6 * 3_600_000 },
  execute: deliver,
  // Posting the same value again is harmless and the only way to test it.
  reconcile: () => Promise.resolve(null),
  settle,
  fail,
});

/** Posts the values that are due to their targets; returns how many attempts were made. */
export const deliverKeys = (scope: Scope, registrationId?: string): Promise<number> =>
  runEffects(scope, registrationId === undefined ? { kinds: [DELIVER] } : { subject: registrationId });

/** One visit of the delivery loop: what is due is posted; without anything under way the tenant leaves its list. */
export async function tickKeys(scope: Scope): Promise<number> {
  const attempts = await deliverKeys(scope);
  await scope.db.tx((tx) =>
    unwatchIfIdle(
      tx,
      'KEYS',
      scope.tenantId,
      async () => !(await hasOpenEffects(tx, scope.tenantId, [DELIVER])),
    ),
  );
  return attempts;
}
