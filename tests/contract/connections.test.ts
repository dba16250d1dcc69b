import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createLocalBus } from '../../src/platform/events/bus.ts';
import { createFeeds, type Feeds } from '../../src/platform/events/feed.ts';
import { createEventLog, type EventLog } from '../../src/platform/events/log.ts';
import type { HttpOptions } from '../../src/platform/http/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually } from '../kit/process.ts';
import { startToy, type Toy } from './toy.ts';

let db: OpenTestDatabase;
let log: EventLog;
let feeds: Feeds;
let tenantId: string;
let toy: Toy;
const open: (Socket | WebSocket)[] = [];

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(() => {
  const bus = createLocalBus();
  log = createEventLog(bus);
  feeds = createFeeds(log, bus, (id) => db.database.forTenant(id));
  tenantId = randomUUID();
});
afterEach(async () => {
  for (const one of open.splice(0)) one instanceof WebSocket ? one.terminate() : one.destroy();
  await toy.stop();
});

async function start(options: Partial<HttpOptions>): Promise<void> {
  toy = await startToy({ feeds, tenantId, ...options });
}

/** A bare connection that collects what comes. */
async function dial(): Promise<{ socket: Socket; text: () => string; closed: Promise<unknown> }> {
  const socket = connect(Number(new URL(toy.url).port), '127.0.0.1');
  open.push(socket);
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, text: () => text, closed };
}

const post = (body: string, headers: string, length = body.length) =>
  `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n${headers}content-length: ${length}\r\n\r\n${body}`;
const JSON_TYPE = { 'content-type': 'application/json' };
const HELLO = post('{"query":"{ hello }"}', '');
const listen = (key: string, after: string | null = null) =>
  post(
    JSON.stringify({
      query: 'subscription E($after: String) { events(after: $after) { seq by } }',
      variables: { after },
    }),
    `accept: text/event-stream\r\nauthorization: Bearer ${key}\r\n`,
  );

/** What becomes of a WebSocket that greets with these parameters: acknowledged, or closed with a code and a reason. */
async function greet(params: object | undefined): Promise<string> {
  const socket = new WebSocket(toy.url.replace('http', 'ws'), 'graphql-transport-ws');
  open.push(socket);
  return new Promise((resolve) => {
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: params })));
    socket.on('message', (message) => resolve(JSON.parse(String(message)).type));
    socket.on('close', (code, reason) => resolve(`${code} ${reason}`));
  });
}

test('a WebSocket without credentials is not kept', async () => {
  await start({});
  const refused = '4401 UNAUTHENTICATED: send authorization in connectionParams.';
  expect(await greet(undefined)).toBe(refused);
  expect(await greet({})).toBe(refused);
  expect(await greet({ tenant: 'somebody' })).toBe(refused);
  expect(await greet({ authorization: 'Bearer rk_viewer' })).toBe('connection_ack');
});

test('a key holds so many WebSockets and streams at once, each key for itself', async () => {
  await start({ limits: { connectionsPerKey: 2 } });
  const one = { authorization: 'Bearer rk_one' };
  expect(await greet(one)).toBe('connection_ack');
  const stream = await dial();
  stream.socket.write(listen('rk_one'));
  await eventually('the stream is open', async () => toy.http.streams.size === 1);
  expect(await greet(one)).toBe('4431 TOO_MANY_CONNECTIONS: at most 2 at once per key.');
  const more = await dial();
  more.socket.write(listen('rk_one'));
  await eventually('it is refused', async () => more.text().includes('at most 2 at once per key'));
  expect(more.text()).toMatch(/^HTTP\/1.1 429 .*retry-after: 5\r\n.*"code":"LIMIT_EXCEEDED"/is);
  expect(await greet({ authorization: 'Bearer rk_two' })).toBe('connection_ack');
  stream.socket.destroy();
  await eventually('there is room again', async () => (await greet(one)) === 'connection_ack');
});

test('an address holds so many sockets at once', async () => {
  await start({ limits: { connectionsPerAddress: 2 } });
  const first = await dial();
  await dial();
  const third = await dial();
  third.socket.write(HELLO);
  await third.closed;
  expect(third.text()).toMatch(/^HTTP\/1.1 429 .*TOO_MANY_CONNECTIONS: at most 2 at once per address/s);
  const params = { authorization: 'Bearer rk_viewer' };
  expect(await greet(params)).toBe('4431 TOO_MANY_CONNECTIONS: at most 2 at once per address.');
  first.socket.write(HELLO);
  await eventually('the first is served', async () => first.text().includes('Hello you'));
  first.socket.destroy();
  await eventually('there is room again', async () => (await greet(params)) === 'connection_ack');
});

test('a request that drips in is cut; one that arrives in time is not', async () => {
  await start({ limits: { requestMs: 1_000 } });
  const silent = await dial();
  const dripping = await dial();
  dripping.socket.write(post('{', '', 10_000));
  const drips = setInterval(() => dripping.socket.write(' '), 50);
  await dripping.closed;
  clearInterval(drips);
  expect(dripping.text()).toMatch(/^HTTP\/1.1 408 /);
  await silent.closed;
  expect(
    (await fetch(toy.url, { method: 'POST', headers: JSON_TYPE, body: '{"query":"{ hello }"}' })).ok,
  ).toBe(true);
});

test('a stream whose backlog is never read is cut, however little of it waits', async () => {
  await start({ pingMs: 40 });
  const scope = db.database.forTenant(tenantId);
  const payload = { by: 'x'.repeat(20_000) };
  await scope.tx((tx) =>
    log.append(
      tx,
      tenantId,
      Array.from({ length: 1_000 }, () => ({ type: 'ENGINE_STARTED', payload }) as const),
    ),
  );
  const { socket } = await dial();
  socket.write(listen('rk_viewer', '0'));
  await once(socket, 'data');
  socket.pause();
  await eventually('it was opened', async () => toy.http.streams.size === 1);
  await eventually('it is cut', async () => toy.http.streams.size === 0);
  expect(await toy.registry.metrics()).toMatch(/SLOW_CONSUMER"\} 1/);
});
