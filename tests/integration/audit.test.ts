import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AuditTrailDocument,
  CreateApiKeyDocument,
  StartEngineDocument,
  StopEngineDocument,
} from '../../operations/generated/graphql.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
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
