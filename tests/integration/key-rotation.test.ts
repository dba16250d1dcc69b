import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ApiKeysDocument,
  AuditTrailDocument,
  AutoRotateKeysDocument,
  ClaimKeyDocument,
  CreateApiKeyDocument,
  EngineEventsDocument,
  KeyRegistrationsDocument,
  KeyRotationReportDocument,
  KeysDueRotationDocument,
  RegisterKeyDocument,
  RetireKeyDocument,
  RevokeApiKeyDocument,
  RevokeKeyDocument,
  RotateApiKeyDocument,
  RotateKeyDocument,
  TenantDocument,
  UpdateKeyRegistrationDocument,
} from '../../operations/generated/graphql.ts';
import { tickKeys } from '../../src/control/keys/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer, take } from '../kit/server.ts';
import { everythingStored, mark, SIGNING_SECRET, type Store, startStore } from './key-kit.ts';

const START = new Date('2026-01-01T00:00:00Z');
let server: TestServer;
let store: Store;
let admin: Client;
let now = START;
const logged: string[] = [];
const answered: string[] = [];
/** Every value, token and signing secret of this file. */
const secrets: string[] = [SIGNING_SECRET];

beforeAll(async () => {
  store = await startStore();
  server = await startServer({
    clock: () => now,
    log: pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) }),
    keyIntervals: { CRITICAL: 30, HIGH: 60, MEDIUM: 90, LOW: 120 },
  });
  await server.createTenant({ slug: 'acme' });
  await server.createTenant({ slug: 'other' });
  admin = server.client(ADMIN_TOKEN, 'acme');
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

const at = (ms: number) => {
  now = new Date(START.getTime() + ms);
};
/** The payload; a refusal fails the test. */
function payload<T extends { __typename: string }>(answer: T, type: T['__typename']): T {
  expect(answer.__typename, JSON.stringify(answer)).toBe(type);
  return answer;
}
const opens = async (value: string): Promise<string> => {
  const { data, errors } = await server.client(value).ask(TenantDocument);
  return errors ? (errors[0]?.message ?? '') : data.tenant.slug;
};
const remember = (value: string | null | undefined): string => {
  if (!value) throw new Error('There is no value.');
  secrets.push(value);
  return value;
};

async function newKey(name: string, more: object = {}) {
  const { createApiKey } = await admin.run(CreateApiKeyDocument, {
    input: { name, scopes: ['VIEWER'], ...more },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  return { ...createApiKey.key, value: remember(createApiKey.value) };
}

describe('a key of this API', () => {
  test('is rotated with a grace in which both open, and then only the new one', async () => {
    const old = await newKey('dashboard', { securityLevel: 'HIGH' });
    at(DAY_MS);
    const { rotateApiKey } = await admin.run(RotateApiKeyDocument, {
      input: { id: old.id, reason: 'yearly' },
    });
    const made = payload(rotateApiKey, 'RotateApiKeyPayload') as Extract<
      typeof rotateApiKey,
      { __typename: 'RotateApiKeyPayload' }
    >;
    const fresh = remember(made.value);
    expect(made).toMatchObject({ how: 'SHOWN', registration: { scopes: ['VIEWER'], securityLevel: 'HIGH' } });
    expect(made.registration.versions.map(({ status }) => status)).toEqual(['ACTIVE', 'RETIRING']);
    expect([await opens(old.value), await opens(fresh)]).toEqual(['acme', 'acme']);
    at(2 * DAY_MS - 1);
    expect([await opens(old.value), await opens(fresh)]).toEqual(['acme', 'acme']);
    // No job has run: the key's own end is enough.
    at(2 * DAY_MS);
    expect([await opens(old.value), await opens(fresh)]).toEqual(['This key is expired.', 'acme']);
    at(2 * DAY_MS + 3_000);
    expect(await opens(old.value)).toBe('This key is expired.');
    const { revokeApiKey } = await admin.run(RevokeApiKeyDocument, {
      input: { id: made.version.id, reason: 'left' },
    });
    expect(revokeApiKey).toMatchObject({ key: { status: 'REVOKED' } });
    at(2 * DAY_MS + 6_000);
    expect(await opens(fresh)).toBe('This key is revoked.');
    const retired = await admin.run(KeyRegistrationsDocument, { filter: { status: 'RETIRED' } });
    expect(retired.keyRegistrations.edges.map(({ node }) => node.name)).toEqual(['dashboard']);
  });

  test('that is compromised opens nothing 2 s later; a key with an end keeps it', async () => {
    at(3 * DAY_MS);
    const end = new Date(START.getTime() + 10 * DAY_MS).toISOString();
    const old = await newKey('contractor', { expiresAt: end });
    const { rotateApiKey } = await admin.run(RotateApiKeyDocument, {
      input: { id: old.id, compromised: true },
    });
    if (rotateApiKey.__typename !== 'RotateApiKeyPayload') throw new Error(JSON.stringify(rotateApiKey));
    const fresh = remember(rotateApiKey.value);
    at(3 * DAY_MS + 2_001);
    expect([await opens(old.value), await opens(fresh)]).toEqual(['This key is revoked.', 'acme']);
    at(10 * DAY_MS);
    expect(await opens(fresh)).toBe('This key is expired.');
    const again = await admin.run(RotateApiKeyDocument, { input: { id: rotateApiKey.version.id } });
    expect(again.rotateApiKey).toMatchObject({ __typename: 'InvalidTransition' });
    const { autoRotateKeys } = await admin.run(AutoRotateKeysDocument);
    expect(autoRotateKeys).toMatchObject({ __typename: 'AutoRotateKeysPayload', revoked: 2 });
  });

  test('from before rotations is adopted by its first one', async () => {
    at(11 * DAY_MS);
    const old = await newKey('legacy');
    const scope = await server.app.tenantScope('acme');
    await scope.db.run('UPDATE api_key SET registration_id = NULL WHERE tenant_id = $1 AND id = $2', [
      scope.tenantId,
      old.id,
    ]);
    await scope.db.run('DELETE FROM key_registration WHERE tenant_id = $1 AND name = $2', [
      scope.tenantId,
      'legacy',
    ]);
    const list = await admin.run(ApiKeysDocument, { first: 1 });
    expect(list.apiKeys.edges[0]?.node).toMatchObject({ id: old.id, registrationId: null });
    const answers = await Promise.all(
      [1, 2].map(() => admin.run(RotateApiKeyDocument, { input: { id: old.id, graceHours: 1 } })),
    );
    const made = answers.flatMap(({ rotateApiKey: answer }) =>
      answer.__typename === 'RotateApiKeyPayload' ? [answer] : [],
    );
    expect(made.length).toBeGreaterThanOrEqual(1);
    for (const { value } of made) remember(value);
    const found = await admin.run(KeyRegistrationsDocument, { filter: { kind: 'API_KEY' } });
    expect(found.keyRegistrations.edges.filter(({ node }) => node.name === 'legacy')).toHaveLength(1);
    expect(await opens(made.at(-1)?.value ?? '')).toBe('acme');
  });
});

describe('by the public API', () => {
  test('a secret is registered, claimed, posted, reported, changed and ended; values are shown once', async () => {
    at(20 * DAY_MS);
    const input = {
      name: 'smtp password',
      kind: 'SECRET',
      securityLevel: 'LOW',
      idempotencyKey: 'r1',
    } as const;
    const first = await admin.run(RegisterKeyDocument, { input: { ...input, delivery: 'CLAIM' } });
    if (first.registerKey.__typename !== 'RegisterKeyPayload') throw new Error(JSON.stringify(first));
    const { claimToken, registration } = first.registerKey;
    const token = remember(claimToken);
    expect(registration).toMatchObject({
      intervalDays: 120,
      status: 'HEALTHY',
      versions: [{ status: 'PENDING' }],
    });
    const again = await admin.run(RegisterKeyDocument, { input: { ...input, delivery: 'CLAIM' } });
    answered.push(JSON.stringify(again));
    expect(again.registerKey).toMatchObject({
      ...{ how: 'SHOWN_BEFORE', value: null, claimToken: null },
      registration: { id: registration.id },
    });
    const foreign = await server.client(ADMIN_TOKEN, 'other').run(ClaimKeyDocument, { input: { token } });
    expect(foreign.claimKey).toMatchObject({ __typename: 'NotFound' });
    const { claimKey } = await admin.run(ClaimKeyDocument, { input: { token } });
    if (claimKey.__typename !== 'ClaimKeyPayload') throw new Error(JSON.stringify(claimKey));
    remember(claimKey.value);
    const twice = await admin.run(ClaimKeyDocument, { input: { token } });
    expect(twice.claimKey).toMatchObject({ __typename: 'Refused', code: 'ALREADY_CLAIMED' });

    // Addresses may hold secrets: they are sealed like one, and shown without path and query.
    const hidden = remember('an-address-that-is-a-secret-of-its-own-0123456789');
    const target = { url: `${store.url}?key=${hidden}`, secret: SIGNING_SECRET };
    const { updateKeyRegistration } = await admin.run(UpdateKeyRegistrationDocument, {
      input: { id: registration.id, target, intervalDays: 10, reason: 'it is used everywhere' },
    });
    expect(updateKeyRegistration).toMatchObject({
      registration: { target: { origin: new URL(store.url).origin, probeOrigin: null }, intervalDays: 10 },
    });
    const { rotateKey } = await admin.run(RotateKeyDocument, {
      input: { id: registration.id, graceHours: 2 },
    });
    expect(rotateKey).toMatchObject({ how: 'WEBHOOK', value: null, version: { status: 'PENDING' } });
    const busy = await admin.run(RotateKeyDocument, { input: { id: registration.id } });
    expect(busy.rotateKey).toMatchObject({ __typename: 'InvalidTransition' });
    await tickKeys(await server.app.tenantScope('acme'));
    for (const { body } of store.posted) remember(body.value);
    expect(store.posted.map(({ isSigned }) => isSigned)).toEqual([true]);

    at(30 * DAY_MS);
    const due = await admin.run(KeysDueRotationDocument, { withinDays: 0 });
    expect(due.keysDueRotation.edges.map(({ node }) => [node.name, node.status])).toEqual([
      ['smtp password', 'DUE_SOON'],
    ]);
    expect((await admin.run(KeyRotationReportDocument)).keyRotationReport).toMatchObject({
      overdue: 0,
      dueSoon: 1,
    });
    const { autoRotateKeys } = await admin.run(AutoRotateKeysDocument);
    expect(autoRotateKeys).toMatchObject({ started: 1, told: 0, held: 0 });
    for (const { body } of store.posted) remember(body.value);
    const { retireKey } = await admin.run(RetireKeyDocument, {
      input: { id: registration.id, graceHours: 2 },
    });
    expect(retireKey).toMatchObject({
      registration: { status: 'RETIRED', versions: [{ status: 'RETIRING' }, {}, {}] },
    });
    const { revokeKey } = await admin.run(RevokeKeyDocument, {
      input: { id: registration.id, reason: 'closed' },
    });
    expect(revokeKey).toMatchObject({
      registration: { versions: [{ status: 'REVOKED', reason: 'closed' }, {}, {}] },
    });
    const trail = await admin.run(AuditTrailDocument, { first: 50, filter: { subject: registration.key } });
    expect(trail.auditTrail.edges.map(({ node }) => node.action).toSorted()).toEqual([
      ...[
        'key.claim',
        'key.end',
        'key.promote',
        'key.promote',
        'key.register',
        'key.retire',
        'key.revoke',
        'key.rotate',
      ],
      ...['key.rotate', 'key.update'],
    ]);
  });

  test('a viewer sees none of it', async () => {
    const { value } = await newKey('viewer');
    const viewer = server.client(value);
    for (const { errors } of [
      await viewer.ask(KeyRegistrationsDocument, {}),
      await viewer.ask(KeysDueRotationDocument, {}),
      await viewer.ask(KeyRotationReportDocument),
      await viewer.ask(AutoRotateKeysDocument),
      await viewer.ask(ClaimKeyDocument, { input: { token: 'kc_x' } }),
      await viewer.ask(RegisterKeyDocument, { input: { name: 'x', kind: 'SECRET', securityLevel: 'LOW' } }),
    ])
      expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});

test('no value, token or secret stands in a log line, a row, an event or a repeated answer', async () => {
  at(31 * DAY_MS + HOUR_MS);
  const scope = await server.app.tenantScope('acme');
  const stream = admin.subscribe(EngineEventsDocument, { after: '0' });
  const { head } = await scope.events.bounds(scope.db);
  const events = JSON.stringify(await take(stream, Number(head)));
  await stream.return?.();
  const places = {
    logged: logged.join('\n'),
    answered: answered.join('\n'),
    events,
    rows: await everythingStored(scope),
  };
  expect(secrets.length).toBeGreaterThan(10);
  expect(places.rows.length).toBeGreaterThan(10_000);
  for (const [place, text] of Object.entries(places)) {
    const found = secrets.filter((secret) => text.includes(mark(secret).slice(0, 24)));
    expect(found, place).toEqual([]);
  }
});
