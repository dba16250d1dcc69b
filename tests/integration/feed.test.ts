import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EventsExpiredError, ValidationError } from '../../src/kernel/errors.ts';
import type { Sql } from '../../src/platform/db/sql.ts';
import { type Bus, createLocalBus } from '../../src/platform/events/bus.ts';
import { createFeeds, type Feeds } from '../../src/platform/events/feed.ts';
import { LiveStream } from '../../src/platform/events/live-stream.ts';
import { createEventLog, type EventLog, eventChannel } from '../../src/platform/events/log.ts';
import { createRedisBus } from '../../src/platform/events/redis-bus.ts';
import type { LoggedEvent } from '../../src/platform/events/types.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';

let db: OpenTestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const seqs = (events: { seq: bigint }[]) => events.map((event) => Number(event.seq));
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

async function until(isTrue: () => boolean, ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!isTrue()) {
    if (Date.now() > end) throw new Error(`still not true after ${ms} ms: ${isTrue}`);
    await sleep(5);
  }
}

/** A bus that can lose or delay messages, as Redis may. */
function lossyBus() {
  const local = createLocalBus();
  const reconnects = new Set<() => void>();
  const state = { isConnected: true, mode: 'deliver' as 'deliver' | 'lose' | 'hold' };
  const held: [string, string][] = [];
  const bus: Bus = {
    ...local,
    get isConnected() {
      return state.isConnected;
    },
    publish(channel, message) {
      if (state.mode === 'deliver') local.publish(channel, message);
      if (state.mode === 'hold') held.push([channel, message]);
    },
    onReconnect(listener) {
      reconnects.add(listener);
      return () => reconnects.delete(listener);
    },
  };
  return { bus, local, state, held, reconnect: () => reconnects.forEach((listener) => void listener()) };
}

interface World {
  tenantId: string;
  log: EventLog;
  feeds: Feeds;
  reads: { count: number };
  append(count: number): Promise<void>;
}

function world(bus: Bus): World {
  const tenantId = randomUUID();
  const log = createEventLog(bus);
  const reads = { count: 0 };
  const counted: EventLog = {
    ...log,
    read: (sql: Sql, after: bigint, limit: number) => {
      reads.count++;
      return log.read(sql, after, limit);
    },
  };
  const feeds = createFeeds(counted, bus, (id) => db.database.forTenant(id));
  const append = (count: number) =>
    db.database.forTenant(tenantId).tx((tx) =>
      log.append(
        tx,
        tenantId,
        Array.from({ length: count }, (_, i) => ({ type: 'ENGINE_STARTED', payload: { by: `test ${i}` } })),
      ),
    );
  return { tenantId, log, feeds, reads, append };
}

async function collect(w: World, after: bigint | null, slow = 0) {
  const events: LoggedEvent[] = [];
  const ends: Error[] = [];
  const following = await w.feeds.follow(w.tenantId, {
    after,
    onEvents: (batch) => {
      events.push(...batch);
      return slow > 0 ? sleep(slow) : undefined;
    },
    onEnd: (reason) => ends.push(reason),
  });
  return { events, ends, following };
}

describe('following a tenant’s log', () => {
  test('backlog, then live, without loss or repetition, however the two meet', async () => {
    const w = world(createLocalBus());
    await w.append(1_203); // more than two pages
    const started = collect(w, 0n, 1);
    const writing = (async () => {
      for (let i = 0; i < 40; i++) await w.append(3);
    })();
    const fromStart = await started;
    const fromNow = await collect(w, null);
    const middle = await collect(w, 1_000n);
    await writing;
    await until(() => fromStart.events.length >= 1_323 && middle.events.length >= 323);
    expect(seqs(fromStart.events)).toEqual(upTo(1_323));
    expect(seqs(middle.events)).toEqual(upTo(1_323, 1_001));
    const live = seqs(fromNow.events);
    expect(live).toEqual(upTo(1_323, live[0]));
    expect(fromStart.events[0]).toMatchObject({ type: 'ENGINE_STARTED', payload: { by: 'test 0' } });
    expect(fromStart.events[0]?.at).toBeInstanceOf(Date);
  });

  test('live events come from the bus, not from the database', async () => {
    const w = world(createLocalBus());
    const { events } = await collect(w, null);
    w.reads.count = 0;
    for (let i = 0; i < 10; i++) await w.append(1);
    expect(seqs(events)).toEqual(upTo(10));
    expect(w.reads.count).toBe(0);
  });

  test('a lost message leaves a gap, which is filled from Postgres', async () => {
    const lossy = lossyBus();
    const w = world(lossy.bus);
    const { events } = await collect(w, null);
    await w.append(2);
    lossy.state.mode = 'lose';
    await w.append(2);
    lossy.state.mode = 'deliver';
    await w.append(1);
    expect(seqs(events)).toEqual([1, 2]);
    await until(() => events.length === 5);
    expect(seqs(events)).toEqual(upTo(5));
  });

  test('messages in the wrong order are put right without a query', async () => {
    const lossy = lossyBus();
    const w = world(lossy.bus);
    const { events } = await collect(w, null);
    w.reads.count = 0;
    lossy.state.mode = 'hold';
    await w.append(1);
    await w.append(2);
    await w.append(1);
    for (const [channel, message] of lossy.held.reverse()) lossy.local.publish(channel, message);
    expect(seqs(events)).toEqual([1, 2, 3, 4]);
    for (const [channel, message] of lossy.held) lossy.local.publish(channel, message);
    await sleep(60);
    expect(seqs(events)).toEqual([1, 2, 3, 4]);
    expect(w.reads.count).toBe(0);
  });

  test('an announcement without events is read from Postgres', async () => {
    const w = world(createLocalBus());
    const { events } = await collect(w, null);
    const payload = { by: 'x'.repeat(40_000) };
    await db.database.forTenant(w.tenantId).tx((tx) =>
      w.log.append(tx, w.tenantId, [
        { type: 'ENGINE_STARTED', payload },
        { type: 'ENGINE_STOPPED', payload },
      ]),
    );
    await until(() => events.length === 2);
    expect(events[1]).toMatchObject({ seq: 2n, type: 'ENGINE_STOPPED', payload });
  });

  test('re-reads on reconnect, and polls while the bus is down', async () => {
    const lossy = lossyBus();
    const w = world(lossy.bus);
    const { events } = await collect(w, null);
    lossy.state.mode = 'lose';
    await w.append(2);
    lossy.reconnect();
    await until(() => events.length === 2);
    lossy.state.isConnected = false;
    await w.append(1);
    await until(() => events.length === 3, 4_000);
    expect(seqs(events)).toEqual([1, 2, 3]);
  });

  test('refuses a start outside the log, and ends a follower that pruning overtakes', async () => {
    const w = world(createLocalBus());
    await w.append(5);
    await expect(collect(w, 6n)).rejects.toThrow(ValidationError);
    await expect(collect(w, 6n)).rejects.toThrow('The log ends at 5; 6 is beyond it.');
    await db.database.forTenant(w.tenantId).tx((tx) => w.log.prune(tx, new Date(Date.now() + 60_000)));
    await w.append(1);
    await expect(collect(w, 4n)).rejects.toThrow(EventsExpiredError);
    await expect(collect(w, 4n)).rejects.toThrow('the oldest one available is 6');
    const { events } = await collect(w, 5n);
    await until(() => events.length === 1);

    const late = world(createLocalBus());
    await late.append(1_100);
    const slow = await collect(late, 0n, 150);
    await db.database.forTenant(late.tenantId).tx((tx) => late.log.prune(tx, new Date(Date.now() + 60_000)));
    await until(() => slow.ends.length === 1);
    expect(slow.ends[0]).toBeInstanceOf(EventsExpiredError);
    expect(late.feeds.size).toBe(0);
  });

  test('one feed per tenant, released with the last follower', async () => {
    const w = world(createLocalBus());
    const first = await collect(w, null);
    const second = await collect(w, null);
    expect(w.feeds.size).toBe(1);
    first.following.stop();
    await w.append(1);
    expect([first.events.length, second.events.length]).toEqual([0, 1]);
    second.following.stop();
    second.following.stop();
    expect(w.feeds.size).toBe(0);
    await w.append(1);
    expect(second.events.length).toBe(1);
  });

  test('a stream can be iterated, filtered and left while it waits', async () => {
    const w = world(createLocalBus());
    await w.append(3);
    const stream = new LiveStream(w.feeds, {
      tenantId: w.tenantId,
      after: 0n,
      key: 'odd',
      accepts: (event) => event.seq % 2n === 1n,
    });
    const iterator = stream[Symbol.asyncIterator]();
    expect((await iterator.next()).value).toMatchObject({ seq: 1n });
    expect((await iterator.next()).value).toMatchObject({ seq: 3n });
    const waiting = iterator.next();
    await w.append(2);
    expect((await waiting).value).toMatchObject({ seq: 5n });
    const last = iterator.next();
    await iterator.return(undefined);
    expect(await last).toEqual({ value: undefined, done: true });
    expect(w.feeds.size).toBe(0);
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

async function startRedis(port: number): Promise<ChildProcess> {
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of child.stdout) if (String(line).includes('Ready to accept')) break;
  child.stdout.resume();
  return child;
}

test.skipIf(!process.env.REDIS_URL)(
  'Redis stopped and restarted: no event lost, none twice, on both instances',
  async () => {
    const port = await freePort();
    let redis = await startRedis(port);
    const buses = [1, 2].map(() => createRedisBus(`redis://127.0.0.1:${port}`, () => {}));
    const [writer, reader] = buses.map((bus) => world(bus)) as [World, World];
    await until(() => buses.every((bus) => bus.isConnected));
    const here = await collect(writer, null);
    const there = await collect({ ...reader, tenantId: writer.tenantId }, null);
    await sleep(100);
    await writer.append(2);
    await until(() => there.events.length === 2);

    redis.kill('SIGKILL');
    await once(redis, 'exit');
    for (let i = 0; i < 5; i++) await writer.append(1);
    expect(seqs(here.events)).toEqual(upTo(7));
    redis = await startRedis(port);
    await until(() => buses.every((bus) => bus.isConnected), 10_000);
    for (let i = 0; i < 5; i++) await writer.append(1);
    await until(() => there.events.length >= 12, 10_000);
    expect(seqs(there.events)).toEqual(upTo(12));
    expect(seqs(here.events)).toEqual(upTo(12));
    expect(eventChannel(writer.tenantId)).toContain(writer.tenantId);
    for (const bus of buses) await bus.close();
    redis.kill('SIGKILL');
  },
);
