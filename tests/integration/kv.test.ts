import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AnyNodeDocument,
  AuditTrailDocument,
  CreateApiKeyDocument,
  DeleteKvDocument,
  KvEntriesDocument,
  KvValueDocument,
  PutKvDocument,
} from '../../operations/generated/graphql.ts';
import { getKv, pruneKv, putKv } from '../../src/control/kv/index.ts';
import type { Json } from '../../src/kernel/canonical.ts';
import type { KeyScope } from '../../src/platform/scope.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';
import { done } from './flags-kit.ts';

let server: TestServer;
let now = new Date('2026-11-20T12:00:00Z');
let operator: Client;
let finance: Client;
let viewer: Client;
let other: Client;

beforeAll(async () => {
  server = await startServer({ clock: () => now });
  await server.createTenant({ slug: 'acme' });
  await server.createTenant({ slug: 'other' });
  const withScope = async (scope: KeyScope) => {
    const made = await server
      .client(ADMIN_TOKEN, 'acme')
      .run(CreateApiKeyDocument, { input: { name: scope, scopes: [scope] } });
    return server.client((made.createApiKey as unknown as { value: string }).value);
  };
  [operator, finance, viewer] = [
    await withScope('OPERATOR'),
    await withScope('FINANCE'),
    await withScope('VIEWER'),
  ];
  other = server.client(ADMIN_TOKEN, 'other');
});
afterAll(() => server?.stop());

const put = async (client: Client, key: string, value: Json, more: object = {}) =>
  done(
    (await client.run(PutKvDocument, { input: { namespace: 'app', key, value: value as never, ...more } }))
      .putKv,
  ).entry as unknown as { version: number; value: unknown; kind: string; expiresAt: string | null };
const get = async (client: Client, key: string, namespace = 'app') =>
  (await client.run(KvValueDocument, { namespace, key })).kv as { value: unknown; version: number } | null;

describe('put and get', () => {
  test.each([
    ['an object', { b: [1, { c: null }], a: 'ü' }, 'OBJECT'],
    ['a list', [], 'LIST'],
    ['a text', 'true', 'STRING'],
    ['a number', -0.5, 'NUMBER'],
    ['false', false, 'BOOLEAN'],
    ['null', null, 'NULL'],
  ] satisfies [string, Json, string][])('%s comes back as it was', async (_name, value, kind) => {
    expect(await put(operator, `kind/${kind}`, value)).toMatchObject({ kind, version: 1 });
    expect((await get(viewer, `kind/${kind}`))?.value).toEqual(value);
  });

  test('another tenant has its own', async () => {
    await put(operator, 'mine', 1);
    expect(await get(other, 'mine')).toBeNull();
    await put(other, 'mine', 2);
    expect((await get(operator, 'mine'))?.value).toBe(1);
  });

  test.each([
    ['more than 64 KiB', 'big', 'x'.repeat(65_535), 'VALIDATION_ERROR value: The value has 65537 bytes'],
    [
      'a key of ours',
      'note',
      { deep: [`rk_live_abcd1234_${'x'.repeat(43)}`] },
      'VALIDATION_ERROR value deep 0',
    ],
    ['a password by its name', 'db_password', 'hunter22', 'VALIDATION_ERROR value'],
    ['a NUL', 'nul', 'a\u0000b', 'VALIDATION_ERROR value'],
    ['a key of another shape', 'no spaces', 1, 'VALIDATION_ERROR key'],
  ])('%s is refused', async (_name, key, value, refusal) => {
    await expect(put(operator, key, value)).rejects.toThrow(refusal.replaceAll(' deep 0', '.deep.0'));
  });

  test('64 KiB exactly are kept', async () => {
    await put(operator, 'full', 'x'.repeat(65_534));
    expect((await get(operator, 'full'))?.value).toHaveLength(65_534);
  });
});

describe('compare and set', () => {
  test('only from the version that was seen; 0 means none', async () => {
    await put(operator, 'cas', 'a', { expectedVersion: 0 });
    await expect(put(operator, 'cas', 'b', { expectedVersion: 0 })).rejects.toThrow('VERSION_CONFLICT');
    expect(await put(operator, 'cas', 'b', { expectedVersion: 1 })).toMatchObject({ version: 2 });
    await expect(put(operator, 'cas', 'c', { expectedVersion: 1 })).rejects.toThrow('VERSION_CONFLICT');
    await expect(put(operator, 'none', 'c', { expectedVersion: 5 })).rejects.toThrow('VERSION_CONFLICT');
  });

  test('of twenty that race for one version one wins, each round', async () => {
    for (let round = 0; round < 3; round++) {
      const tries = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => put(operator, 'race', i, { expectedVersion: round })),
      );
      expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect((await get(operator, 'race'))?.version).toBe(round + 1);
    }
  });
});

test('an expired entry is absent to everybody, may be made anew, and is pruned', async () => {
  const expiresAt = new Date(now.getTime() + 60_000).toISOString();
  await put(operator, 'brief', 1, { expiresAt });
  await expect(put(operator, 'brief', 2, { expiresAt: now.toISOString() })).rejects.toThrow(
    'VALIDATION_ERROR expiresAt',
  );
  now = new Date(now.getTime() + 60_000);
  expect(await get(viewer, 'brief')).toBeNull();
  const { kvEntries } = await viewer.run(KvEntriesDocument, { filter: { prefix: 'brief' } });
  expect(kvEntries.edges).toEqual([]);
  const gone = await operator.run(DeleteKvDocument, { input: { namespace: 'app', key: 'brief' } });
  expect(gone.deleteKv).toMatchObject({ code: 'NOT_FOUND' });
  // Versions go on, so that who has seen the old entry does not take the new one for it.
  expect(
    await put(operator, 'brief', 3, {
      expectedVersion: 0,
      expiresAt: new Date(now.getTime() + 1_000).toISOString(),
    }),
  ).toMatchObject({ version: 2 });
  now = new Date(now.getTime() + 1_000);
  const scope = await server.app.tenantScope('acme');
  expect(await scope.db.tx((tx) => pruneKv(scope, tx))).toBe(1);
});

test('pages run by namespace and key without gap or repeat', async () => {
  for (const key of ['p/1', 'p/2', 'p/3', 'p/4', 'p/5']) await put(operator, key, key);
  const keys: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: {
      edges: { node: unknown }[];
      pageInfo: { hasNextPage: boolean; endCursor?: string | null };
    } = (await viewer.run(KvEntriesDocument, { filter: { namespace: 'app', prefix: 'p/' }, first: 2, after }))
      .kvEntries;
    keys.push(...page.edges.map(({ node }) => (node as { key: string }).key));
    if (!page.pageInfo.hasNextPage) break;
    after = page.pageInfo.endCursor ?? null;
  }
  expect(keys).toEqual(['p/1', 'p/2', 'p/3', 'p/4', 'p/5']);
});

describe('who writes what', () => {
  const cost = { amountMinor: '123456', currency: 'USD', asOf: '2026-11-20T11:00:00Z' };
  const putCost = async (client: Client, key: string, value: Json) =>
    done(
      (await client.run(PutKvDocument, { input: { namespace: 'cost', key, value: value as never } })).putKv,
    );

  test('costs are FINANCE’s and the engine’s, everything else the operators’, which everybody reads', async () => {
    await putCost(finance, 'openai_cost_30d', cost);
    expect((await get(finance, 'openai_cost_30d', 'cost'))?.value).toEqual(cost);
    await put(operator, 'public', 1);
    const seen = async (client: Client, filter: object = {}) =>
      (await client.run(KvEntriesDocument, { first: 100, filter })).kvEntries.edges.map(
        ({ node }) => (node as { namespace: string }).namespace,
      );
    expect(await seen(finance)).toEqual(expect.arrayContaining(['app', 'cost']));
    for (const client of [viewer, operator]) {
      expect(await seen(client)).toContain('app');
      expect(await seen(client)).not.toContain('cost');
      await expect(get(client, 'openai_cost_30d', 'cost')).rejects.toThrow('reads the namespace');
      await expect(seen(client, { namespace: 'cost' })).rejects.toThrow('reads the namespace');
    }
    await expect(putCost(operator, 'openai_cost_30d', cost)).rejects.toThrow('FORBIDDEN');
    await expect(put(finance, 'mine', 1)).rejects.toThrow('FORBIDDEN');
    await expect(put(viewer, 'mine', 1)).rejects.toThrow('FORBIDDEN');
    const scope = await server.app.tenantScope('acme');
    const entry = { namespace: 'cost', key: 'margin_pct_30d', value: { pct: null, asOf: cost.asOf } };
    await scope.db.tx((tx) => putKv(scope, tx, entry));
    expect(await getKv(scope.db, scope, 'cost', 'margin_pct_30d')).toMatchObject({
      value: entry.value,
      updatedBy: 'system',
    });
  });

  test.each([
    ['without an instant', { amountMinor: '1', currency: 'USD' }, 'value.asOf'],
    ['an amount that is a number', { ...cost, amountMinor: 1 }, 'value.amountMinor'],
    ['of no currency', { ...cost, currency: 'XYZ' }, 'value.currency'],
    ['no object', 5, 'value.asOf'],
  ])('a cost %s is refused', async (_name, value, field) => {
    await expect(putCost(finance, 'infra_cost_30d', value)).rejects.toThrow(`VALIDATION_ERROR ${field}`);
  });
});

test('what people change stands in the trail; long values as their hash', async () => {
  await put(operator, 'trail', 'short');
  await put(operator, 'trail', 'y'.repeat(5_000));
  done(
    (await operator.run(DeleteKvDocument, { input: { namespace: 'app', key: 'trail', expectedVersion: 2 } }))
      .deleteKv,
  );
  const { auditTrail } = await server
    .client(ADMIN_TOKEN, 'acme')
    .run(AuditTrailDocument, { filter: { subject: 'app/trail' } } as never);
  const entries = auditTrail.edges.map(({ node }) => node as unknown as Record<string, unknown>);
  expect(entries.map(({ action }) => action).sort()).toEqual(['kv.delete', 'kv.put', 'kv.put']);
  expect(entries.find(({ action }) => action === 'kv.delete')).toMatchObject({
    ...{
      actor: 'key:OPERATOR',
      before: { bytes: 5_002, version: 2, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
    after: null,
  });
});

test.each([
  ['a NUL in a name', KvValueDocument, { namespace: 'app\u0000', key: 'x' }],
  ['an id of a thing that has no such ids', AnyNodeDocument, { id: btoa('Price:not-an-id') }],
])('%s is the caller’s fault or nothing, never ours', async (_name, document, variables) => {
  const answer = await viewer.ask(document as typeof KvValueDocument, variables as never);
  const codes = (answer.errors ?? []).map(({ extensions }) => extensions.code);
  expect(codes).not.toContain('INTERNAL');
});
