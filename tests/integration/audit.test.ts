import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AuditTrailDocument,
  CreateApiKeyDocument,
  ExportJsonlDocument,
  RevokeApiKeyDocument,
  StartEngineDocument,
  StopEngineDocument,
} from '../../operations/generated/graphql.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';

let server: TestServer;
let now = new Date('2026-11-20T12:00:00Z');

beforeAll(async () => {
  // A clock that never shows the same instant twice: entries of one millisecond have no order.
  server = await startServer({ clock: () => (now = new Date(now.getTime() + 1)) });
  await server.createTenant({ slug: 'audited' });
  await server.createTenant({ slug: 'neighbour' });
});
afterAll(() => server.stop());

test('administrative changes are kept with actor, before and after, page by page, for their tenant only', async () => {
  const client = server.client(ADMIN_TOKEN, 'audited');
  await client.run(StopEngineDocument);
  await client.run(StopEngineDocument);
  await client.run(StartEngineDocument);
  const { createApiKey } = await client.run(CreateApiKeyDocument, {
    input: { name: 'Board', scopes: ['VIEWER'] },
  });
  const value = createApiKey.__typename === 'CreateApiKeyPayload' ? createApiKey.value : '';

  const all = await client.run(AuditTrailDocument, { first: 10 });
  const entries = all.auditTrail.edges.map(({ node }) => node);
  // Stopping what is stopped already is no change.
  expect(entries.map((entry) => entry.action)).toEqual([
    'api-key.create',
    'engine.start',
    'engine.stop',
    'tenant.create',
  ]);
  expect(entries[2]).toMatchObject({
    actor: 'platform-admin',
    before: { engineStatus: 'RUNNING' },
    after: { engineStatus: 'STOPPED' },
  });
  expect(JSON.stringify(all)).not.toContain(value.slice(-43));

  const first = await client.run(AuditTrailDocument, { first: 3 });
  const after = first.auditTrail.pageInfo.endCursor;
  const second = await client.run(AuditTrailDocument, { first: 3, after });
  expect(second.auditTrail.edges.map(({ node }) => node.id)).toEqual([entries[3]?.id]);
  expect(second.auditTrail.pageInfo.hasNextPage).toBe(false);

  const filtered = await client.run(AuditTrailDocument, { filter: { action: 'engine.stop' } });
  expect(filtered.auditTrail.edges).toHaveLength(1);
  const other = await server.client(ADMIN_TOKEN, 'neighbour').run(AuditTrailDocument, {});
  expect(other.auditTrail.edges.map(({ node }) => node.action)).toEqual(['tenant.create']);
  const viewer = await server.client(value).ask(AuditTrailDocument, {});
  expect(viewer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});

test('the trail says why, and is found by range of time, by beginning of the action and by request', async () => {
  const client = server.client(ADMIN_TOKEN, 'neighbour');
  const { createApiKey } = await client.run(CreateApiKeyDocument, {
    input: { name: 'Till', scopes: ['VIEWER'] },
  });
  const id = createApiKey.__typename === 'CreateApiKeyPayload' ? createApiKey.key.id : '';
  now = new Date('2026-11-20T13:00:00Z');
  await client.run(RevokeApiKeyDocument, { input: { id, reason: 'the till was sold' } });
  now = new Date('2026-11-20T14:00:00Z');
  await client.run(StopEngineDocument);
  const find = async (filter: object) =>
    (await client.run(AuditTrailDocument, { filter })).auditTrail.edges.map(({ node }) => node);
  const actions = async (filter: object) => (await find(filter)).map(({ action }) => action);
  const [from, to] = ['2026-11-20T13:00:00Z', '2026-11-20T14:00:00Z'];
  const [revoked] = await find({ from, to });
  expect(revoked).toMatchObject({
    action: 'api-key.revoke',
    reason: 'the till was sold',
    before: { isEnabled: true },
  });
  expect(await actions({ from: to })).toEqual(['engine.stop']);
  expect(await actions({ actionPrefix: 'api-key.', to: from })).toEqual(['api-key.create']);
  expect(await actions({ actionPrefix: 'api-key.', action: 'engine.stop' })).toEqual([]);
  expect(await actions({ actionPrefix: 'api-key.' })).toEqual(['api-key.revoke', 'api-key.create']);
  for (const wild of ['api_key.', '%', 'api-key._'])
    expect(await actions({ actionPrefix: wild }), wild).toEqual([]);
  for (const bad of [{ actor: 'a\u0000' }, { subject: '\ud800' }, { requestId: 'x'.repeat(501) }]) {
    const { errors } = await client.ask(AuditTrailDocument, { filter: bad });
    expect(errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
  }
  expect(await actions({ requestId: revoked?.requestId })).toEqual(['api-key.revoke']);
  const wrong = await client.ask(AuditTrailDocument, { filter: { from: to, to: from } });
  expect(wrong.errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
});

test('the trail can be taken out by its administrators, in pages', async () => {
  const client = server.client(ADMIN_TOKEN, 'neighbour');
  const first = await client.run(ExportJsonlDocument, { stream: 'AUDIT', first: 2 });
  const second = await client.run(ExportJsonlDocument, {
    stream: 'AUDIT',
    after: first.exportJsonl.nextAfter,
  });
  const lines = [...first.exportJsonl.lines, ...second.exportJsonl.lines].map(
    (line) => JSON.parse(line) as Record<string, unknown>,
  );
  expect(lines).toHaveLength(4);
  expect(lines.slice(2)).toMatchObject([
    {
      action: 'api-key.revoke',
      actor: 'platform-admin',
      reason: 'the till was sold',
      at: expect.stringMatching(/^2026/),
    },
    {
      action: 'engine.stop',
      before: { engineStatus: 'RUNNING' },
      after: { engineStatus: 'STOPPED' },
      reason: null,
    },
  ]);
  expect(lines.every((line) => typeof line.request_id === 'string')).toBe(true);
  const { createApiKey } = await client.run(CreateApiKeyDocument, {
    input: { name: 'v', scopes: ['OPERATOR'] },
  });
  const operator = server.client(createApiKey.__typename === 'CreateApiKeyPayload' ? createApiKey.value : '');
  const refused = await operator.ask(ExportJsonlDocument, { stream: 'AUDIT' });
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect((await operator.ask(ExportJsonlDocument, { stream: 'KPI_HISTORY' })).errors).toBeUndefined();
});

test('nobody changes the trail: not its reasons, not its actors, no row of it', async () => {
  const { db, tenantId } = await server.app.tenantScope('neighbour');
  const codeOf = (text: string) =>
    db.run(text, [tenantId]).then(String, (error: { code: string }) => error.code);
  for (const column of ['reason', 'actor', 'after', 'at'])
    expect(await codeOf(`UPDATE audit_entry SET ${column} = NULL WHERE tenant_id = $1`)).toBe('42501');
  expect(await codeOf('DELETE FROM audit_entry WHERE tenant_id = $1')).toBe('42501');
});
