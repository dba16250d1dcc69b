import { once } from 'node:events';
import { createServer } from 'node:net';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { addEffects, handleEffects, listEffects, runEffects } from '../../src/control/effects/index.ts';
import { DatabaseAway } from '../../src/platform/db/away.ts';
import { openDatabase } from '../../src/platform/db/database.ts';
import { createHttpServer, type HttpServer } from '../../src/platform/http/index.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { testDatabase } from '../kit/database.ts';
import { serviceUrl } from '../kit/process.ts';
import { testScope } from '../kit/scope.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';
import { tcpProxy } from '../kit/tcp-proxy.ts';

/*
 * Nobody listens where the database should be: whatever meets it first, in whatever way somebody came in, the answer is
 * UNAVAILABLE and says when to ask again.
 */
let server: TestServer;
let base: string;
const KEY = `rk_live_abcdefgh_${'A'.repeat(43)}`;

beforeAll(async () => {
  const nobody = createServer().listen(0, '127.0.0.1');
  await once(nobody, 'listening');
  const { port } = nobody.address() as { port: number };
  nobody.close();
  const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
  const database = openDatabase(connection, () => {});
  server = await startServer({
    database: { database, connection, isServer: true, close: () => database.close() },
    redisUrl: undefined,
  });
  base = server.url.replace('/graphql', '');
});
afterAll(async () => {
  await server?.stop();
  await server?.database.close();
});

const headers = {
  'content-type': 'application/json',
  authorization: `Bearer ${ADMIN_TOKEN}`,
  'x-tenant': 'shop',
};
const ask = (query: string, more: Record<string, string> = {}, at = server.url): Promise<Response> =>
  fetch(at, { method: 'POST', headers: { ...headers, ...more }, body: JSON.stringify({ query }) });
const codesOf = async (response: Response): Promise<string[]> =>
  ((await response.json()) as { errors: { extensions: { code: string } }[] }).errors.map(
    ({ extensions }) => extensions.code,
  );
const TENANT = '{ tenant { slug } }';
const STREAM = 'subscription { engineEvents(after: "0") { seq } }';

test.each<[string, string, Record<string, string>]>([
  ['JSON', TENANT, {}],
  ['graphql-response+json', TENANT, { accept: 'application/graphql-response+json' }],
  ['a media type that goes through Yoga', TENANT, { accept: 'multipart/mixed' }],
  ['a stream', STREAM, { accept: 'text/event-stream' }],
  ['a key', TENANT, { authorization: `Bearer ${KEY}` }],
])('%s: 503 UNAVAILABLE with Retry-After', async (_way, query, more) => {
  const response = await ask(query, more);
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
  expect(await response.json()).toEqual({
    errors: [
      {
        message: expect.stringContaining('The database cannot be reached.'),
        extensions: {
          ...{ code: 'UNAVAILABLE', retryAfterSec: 2 },
          requestId: response.headers.get('x-request-id') ?? expect.any(String),
        },
      },
    ],
  });
});

test('a field that meets it first is UNAVAILABLE too, whichever way it reads', async () => {
  const response = await ask('{ tenants(first: 1) { edges { cursor } } }', { 'x-tenant': '' });
  expect(response.status).toBe(200);
  expect(await codesOf(response)).toEqual(['UNAVAILABLE']);
  const { database } = server.app;
  const db = database.forTenant('11111111-1111-4111-8111-111111111111');
  const ways: (() => PromiseLike<unknown>)[] = [
    () => db.row('SELECT 1'),
    () => db.tx((tx) => tx.run('SELECT 1')),
    () => db.prisma.order.findMany(),
    () => db.prisma.tenant.findFirst(),
    () => database.executeSql('SELECT 1'),
  ];
  for (const way of ways) await expect(way()).rejects.toThrow(DatabaseAway);
});

test('a WebSocket is told to come back, not that it is forbidden', async () => {
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
  await once(socket, 'open');
  const payload = { authorization: `Bearer ${ADMIN_TOKEN}`, tenant: 'shop' };
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  const [code] = await once(socket, 'close');
  expect(code).toBe(1013);
});

test('people get a page, programs JSON, both 503', async () => {
  const page = await fetch(`${base}/pay/shop/11111111-1111-4111-8111-111111111111`);
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '60']);
  expect(await page.text()).toContain('Please load it again in a minute.');
  for (const path of ['/webhooks/payments/stripe/shop', '/webhooks/whatsapp/shop']) {
    const hook = await fetch(`${base}${path}`, { method: 'POST', body: '{}' });
    expect([hook.status, hook.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await codesOf(hook)).toEqual(['UNAVAILABLE']);
  }
});

test('an outage uses up nobody’s budget, wrong credentials do', async () => {
  const { host, routes } = server.app;
  const log = createLogger('silent', false);
  const http: HttpServer = createHttpServer({
    ...{ host, routes, log, registry: new Registry(), processMetrics: false, limits: { ratePerMinute: 3 } },
  });
  const { port } = await http.listen(0, '127.0.0.1');
  const at = `http://127.0.0.1:${port}/graphql`;
  const statuses = async (more: Record<string, string>) => {
    const found: number[] = [];
    for (let n = 0; n < 5; n++) found.push((await ask(TENANT, more, at)).status);
    return found;
  };
  expect(await statuses({})).toEqual([503, 503, 503, 503, 503]);
  expect(await statuses({ authorization: 'Bearer wrong' })).toEqual([401, 401, 401, 429, 429]);
  await http.stop(0);
});

describe.skipIf(serviceUrl('DATABASE_URL') === undefined)('silence (needs DATABASE_URL)', () => {
  test('ends statements and transactions, and their connections serve nobody any more', async () => {
    const db = await testDatabase();
    const address = new URL(String(db.connection.connectionString));
    const door = await tcpProxy({ host: address.hostname, port: Number(address.port) });
    address.port = String(door.port);
    const database = openDatabase(
      { connectionString: String(address), query_timeout: 300, max: 2 },
      () => {},
    );
    try {
      const { directory } = database;
      expect(await directory.row('SELECT 1 AS n')).toEqual({ n: 1 });
      const quick = database.forTenant('00000000-0000-0000-0000-000000000001');
      const slow = [directory.row('SELECT pg_sleep(60)'), quick.tx((tx) => tx.row('SELECT pg_sleep(60)'))];
      for (const answer of await Promise.allSettled(slow)) {
        expect(answer).toMatchObject({ status: 'rejected', reason: expect.any(DatabaseAway) });
      }
      expect(await Promise.all([1, 2, 3].map((n) => directory.row(`SELECT ${n} AS n`)))).toEqual([
        ...[{ n: 1 }, { n: 2 }, { n: 3 }],
      ]);
    } finally {
      await database.close();
      await door.refuse();
      await db.close();
    }
  }, 30_000);
});

describe.skipIf(serviceUrl('DATABASE_URL') === undefined)('an effect (needs DATABASE_URL)', () => {
  test('that was done when the database went away is written down when it is back, and not done again', async () => {
    const db = await testDatabase();
    const address = new URL(String(db.connection.connectionString));
    const door = await tcpProxy({ host: address.hostname, port: Number(address.port || 5432) });
    address.host = `127.0.0.1:${door.port}`;
    const behind = openDatabase({ connectionString: String(address), max: 4 }, () => {});
    const { scope } = await testScope(behind);
    let done = 0;
    handleEffects<object, null>({
      kind: 'test.outage',
      async execute() {
        done++;
        await door.refuse();
        setTimeout(() => void door.open(), 1_200);
        return null;
      },
      reconcile: async () => null,
      settle: async (_scope, tx) => void (await tx.run('SELECT 1')),
      fail: async () => {},
    });
    const effect = { kind: 'test.outage', subject: 'a', step: '1', payload: {} };
    await scope.db.tx((tx) => addEffects(scope, tx, [effect]));
    await runEffects(scope, { subject: 'a' });
    const { edges } = await listEffects(scope, { first: 5 });
    expect(edges.map(({ node }) => [node.status, node.attempts])).toEqual([['SENT', 1]]);
    expect(done).toBe(1);
    await behind.close();
    await door.refuse();
    await db.close();
  });
});
