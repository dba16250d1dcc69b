import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ApproveFlagChangeDocument,
  ClaimKeyDocument,
  CreateApiKeyDocument,
  CreateFlagDocument,
  RegisterKeyDocument,
  RotateApiKeyDocument,
  RotateKeyDocument,
  ScheduleFlagChangeDocument,
  UpdateFlagDocument,
  UpdateKeyRegistrationDocument,
} from '../../operations/generated/graphql.ts';
import { runDueFlagChanges } from '../../src/control/flags/index.ts';
import { tickKeys } from '../../src/control/keys/index.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { done, flagOf, set } from './flags-kit.ts';
import { SIGNING_SECRET, type Store, startStore } from './key-kit.ts';

let server: TestServer;
let store: Store;
let now = new Date('2026-11-20T12:00:00Z');
let platform: Client;

beforeAll(async () => {
  store = await startStore();
  server = await startServer({ clock: () => now });
  await server.createTenant({ slug: 'acme' });
  platform = server.client(ADMIN_TOKEN, 'acme');
  const input = { key: 'RISKY', type: 'BOOLEAN', defaultValue: false, options: { needsApproval: true } };
  done((await platform.run(CreateFlagDocument, { input: input as never })).createFlag);
});
afterAll(async () => {
  await store?.close();
  await server?.stop();
});

interface Person {
  client: Client;
  keyId: string;
}

/** A key that `by` issues to somebody, or keeps. */
async function issue(by: Client, name: string): Promise<Person> {
  const { key, value } = done(
    (await by.run(CreateApiKeyDocument, { input: { name, scopes: ['ADMIN'] } })).createApiKey,
  );
  return { client: server.client(value), keyId: key.id };
}

let wanted = false;
/** Whether `approver` may agree to what `author` asks for; the whole sentence when it may not. */
async function agrees(author: Client, approver: Client): Promise<string> {
  now = new Date(now.getTime() + 1_000);
  wanted = !(await flagOf(platform, 'RISKY')).value;
  const { request } = await set(author, { key: 'RISKY', value: wanted });
  const input = { id: (request as unknown as { id: string }).id };
  const { approveFlagChange: answer } = await approver.run(ApproveFlagChangeDocument, { input });
  if ('code' in answer) return `${answer.code}: ${answer.message}`;
  expect((await flagOf(platform, 'RISKY')).value).toBe(wanted);
  return (answer as unknown as { request: { status: string } }).request.status;
}
const REFUSED = /^FORBIDDEN: Somebody else must agree .* The platform admin makes such a key/;

test('two people with a key each from the platform admin agree to each other’s changes', async () => {
  const [ada, grace] = [await issue(platform, 'Ada'), await issue(platform, 'Grace')];
  expect(await agrees(ada.client, grace.client)).toBe('DONE');
  expect(await agrees(grace.client, ada.client)).toBe('DONE');
  // Names say nothing: another person may have the same one.
  const namesake = await issue(platform, 'Ada');
  expect(await agrees(ada.client, namesake.client)).toBe('DONE');
  expect(await agrees(ada.client, ada.client)).toMatch(REFUSED);
});

test('a key that its author has issued, or a key of that key, is no second person, either way', async () => {
  const ada = await issue(platform, 'Ada');
  const child = await issue(ada.client, 'Ada on Fridays');
  const grandchild = await issue(child.client, 'Somebody Else');
  const sister = await issue(ada.client, 'Sister');
  for (const [author, approver] of [
    [ada, child],
    [ada, grandchild],
    [grandchild, ada],
    [grandchild, sister],
  ] as const)
    expect(await agrees(author.client, approver.client)).toMatch(REFUSED);
  expect(await agrees(grandchild.client, (await issue(platform, 'Grace')).client)).toBe('DONE');
});

test('who rotates another’s key, or opens its envelope, does not become that person', async () => {
  const [ada, grace] = [await issue(platform, 'Ada'), await issue(platform, 'Grace')];
  const rotate = async (by: Client, id: string) =>
    done((await by.run(RotateApiKeyDocument, { input: { id } })).rotateApiKey);
  const stolen = await rotate(ada.client, grace.keyId);
  const thief = server.client(stolen.value as string);
  expect(await agrees(ada.client, thief)).toMatch(REFUSED);
  expect(await agrees(thief, ada.client)).toMatch(REFUSED);
  // Grace still has her value from before, for the grace; her own next rotation is hers alone.
  expect(await agrees(ada.client, grace.client)).toBe('DONE');
  const hers = await rotate(grace.client, stolen.version.id);
  expect(await agrees(ada.client, server.client(hers.value as string))).toBe('DONE');
  const given = await rotate(platform, hers.version.id);
  expect(await agrees(ada.client, server.client(given.value as string))).toBe('DONE');
  // The envelope is another’s to open.
  const input = { id: given.registration.id, delivery: 'CLAIM' } as const;
  const { claimToken } = done((await platform.run(RotateKeyDocument, { input })).rotateKey);
  const { claimKey } = await ada.client.run(ClaimKeyDocument, { input: { token: claimToken as string } });
  expect(await agrees(ada.client, server.client(done(claimKey).value))).toMatch(REFUSED);
});

test('who says where a key’s values are posted is taken for its holder', async () => {
  const [ada, grace] = [await issue(platform, 'Ada'), await issue(platform, 'Grace')];
  const { registerKey } = await platform.run(RegisterKeyDocument, {
    input: { name: 'robot', kind: 'API_KEY', securityLevel: 'HIGH', scopes: ['ADMIN'], delivery: 'RESPONSE' },
  });
  const { registration, value } = done(registerKey);
  const robot = server.client(value as string);
  expect(await agrees(ada.client, robot)).toBe('DONE');
  const target = { url: store.url, secret: SIGNING_SECRET };
  const patch = { id: registration.id, target };
  done((await ada.client.run(UpdateKeyRegistrationDocument, { input: patch })).updateKeyRegistration);
  done((await platform.run(RotateKeyDocument, { input: { id: registration.id } })).rotateKey);
  await tickKeys(await server.app.tenantScope('acme', now));
  const posted = server.client(store.posted.at(-1)?.body.value as string);
  expect(await agrees(ada.client, posted)).toMatch(REFUSED);
  expect(await agrees(grace.client, posted)).toBe('DONE');
});

test('the platform admin is one person: not itself, not with a key that it makes for the occasion', async () => {
  const ada = await issue(platform, 'Ada');
  expect(await agrees(platform, platform)).toMatch(REFUSED);
  expect(await agrees(platform, ada.client)).toBe('DONE');
  expect(await agrees(ada.client, platform)).toBe('DONE');
  now = new Date(now.getTime() + 1_000);
  const { request } = await set(platform, { key: 'RISKY', value: true });
  now = new Date(now.getTime() + 1_000);
  const puppet = await issue(platform, 'Puppet');
  const id = (request as unknown as { id: string }).id;
  const { approveFlagChange } = await puppet.client.run(ApproveFlagChangeDocument, { input: { id } });
  expect(approveFlagChange).toMatchObject({
    code: 'FORBIDDEN',
    message: expect.stringContaining('agree with a key that is older'),
  });
});

test('keys from before they carried their issuer count as one person together', async () => {
  const [old, older, grace] = [
    await issue(platform, 'Old'),
    await issue(platform, 'Older'),
    await issue(platform, 'Grace'),
  ];
  const scope = await server.app.tenantScope('acme', now);
  await scope.db.run(
    'UPDATE api_key SET principals = DEFAULT WHERE tenant_id = $1 AND id = ANY($2::uuid[])',
    [scope.tenantId, [old.keyId, older.keyId]],
  );
  expect(await agrees(old.client, older.client)).toMatch(REFUSED);
  expect(await agrees(old.client, grace.client)).toBe('DONE');
  const child = await issue(old.client, 'Child');
  expect(await agrees(older.client, child.client)).toMatch(REFUSED);
});

test('what was scheduled while nobody had to agree does not happen behind the back of who must', async () => {
  const ada = await issue(platform, 'Ada');
  const make = { key: 'QUIET', type: 'BOOLEAN', defaultValue: false };
  done((await platform.run(CreateFlagDocument, { input: make as never })).createFlag);
  const at = new Date(now.getTime() + 60_000);
  const schedule = (value: boolean, reason: string) =>
    ada.client.run(ScheduleFlagChangeDocument, {
      input: { key: 'QUIET', at: at.toISOString(), change: { set: value }, reason },
    });
  done((await schedule(true, 'before')).scheduleFlagChange);
  const input = { key: 'QUIET', patch: { needsApproval: true } };
  done((await platform.run(UpdateFlagDocument, { input })).updateFlag);
  const { request } = done((await schedule(true, 'after')).scheduleFlagChange) as unknown as {
    request: { id: string };
  };
  expect(await runDueFlagChanges(await server.app.tenantScope('acme', at))).toBe(1);
  expect((await flagOf(platform, 'QUIET')).value).toBe(false);
  const agreed = await platform.run(ApproveFlagChangeDocument, { input: { id: request.id } });
  expect(done(agreed.approveFlagChange)).toMatchObject({ request: { status: 'PENDING', kind: 'SCHEDULED' } });
  expect(await runDueFlagChanges(await server.app.tenantScope('acme', at))).toBe(1);
  expect((await flagOf(platform, 'QUIET')).value).toBe(true);
});
