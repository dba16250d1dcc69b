import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  claimKey,
  deliverKeys,
  keyReport,
  listDueKeys,
  listKeys,
  type NewRegistration,
  pruneKeys,
  registerKey,
  retireKey,
  revokeKey,
  rotateDueKeys,
  rotateKey,
  tickKeys,
  updateKey,
} from '../../src/control/keys/index.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { alerts, SIGNING_SECRET, type Store, startStore, states, told, view } from './key-kit.ts';

let database: OpenTestDatabase;
let store: Store;
let tenant: TestScope;
let scope: Scope;
const START = new Date('2026-01-01T00:00:00Z');
const at = (ms: number) => tenant.at(new Date(START.getTime() + ms));
const days = (n: number) => at(n * DAY_MS);

beforeAll(async () => {
  database = await testDatabase();
  store = await startStore();
});
beforeEach(async () => {
  tenant = await testScope(database.database, { now: START });
  scope = tenant.scope;
  Object.assign(store, { posted: [], probed: [], answer: 'prove', probeStatus: 200 });
});
afterAll(async () => {
  await store.close();
  await database.close();
});

const secret = (more: Partial<NewRegistration> = {}): NewRegistration => ({
  ...{ name: 'database password', kind: 'SECRET', securityLevel: 'CRITICAL', delivery: 'RESPONSE', ...more },
});
const target = () => ({ url: store.url, secret: SIGNING_SECRET });
const stored = () => secret({ target: target(), delivery: 'WEBHOOK' });
const newSecret = async (more: Partial<NewRegistration> = {}) =>
  (await registerKey(scope, secret(more))).registrationId;
/** A key that its store has. */
async function newStored(): Promise<string> {
  const { registrationId } = await registerKey(scope, stored());
  await deliverKeys(scope);
  return registrationId;
}
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );

describe('registration', () => {
  test('a CRITICAL key of 1 January is due on the 31st, and is counted as the specification says', async () => {
    const id = await newSecret();
    const registration = await view(scope, id);
    expect(registration).toMatchObject({ intervalDays: 30, graceHours: 24, version: 2, isEnabled: true });
    expect(registration.nextRotationAt.toISOString()).toBe('2026-01-31T00:00:00.000Z');
    await newSecret({ name: 'low', securityLevel: 'LOW' });
    const counts = async (day: number) => {
      const { total, overdue, dueSoon, healthy } = await keyReport(scope.db, days(day));
      return { total, overdue, dueSoon, healthy };
    };
    expect(await counts(22)).toEqual({ total: 2, overdue: 0, dueSoon: 0, healthy: 2 });
    expect(await counts(23)).toEqual({ total: 2, overdue: 0, dueSoon: 1, healthy: 1 });
    expect(await counts(30)).toEqual({ total: 2, overdue: 0, dueSoon: 1, healthy: 1 });
    expect(await counts(31)).toEqual({ total: 2, overdue: 1, dueSoon: 0, healthy: 1 });
    expect(await told(scope)).toEqual(['REGISTERED', 'REGISTERED']);
  });

  test('lists filter by standing and page without repeats; due ones come longest overdue first', async () => {
    const names = ['a', 'b', 'c'];
    for (const [n, name] of names.entries()) await newSecret({ name, intervalDays: 10 + n });
    await newSecret({ name: 'late', intervalDays: 200 });
    const of = async (status: 'OVERDUE' | 'DUE_SOON' | 'HEALTHY' | 'RETIRED', day: number) =>
      (await listKeys(days(day), {}, { status })).edges.map(({ node }) => node.name).toSorted();
    expect([await of('OVERDUE', 11), await of('DUE_SOON', 11), await of('HEALTHY', 11)]).toEqual([
      ['a'],
      ['b', 'c'],
      ['late'],
    ]);
    const { edges, pageInfo } = await listDueKeys(days(11), { first: 2 }, 1);
    expect(edges.map(({ node }) => node.name)).toEqual(['a', 'b']);
    const rest = await listDueKeys(days(11), { first: 2, after: pageInfo.endCursor }, 1);
    expect(rest.edges.map(({ node }) => node.name)).toEqual(['c']);
    const back = await listDueKeys(days(11), { last: 2, before: rest.pageInfo.startCursor }, 1);
    expect(back.edges.map(({ node }) => node.name)).toEqual(['a', 'b']);
    expect((await listDueKeys(days(11), {}, 0)).edges).toHaveLength(2);
    expect(await of('RETIRED', 11)).toEqual([]);
  });

  test.each([
    [{ name: ' ' }, 'name'],
    [{ intervalDays: 0 }, 'intervalDays'],
    [{ intervalDays: 366 }, 'intervalDays'],
    [{ graceHours: 721 }, 'graceHours'],
    [{ intervalDays: 1, graceHours: 25 }, 'graceHours'],
    [{ scopes: ['VIEWER'] }, 'scopes'],
    [{ kind: 'API_KEY' }, 'scopes'],
    [{ kind: 'API_KEY', scopes: ['VIEWER'], expiresAt: START }, 'expiresAt'],
    [{ delivery: 'WEBHOOK' }, 'target'],
    [{ target: { url: 'http://vault.example.com', secret: SIGNING_SECRET } }, 'target.url'],
    [{ target: { url: 'https://vault.example.com', secret: 'short' } }, 'target.secret'],
  ] as [Partial<NewRegistration>, string][])('%j is refused for its %s', (more, field) => {
    expect(() => registerKey(scope, secret(more))).toThrow(expect.objectContaining({ field }));
  });

  test('an update moves the next date; somebody else’s change is noticed', async () => {
    const id = await newSecret();
    const high = await updateKey(scope, {
      id,
      securityLevel: 'HIGH',
      expectedVersion: 2,
      reason: 'less harm',
    });
    expect(high).toMatchObject({ intervalDays: 60, version: 3 });
    expect(high.nextRotationAt.toISOString()).toBe('2026-03-02T00:00:00.000Z');
    expect(await codeOf(updateKey(scope, { id, name: 'x', expectedVersion: 2 }))).toBe('VERSION_CONFLICT');
    const other = await testScope(database.database);
    expect(await codeOf(updateKey(other.scope, { id, name: 'x' }))).toBe('NOT_FOUND');
    const audit = await scope.db.row(
      `SELECT before->>'securityLevel' AS before, after->>'securityLevel' AS after, reason FROM audit_entry
       WHERE tenant_id = $1 AND action = 'key.update'`,
      [scope.tenantId],
    );
    expect(audit).toEqual({ before: 'CRITICAL', after: 'HIGH', reason: 'less harm' });
  });
});

describe('rotation', () => {
  test('replaces the value, keeps the one before for the grace, and ends the oldest when it comes again', async () => {
    const id = await newSecret();
    expect(await states(scope, id)).toBe('ACTIVE');
    const { value, how } = await rotateKey(days(1), { id });
    expect([how, value]).toEqual(['SHOWN', expect.stringMatching(/^rk_live_\w{8}_\w{43}$/)]);
    expect(await states(scope, id)).toBe('ACTIVE RETIRING');
    const { versions, nextRotationAt } = await view(scope, id);
    expect(versions[1]?.retireAt?.toISOString()).toBe('2026-01-03T00:00:00.000Z');
    expect(nextRotationAt.toISOString()).toBe('2026-02-01T00:00:00.000Z');
    await rotateKey(at(1.5 * DAY_MS), { id, graceHours: 720 });
    expect(await states(scope, id)).toBe('ACTIVE RETIRING REVOKED(ROTATED_AGAIN)');
    await rotateKey(days(2), { id, graceHours: 0 });
    expect(await states(scope, id)).toBe(
      'ACTIVE REVOKED(ROTATED) REVOKED(ROTATED_AGAIN) REVOKED(ROTATED_AGAIN)',
    );
  });

  test('of a compromised key ends everything before at once, stabilised or not', async () => {
    const id = await newSecret();
    await rotateKey(days(1), { id });
    await scope.db.run(
      `INSERT INTO flag_override (tenant_id, key, value, updated_at, updated_by) VALUES ($1, 'STABILIZE_MODE', 'true', $2, 't')`,
      [scope.tenantId, START],
    );
    scope.cache.invalidate('flags', scope.tenantId);
    await rotateKey(at(DAY_MS + HOUR_MS), { id, isCompromised: true, graceHours: 48, reason: 'in a log' });
    expect(await states(scope, id)).toBe('ACTIVE REVOKED(COMPROMISED) REVOKED(COMPROMISED)');
    expect(await told(scope)).toEqual([
      'REGISTERED',
      'ROTATED',
      'REVOKED COMPROMISED',
      'ROTATED COMPROMISED',
    ]);
    expect(await alerts(scope)).toContain('FIRE critical KEY_COMPROMISED');
  });

  test('after the grace the job ends the value before', async () => {
    const id = await newSecret();
    await rotateKey(days(1), { id });
    expect(await rotateDueKeys(at(2 * DAY_MS - 1))).toMatchObject({ revoked: 0 });
    expect(await rotateDueKeys(days(2))).toEqual({ started: 0, told: 0, held: 0, revoked: 1, failed: 0 });
    expect(await states(scope, id)).toBe('ACTIVE REVOKED(GRACE_OVER)');
    expect(await rotateDueKeys(days(2))).toMatchObject({ revoked: 0 });
  });

  test('the same request again is told what was made and not its value; another request is refused', async () => {
    const id = await newSecret();
    const first = await rotateKey(days(1), { id }, { idempotencyKey: 'k' });
    const again = await rotateKey(days(1), { id }, { idempotencyKey: 'k' });
    expect(again).toEqual({ ...first, how: 'SHOWN_BEFORE', value: null, claimToken: null });
    expect(await states(scope, id)).toBe('ACTIVE RETIRING');
    expect(await codeOf(rotateKey(days(1), { id, graceHours: 1 }, { idempotencyKey: 'k' }))).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
  });

  test('of two at once one wins and the other is told, however they race', async () => {
    const id = await newSecret();
    const answers = await Promise.all(Array.from({ length: 8 }, () => codeOf(rotateKey(days(1), { id }))));
    const done = answers.filter((code) => code === 'done').length;
    expect(done).toBeGreaterThanOrEqual(1);
    expect(answers.filter((code) => code !== 'done')).toEqual(Array(8 - done).fill('VERSION_CONFLICT'));
    const open = (await view(scope, id)).versions.filter(({ status }) => status !== 'REVOKED');
    expect(open.map(({ status }) => status)).toEqual(['ACTIVE', 'RETIRING']);
    expect(await codeOf(rotateKey(days(1), { id, expectedVersion: 1 }))).toBe('VERSION_CONFLICT');
  });

  test('retire ends it without a successor, revoke at once; neither is rotated again', async () => {
    const [retired, revoked] = [await newSecret(), await newSecret({ name: 'other' })];
    await retireKey(days(1), { id: retired, graceHours: 2 });
    expect(await states(scope, retired)).toBe('RETIRING');
    expect(await codeOf(rotateKey(days(1), { id: retired }))).toBe('INVALID_TRANSITION');
    expect(await codeOf(retireKey(days(1), { id: retired }))).toBe('INVALID_TRANSITION');
    await rotateKey(days(1), { id: revoked });
    const [newest, before] = (await view(scope, revoked)).versions;
    await revokeKey(days(1), { id: revoked, versionId: before?.id ?? '' });
    expect(await states(scope, revoked)).toBe('ACTIVE REVOKED(REVOKED)');
    expect((await view(scope, revoked)).isEnabled).toBe(true);
    await revokeKey(days(1), { id: revoked, reason: 'gone' });
    expect(await states(scope, revoked)).toBe('REVOKED(gone) REVOKED(REVOKED)');
    const { version, isEnabled } = await view(scope, revoked);
    expect(isEnabled).toBe(false);
    expect((await revokeKey(days(2), { id: revoked })).version).toBe(version);
    expect(await codeOf(revokeKey(days(2), { id: retired, versionId: newest?.id ?? '' }))).toBe('NOT_FOUND');
    expect(await rotateDueKeys(days(40))).toMatchObject({ started: 0, told: 0 });
    expect(await keyReport(scope.db, days(40))).toMatchObject({ total: 0, retired: 2 });
  });

  test('ended values are forgotten after 400 days', async () => {
    const id = await newSecret();
    await rotateKey(days(1), { id, graceHours: 0 });
    const prune = (day: number) => scope.db.tx((tx) => pruneKeys(days(day), tx));
    expect([await prune(400), await prune(402)]).toEqual([0, 1]);
    expect(await states(scope, id)).toBe('ACTIVE');
  });
});

describe('a claim', () => {
  const claimed = async (grace?: number) => {
    const id = await newSecret();
    const { claimToken } = await rotateKey(days(1), { id, delivery: 'CLAIM', graceHours: grace });
    return { id, token: claimToken ?? '' };
  };

  test('hands the value over once; only then it is in force', async () => {
    const { id, token } = await claimed(2);
    expect(await states(scope, id)).toBe('PENDING ACTIVE');
    expect(await codeOf(rotateKey(days(1), { id }))).toBe('INVALID_TRANSITION');
    const { value } = await claimKey(at(DAY_MS + HOUR_MS), token);
    expect(value).toMatch(/^rk_live_/);
    expect(await states(scope, id)).toBe('ACTIVE RETIRING');
    expect((await view(scope, id)).versions[1]?.retireAt).toEqual(
      new Date(START.getTime() + DAY_MS + 3 * HOUR_MS),
    );
    expect(await codeOf(claimKey(days(1), token))).toBe('ALREADY_CLAIMED');
    expect(await told(scope)).toEqual(['REGISTERED', 'STARTED', 'CLAIMED', 'ROTATED']);
  });

  test('raced by twenty gives the value to one', async () => {
    const { token } = await claimed();
    const answers = await Promise.all(Array.from({ length: 20 }, () => codeOf(claimKey(days(1), token))));
    expect(answers.toSorted()).toEqual([...Array(19).fill('ALREADY_CLAIMED'), 'done']);
  });

  test('ends after 24 hours, and the value before stays in force', async () => {
    const { id, token } = await claimed();
    expect(await codeOf(claimKey(days(2), token))).toBe('INVALID_TRANSITION');
    expect(await rotateDueKeys(days(2))).toMatchObject({ failed: 1, revoked: 0 });
    expect(await states(scope, id)).toBe('FAILED(CLAIM_EXPIRED) ACTIVE');
    expect(await alerts(scope)).toContain('FIRE error KEY_ROTATION_FAILED');
    expect(await codeOf(claimKey(days(1), token))).toBe('INVALID_TRANSITION');
    const late = await claimed();
    // Nobody has to wait for the job.
    await rotateKey(days(3), { id: late.id });
    expect(await states(scope, late.id)).toBe('ACTIVE FAILED(CLAIM_EXPIRED) RETIRING');
  });

  test('of another tenant, or made up, does not exist', async () => {
    const { token } = await claimed();
    const other = await testScope(database.database, { now: START });
    for (const wrong of [token, 'kc_made-up', `${token}x`, '']) {
      const who = wrong === token ? other.scope : scope;
      const refusal = await claimKey(who, wrong).catch((error: Error) => error);
      expect(refusal).toMatchObject({ code: 'NOT_FOUND' });
      if (wrong) expect(JSON.stringify(refusal) + (refusal as Error).message).not.toContain(wrong);
    }
    expect((await claimKey(days(1), token)).value).toMatch(/^rk_/);
  });

  test('of a compromised key is closed with everything else', async () => {
    const { id, token } = await claimed();
    await rotateKey(at(DAY_MS + HOUR_MS), { id, isCompromised: true });
    expect(await states(scope, id)).toBe('ACTIVE FAILED(COMPROMISED) REVOKED(COMPROMISED)');
    expect(await codeOf(claimKey(days(1), token))).toBe('INVALID_TRANSITION');
  });
});

describe('a target', () => {
  test('gets the value signed, proves that it holds it, and only then the value is in force', async () => {
    const { registrationId: id } = await registerKey(scope, stored());
    expect(await states(scope, id)).toBe('PENDING');
    expect(await tickKeys(scope)).toBe(1);
    expect(await states(scope, id)).toBe('ACTIVE');
    await rotateKey(days(1), { id });
    expect(await states(scope, id)).toBe('PENDING ACTIVE');
    await deliverKeys(days(1));
    expect(await states(scope, id)).toBe('ACTIVE RETIRING');
    const [first, second] = store.posted;
    expect([first?.isSigned, second?.isSigned]).toEqual([true, true]);
    expect(second?.body).toMatchObject({ type: 'key.rotated', registrationId: id, kind: 'SECRET' });
    expect(second?.body.value?.slice(-4)).toBe((await view(scope, id)).versions[0]?.last4);
    const effect = await scope.db.row<{ id: string }>(
      `SELECT id FROM effect WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1`,
      [scope.tenantId],
    );
    expect(second?.headers['idempotency-key']).toBe(effect?.id);
    expect(await told(scope)).toEqual(['REGISTERED', 'DELIVERED', 'STARTED', 'DELIVERED', 'ROTATED']);
    const watched = () =>
      scope.db.rows(`SELECT 1 FROM tenant_watch WHERE kind = 'KEYS' AND tenant_id = $1`, [scope.tenantId]);
    expect(await watched()).toHaveLength(1);
    expect(await tickKeys(days(1))).toBe(0);
    expect(await watched()).toHaveLength(0);
  });

  test.each([
    ['says no', 404, 'REFUSED:HTTP_404'],
    ['does not prove it', 'lie', 'REFUSED:NOT_STORED'],
  ] as const)('that %s leaves the value before in force; people are told', async (_what, answer, reason) => {
    const id = await newStored();
    store.answer = answer;
    await rotateKey(days(1), { id });
    await deliverKeys(days(1));
    expect(await states(scope, id)).toBe(`FAILED(${reason}) ACTIVE`);
    expect(await alerts(scope)).toContain('FIRE error KEY_ROTATION_FAILED');
    expect(await told(scope)).toContain(`FAILED ${reason}`);
    store.answer = 'prove';
    await rotateKey(days(2), { id });
    await deliverKeys(days(2));
    expect(await states(scope, id)).toBe(`ACTIVE FAILED(${reason}) RETIRING`);
    expect((await alerts(scope)).slice(-1)).toEqual(['RESOLVE KEY_ROTATION_FAILED']);
  });

  test('that is away is tried again, and given up after eight attempts', async () => {
    const id = await newStored();
    store.answer = 500;
    await rotateKey(days(1), { id });
    await deliverKeys(days(1));
    expect(await states(scope, id)).toBe('PENDING ACTIVE');
    store.answer = 'prove';
    await deliverKeys(at(DAY_MS + 5_000));
    expect(await states(scope, id)).toBe('ACTIVE RETIRING');
    // The same value under the same idempotency key.
    const [, lost, again] = store.posted;
    expect(again?.body.value).toBe(lost?.body.value);
    expect(again?.headers['idempotency-key']).toBe(lost?.headers['idempotency-key']);
    store.answer = 503;
    await rotateKey(days(2), { id });
    for (let attempt = 0; attempt < 8; attempt++) await deliverKeys(at(2 * DAY_MS + attempt * HOUR_MS));
    expect(await states(scope, id)).toBe('FAILED(GAVE_UP:HTTP_503) ACTIVE REVOKED(ROTATED_AGAIN)');
  });

  test('with a probe is tested by using the value', async () => {
    const probeUrl = store.url.replace('/keys', '/probe');
    const { registrationId: id } = await registerKey(
      scope,
      secret({ target: { ...target(), probeUrl }, delivery: 'WEBHOOK' }),
    );
    Object.assign(store, { answer: 'lie', probeStatus: 401 });
    await deliverKeys(scope);
    expect(await states(scope, id)).toBe('PENDING');
    store.probeStatus = 204;
    await deliverKeys(at(5_000));
    expect(await states(scope, id)).toBe('ACTIVE');
    expect(store.probed).toEqual(Array(2).fill(`Bearer ${store.posted[0]?.body.value}`));
  });

  test('is not sent a value that a compromise has overtaken', async () => {
    const id = await newStored();
    await rotateKey(days(1), { id });
    const later = at(DAY_MS + HOUR_MS);
    await rotateKey(later, { id, isCompromised: true });
    expect(await states(scope, id)).toBe('PENDING FAILED(COMPROMISED) REVOKED(COMPROMISED)');
    await deliverKeys(later);
    expect(await states(scope, id)).toBe('ACTIVE FAILED(COMPROMISED) REVOKED(COMPROMISED)');
    expect(store.posted).toHaveLength(2);
  });
});

describe('the daily job', () => {
  test('rotates what has a target and tells of the rest once; again it does nothing', async () => {
    const id = await newStored();
    const own = await newSecret({ name: 'by hand' });
    expect(await rotateDueKeys(at(30 * DAY_MS - 1))).toEqual({
      started: 0,
      told: 0,
      held: 0,
      revoked: 0,
      failed: 0,
    });
    const due = days(30);
    expect(await rotateDueKeys(due)).toEqual({ started: 1, told: 1, held: 0, revoked: 0, failed: 0 });
    expect(await rotateDueKeys(due)).toEqual({ started: 0, told: 1, held: 0, revoked: 0, failed: 0 });
    expect([await states(scope, id), await states(scope, own)]).toEqual(['ACTIVE RETIRING', 'ACTIVE']);
    expect((await told(scope)).filter((change) => change.startsWith('DUE'))).toEqual(['DUE NO_TARGET']);
    const raised = await scope.db.rows(
      `SELECT DISTINCT fingerprint FROM alert_intake WHERE tenant_id = $1 AND type = 'KEY_DUE' AND kind = 'FIRE'`,
      [scope.tenantId],
    );
    expect(raised).toHaveLength(1);
    await rotateKey(days(31), { id: own });
    expect((await alerts(scope)).slice(-1)).toEqual(['RESOLVE KEY_DUE']);
    const decisions = await scope.db.rows(
      `SELECT subject, verdict, output->>'action' AS action FROM decision WHERE tenant_id = $1 ORDER BY output->>'action'`,
      [scope.tenantId],
    );
    expect(decisions).toEqual([
      { subject: id, verdict: 'ALLOW', action: 'ROTATE' },
      { subject: own, verdict: null, action: 'TELL' },
    ]);
  });

  test.each([
    ['STABILIZE_MODE', 'HOLD', 'AUTO'],
    ['APPROVAL', 'NEEDS_APPROVAL', 'APPROVE'],
    ['DRY_RUN', 'HOLD', 'OBSERVE'],
    ['MODE_OFF', 'HOLD', 'OFF'],
  ] as const)('is held by %s, which is recorded and told once', async (reason, verdict, keyRotationMode) => {
    const id = await newStored();
    await updateSettings(scope, { keyRotationMode });
    if (reason === 'STABILIZE_MODE') {
      await scope.db.run(
        `INSERT INTO flag_override (tenant_id, key, value, updated_at, updated_by) VALUES ($1, 'STABILIZE_MODE', 'true', $2, 't')`,
        [scope.tenantId, START],
      );
      scope.cache.invalidate('flags', scope.tenantId);
    }
    for (const day of [30, 31])
      expect(await rotateDueKeys(days(day))).toMatchObject({ started: 0, told: 1, held: 1 });
    expect(await states(scope, id)).toBe('ACTIVE');
    const decisions = await scope.db.rows(
      `SELECT verdict, verdict_reason AS reason FROM decision WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    expect(decisions).toEqual([{ verdict, reason }]);
    expect((await told(scope)).slice(-1)).toEqual([`DUE ${reason}`]);
    // A person may.
    await rotateKey(days(31), { id });
    await deliverKeys(days(31));
    expect(await states(scope, id)).toBe('ACTIVE RETIRING');
  });
});
