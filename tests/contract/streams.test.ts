import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createLocalBus } from '../../src/platform/events/bus.ts';
import { createFeeds, type Feeds } from '../../src/platform/events/feed.ts';
import { createEventLog, type EventLog } from '../../src/platform/events/log.ts';
import { backlogTurns } from '../../src/platform/events/turns.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { executions, post, startToy, type Toy } from './toy.ts';

const EVENTS =
  'subscription E($after: String, $type: Kind) { events(after: $after, type: $type) { seq type by } }';
const KEY = { authorization: 'Bearer rk_viewer' };

let db: OpenTestDatabase;
let feeds: Feeds;
let log: EventLog;
let tenantId: string;
let toy: Toy;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

beforeEach(async () => {
  const bus = createLocalBus();
  log = createEventLog(bus);
  feeds = createFeeds(log, bus, (id) => db.database.forTenant(id));
  tenantId = randomUUID();
  toy = await startToy({
    feeds,
    tenantId,
    revokeCheckMs: 100,
    limits: { bufferedBytes: 200_000 },
  });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await toy.stop();
});

async function append(count: number, by = 'x'): Promise<void> {
  const events = Array.from({ length: count }, () => ({ type: 'ENGINE_STARTED', payload: { by } }) as const);
  await db.database.forTenant(tenantId).tx((tx) => log.append(tx, tenantId, events));
}

async function until(isTrue: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`still not true after ${ms} ms: ${isTrue}`);
    await sleep(5);
  }
}

const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => String(from + i));

interface Heard {
  seqs: string[];
  messages: {
    data?: { events: { seq: string; by: string | null } };
    errors?: { extensions: { code: string } }[];
  }[];
  end: { reason?: unknown; isComplete: boolean } | null;
  comments: string[];
  stop(): void;
}

const empty = (): Heard => ({ seqs: [], messages: [], end: null, comments: [], stop: () => {} });

/** graphql-ws's own client. */
function overWs(variables: Record<string, unknown> = {}, query = EVENTS, params: object = KEY): Heard {
  const heard = empty();
  const finish = (end: NonNullable<Heard['end']>) => {
    heard.end ??= end;
  };
  const client = createClient({
    url: toy.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: params as Record<string, unknown>,
    retryAttempts: 0,
    on: { closed: (reason) => finish({ reason, isComplete: false }) },
  });
  const unsubscribe = client.subscribe<NonNullable<Heard['messages'][number]['data']>>(
    { query, variables },
    {
      next: (message) => {
        heard.messages.push(message as never);
        if (message.data?.events) heard.seqs.push(message.data.events.seq);
      },
      error: (reason) => finish({ reason, isComplete: false }),
      complete: () => finish({ isComplete: true }),
    },
  );
  heard.stop = unsubscribe;
  cleanups.push(() => client.dispose());
  return heard;
}

/** fetch and eventsource-parser. */
function overSse(variables: Record<string, unknown> = {}, query = EVENTS, headers: object = KEY): Heard {
  const heard = empty();
  const controller = new AbortController();
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'complete') {
        heard.end = { isComplete: true, reason: data ? JSON.parse(data) : undefined };
        return;
      }
      const message = JSON.parse(data);
      heard.messages.push(message);
      if (message.data?.events) heard.seqs.push(message.data.events.seq);
    },
    onComment: (comment) => heard.comments.push(comment),
  });
  const run = async () => {
    const response = await fetch(toy.url, {
      method: 'POST',
      headers: {
        ...(headers as Record<string, string>),
        accept: 'text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query, variables }),
      signal: controller.signal,
    });
    if (!response.headers.get('content-type')?.includes('event-stream')) {
      heard.end = {
        reason: { status: response.status, ...(await response.json()) },
        isComplete: false,
      };
      return;
    }
    const decoder = new TextDecoder();
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      parser.feed(decoder.decode(chunk, { stream: true }));
    }
  };
  run().catch(() => {});
  heard.stop = () => controller.abort();
  cleanups.push(heard.stop);
  return heard;
}

describe.each([
  ['graphql-ws', overWs],
  ['SSE', overSse],
])('live streams over %s', (name, subscribe) => {
  test('backlog, then live; equal subscribers share one execution; filters hold', async () => {
    await append(700);
    const fromStart = subscribe({ after: '0' });
    const middle = subscribe({ after: '690' });
    const now = subscribe();
    const stopped = subscribe({ after: '0', type: 'ENGINE_STOPPED' });
    await until(
      () => fromStart.seqs.length === 700 && middle.seqs.length === 10 && toy.http.streams.size === 4,
    );
    await sleep(50);
    expect(toy.http.streams.rooms).toBe(2);
    executions.count = 0;
    await append(3);
    await until(() => [fromStart, middle, now].every((heard) => heard.seqs.at(-1) === '703'));
    expect(executions.count).toBe(3);
    expect(fromStart.seqs).toEqual(upTo(703));
    expect(middle.seqs).toEqual(upTo(703, 691));
    expect(now.seqs).toEqual(upTo(703, 701));
    expect(stopped.seqs).toEqual([]);
    expect(now.messages[0]).toEqual({ data: { events: { seq: '701', type: 'ENGINE_STARTED', by: 'x' } } });
    for (const heard of [fromStart, middle, now, stopped]) heard.stop();
    await until(() => toy.http.streams.size === 0);
    expect([toy.http.streams.rooms, feeds.size]).toEqual([0, 0]);
  });

  test('subscribers that come and go while events flow miss nothing', async () => {
    await append(50);
    let isWriting = true;
    const writing = (async () => {
      while (isWriting) await append(2);
    })();
    const heards: Heard[] = [];
    for (let i = 0; i < 12; i++) {
      heards.push(subscribe({ after: String(i * 3) }));
      await sleep(10);
    }
    await sleep(200);
    isWriting = false;
    await writing;
    await append(1);
    const last = (await log.bounds(db.database.forTenant(tenantId))).head;
    await until(() => heards.every((heard) => heard.seqs.at(-1) === String(last)));
    for (const [i, heard] of heards.entries()) expect(heard.seqs).toEqual(upTo(Number(last), i * 3 + 1));
  });

  test('backlogs that are read side by side are rendered once, and all of them come complete', async () => {
    await append(3_000);
    executions.count = 0;
    const gate = Promise.withResolvers<void>();
    for (let i = 0; i < 4; i++) void backlogTurns.run('others', () => gate.promise);
    const heards = Array.from({ length: 30 }, () => subscribe({ after: '0' }));
    await until(() => toy.http.streams.size === 30);
    expect(executions.count).toBe(0);
    gate.resolve();
    await until(() => heards.every((heard) => heard.seqs.length >= 3_000), 30_000);
    await append(1);
    await until(() => heards.every((heard) => heard.seqs.at(-1) === '3001'));
    for (const heard of heards) expect(heard.seqs).toEqual(upTo(3_001));
    // Without sharing it would be 90,000; somebody may have begun a moment later.
    expect(executions.count).toBeLessThan(30_000);
  });

  test('an error in an event is masked and the stream goes on', async () => {
    const heard = subscribe();
    await until(() => toy.http.streams.size === 1);
    await append(1, 'boom');
    await append(1, 'fine');
    await until(() => heard.messages.length === 2);
    expect(heard.messages[0]).toMatchObject({
      data: { events: { seq: '1', by: null } },
      errors: [{ message: 'Internal error', extensions: { code: 'INTERNAL' } }],
    });
    expect(JSON.stringify(heard.messages)).not.toContain('secret');
    expect(heard.messages[1]?.data?.events.by).toBe('fine');
  });

  test('refused: beyond the log, expired, no key, a wrong document', async () => {
    await append(3);
    await db.database.forTenant(tenantId).tx((tx) => log.prune(tx, new Date(Date.now() + 60_000)));
    const cases: [Heard, string][] = [
      [subscribe({ after: '99' }), 'VALIDATION_ERROR'],
      [subscribe({ after: '1' }), 'EVENTS_EXPIRED'],
      [subscribe({}, 'subscription { nothing }'), 'GRAPHQL_VALIDATION_FAILED'],
    ];
    for (const [heard, code] of cases) {
      await until(() => heard.end !== null);
      const told = JSON.stringify([heard.end, heard.messages]);
      expect(told).toContain(`"code":"${code}"`);
      expect(told).not.toContain('"http"');
    }
    const anonymous = subscribe({}, EVENTS, {});
    await until(() => anonymous.end !== null);
    const { end, messages } = anonymous;
    if (name === 'SSE') expect(JSON.stringify([end, messages])).toContain('"code":"UNAUTHENTICATED"');
    else expect(end?.reason).toMatchObject({ code: 4401 });
    await until(() => toy.http.streams.size === 0);
    expect(feeds.size).toBe(0);
  });

  test('a revoked key ends its streams, and only its own', async () => {
    const mine = subscribe();
    const mineToo = subscribe({ type: 'ENGINE_STARTED' });
    const others = subscribe({}, EVENTS, { authorization: 'Bearer rk_other' });
    await until(() => toy.http.streams.size === 3);
    toy.revoked.add('rk_viewer');
    await until(() => mine.end !== null && mineToo.end !== null, 1_000);
    const told = JSON.stringify([mine.end, mine.messages]);
    expect(told).toContain('UNAUTHENTICATED');
    expect(told).toContain('KEY_REVOKED');
    await append(1);
    await until(() => others.seqs.length === 1);
    expect([mine.seqs, others.end]).toEqual([[], null]);
  });

  test('shutdown says goodbye with a reason', async () => {
    const heard = subscribe();
    await until(() => toy.http.streams.size === 1);
    await toy.stop(1_000);
    await until(() => heard.end !== null);
    const { end } = heard;
    if (name === 'SSE')
      expect(end).toMatchObject({ isComplete: true, reason: { reason: 'SERVER_SHUTDOWN' } });
    else expect(end?.reason).toMatchObject({ code: 1001, reason: 'SERVER_SHUTDOWN' });
  });

  test('streams that are not from the log, queries and mutations run too', async () => {
    const counting = subscribe({}, 'subscription { count(to: 3) }');
    await until(() => counting.end?.isComplete === true);
    expect(counting.messages).toEqual([1, 2, 3].map((count) => ({ data: { count } })));
    const query = subscribe({}, '{ hello boom }');
    await until(() => query.end?.isComplete === true);
    expect(query.messages).toMatchObject([
      { data: { hello: 'Hello you' }, errors: [{ message: 'Internal error' }] },
    ]);
  });
});

test('pings keep idle streams alive', async () => {
  await toy.stop();
  toy = await startToy({ feeds, tenantId, pingMs: 300 });
  const sse = overSse();
  const socket = new WebSocket(toy.url.replace('http', 'ws'), 'graphql-transport-ws');
  let pings = 0;
  socket.on('ping', () => pings++);
  await until(() => sse.comments.length >= 3 && pings >= 2);
  expect(socket.readyState).toBe(WebSocket.OPEN);
  socket.close();
});

test('slow consumers are cut with a reason and can resume where they stopped', async () => {
  const { port } = new URL(toy.url);
  const body = JSON.stringify({ query: EVENTS });
  const slowSse = connect(Number(port), '127.0.0.1');
  slowSse.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\naccept: text/event-stream\r\n` +
      `authorization: ${KEY.authorization}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(slowSse, 'data');
  slowSse.pause();

  const slowWs = new WebSocket(toy.url.replace('http', 'ws'), 'graphql-transport-ws');
  const seqs: string[] = [];
  let closed: [number, string] | undefined;
  slowWs.on('close', (code, reason) => {
    closed = [code, String(reason)];
  });
  slowWs.on('message', (text) => {
    const message = JSON.parse(String(text));
    if (message.type === 'connection_ack')
      slowWs.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: EVENTS } }));
    if (message.type === 'next') seqs.push(message.payload.data.events.seq);
  });
  await once(slowWs, 'open');
  slowWs.send(JSON.stringify({ type: 'connection_init', payload: KEY }));
  await until(() => toy.http.streams.size === 2);
  (slowWs as unknown as { _socket: { pause(): void } })._socket.pause();

  const healthy = overWs();
  await until(() => toy.http.streams.size === 3);
  for (let i = 0; i < 200 && toy.http.streams.size > 1; i++) await append(20, 'y'.repeat(5_000));
  expect(toy.http.streams.size).toBe(1);
  const head = String((await log.bounds(db.database.forTenant(tenantId))).head);
  await until(() => healthy.seqs.at(-1) === head);

  const rest: Buffer[] = [];
  slowSse.on('data', (chunk: Buffer) => rest.push(chunk)).resume();
  (slowWs as unknown as { _socket: { resume(): void } })._socket.resume();
  await until(() => closed !== undefined);
  expect(closed).toEqual([4430, 'SLOW_CONSUMER: resume with after']);
  await until(() => Buffer.concat(rest).toString().endsWith('0\r\n\r\n'));
  const text = Buffer.concat(rest).toString();
  expect(text).toContain('event: complete\ndata: {"reason":"SLOW_CONSUMER"}');
  slowSse.destroy();

  expect(seqs).toEqual(upTo(seqs.length));
  const resumed = overWs({ after: seqs.at(-1) });
  await until(() => resumed.seqs.at(-1) === head);
  expect([...seqs, ...resumed.seqs]).toEqual(upTo(Number(head)));
});

describe('graphql-transport-ws stays exact', () => {
  const open = async () => {
    const socket = new WebSocket(toy.url.replace('http', 'ws'), 'graphql-transport-ws');
    const messages: { type: string; id?: string; payload?: unknown }[] = [];
    socket.on('message', (text) => messages.push(JSON.parse(String(text))));
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
    );
    await once(socket, 'open');
    const say = (message: object) => socket.send(JSON.stringify(message));
    return { socket, messages, closed, say };
  };
  const greet = async () => {
    const client = await open();
    client.say({ type: 'connection_init', payload: KEY });
    await until(() => client.messages.length === 1);
    expect(client.messages).toEqual([{ type: 'connection_ack' }]);
    return client;
  };
  const subscription = { type: 'subscribe', id: 'a"1', payload: { query: EVENTS } };

  test('wrong order, wrong key, twice the same id, nonsense', async () => {
    const early = await open();
    early.say(subscription);
    expect(await early.closed).toMatchObject({ code: 4401 });
    const wrong = await open();
    wrong.say({ type: 'connection_init', payload: { authorization: 'Bearer nonsense' } });
    expect(await wrong.closed).toEqual({ code: 4403, reason: 'This key is not valid.' });
    const twice = await greet();
    twice.say(subscription);
    twice.say(subscription);
    expect(await twice.closed).toMatchObject({ code: 4409 });
    const nonsense = await greet();
    nonsense.socket.send('{');
    expect(await nonsense.closed).toMatchObject({ code: 4400 });
    const silent = await open();
    expect(await silent.closed).toMatchObject({ code: 4408 });
    await until(() => toy.http.streams.size === 0);
  });

  test('ids are echoed as given; after complete nothing more comes and the id is free', async () => {
    const { messages, say, socket } = await greet();
    say(subscription);
    await until(() => toy.http.streams.size === 1);
    await append(1);
    await until(() => messages.length === 2);
    const next = {
      type: 'next',
      id: 'a"1',
      payload: { data: { events: { seq: '1', type: 'ENGINE_STARTED', by: 'x' } } },
    };
    expect(messages[1]).toEqual(next);
    say({ type: 'complete', id: 'a"1' });
    await until(() => toy.http.streams.size === 0);
    await append(1);
    say({ type: 'ping', payload: { n: 1 } });
    await until(() => messages.length === 3);
    expect(messages[2]).toEqual({ type: 'pong', payload: { n: 1 } });
    say({ ...subscription, payload: { query: EVENTS, variables: { after: '1' } } });
    await until(() => messages.length === 4);
    expect(messages[3]).toMatchObject({
      type: 'next',
      id: 'a"1',
      payload: { data: { events: { seq: '2' } } },
    });
    socket.terminate();
    await until(() => toy.http.streams.size === 0);
  });
});

test('the metrics tell subscribers and deliveries', async () => {
  const heard = [overWs(), overSse()];
  await until(() => toy.http.streams.size === 2);
  await append(2);
  await until(() => heard.every(({ seqs }) => seqs.length === 2));
  const text = await toy.registry.metrics();
  expect(text).toContain('graphql_subscribers{transport="ws"} 1');
  expect(text).toContain('graphql_event_deliveries_total{transport="ws"} 2');
  expect(text).toContain('graphql_event_deliveries_total{transport="sse"} 2');
  expect((await post(toy.url, { query: '{ tenant }' }, KEY)).body.data.tenant).toBe(tenantId);
});
