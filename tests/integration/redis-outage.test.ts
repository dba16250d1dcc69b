import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EngineEventsDocument } from '../../operations/generated/graphql.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, serviceUrl } from '../kit/process.ts';
import { type OwnRedis, ownRedis } from '../kit/redis.ts';
import { ADMIN_TOKEN, startServer, type TestServer, take } from '../kit/server.ts';

const needsServices = [serviceUrl('REDIS_URL'), serviceUrl('DATABASE_URL')].includes(undefined);
const TOTAL = 300;

describe.skipIf(needsServices)('Redis stopped and restarted (needs REDIS_URL and DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  let redis: OwnRedis;
  let writer: TestServer;
  let reader: TestServer;
  let scope: Scope;

  beforeAll(async () => {
    redis = await ownRedis();
    db = await testDatabase();
    writer = await startServer({ database: db, redisUrl: redis.url });
    reader = await startServer({ database: db, redisUrl: redis.url });
    await writer.createTenant({ slug: 'stream' });
    scope = await writer.app.tenantScope('stream');
  });
  afterAll(async () => {
    await writer?.stop();
    await reader?.stop();
    await redis?.stop();
    await db?.close();
  });

  const write = (by: string) =>
    scope.db.tx((tx) =>
      scope.events.append(tx, scope.tenantId, [{ type: 'ENGINE_STARTED', payload: { by } }]),
    );

  async function writeSome(count: number, pauseMs: number) {
    for (let n = 0; n < count; n++) {
      await write('test');
      await sleep(pauseMs);
    }
  }

  test('subscribers of both instances see every event once and in order', async () => {
    const followers = [writer, reader].map((server) =>
      server.client(ADMIN_TOKEN, 'stream').subscribe(EngineEventsDocument, { after: '0' }),
    );
    const seen = Promise.all(followers.map((events) => take(events, TOTAL)));
    await writeSome(100, 2);
    await Promise.all([writeSome(100, 5), sleep(150).then(() => redis.stop())]);
    // While it is away nothing stands still: the reader polls.
    await writeSome(20, 5);
    await Promise.all([writeSome(60, 20), redis.start()]);
    await writeSome(TOTAL - 280, 2);
    for (const events of await seen) {
      expect(events.map(({ engineEvents }) => engineEvents.seq)).toEqual(
        Array.from({ length: TOTAL }, (_, i) => String(i + 1)),
      );
    }
    // And live again over Redis: much quicker than the poll of two seconds.
    await sleep(500);
    const [slow, quick] = followers.map((events) => take(events, 1));
    const started = performance.now();
    await write('afterwards');
    expect((await Promise.all([slow, quick])).flat().map((event) => event?.engineEvents.seq)).toEqual([
      '301',
      '301',
    ]);
    expect(performance.now() - started).toBeLessThan(1_000);
    for (const events of followers) await events.return?.();
  }, 120_000);

  test('a frozen Redis delays nobody for long, and nothing is lost or doubled when it thaws', async () => {
    const followers = [writer, reader].map((server) =>
      server.client(ADMIN_TOKEN, 'stream').subscribe(EngineEventsDocument, { after: '301' }),
    );
    const buses = [writer, reader].map(({ app }) => app.source.bus);
    await eventually('both hear Redis', async () => buses.every((bus) => bus.isConnected));
    const seen: string[][] = [[], []];
    const hear = async (count: number) => {
      const heard = await Promise.all(followers.map((events) => take(events, count)));
      for (const [i, events] of heard.entries()) seen[i]?.push(...events.map((e) => e.engineEvents.seq));
    };
    await write('before');
    await hear(1);
    redis.freeze();
    for (const by of ['frozen', 'still frozen']) {
      const started = performance.now();
      await write(by);
      await hear(1);
      // Promised are two seconds; a poll of ten would be beyond this however busy the machine is.
      expect(performance.now() - started).toBeLessThan(6_000);
    }
    expect(reader.app.source.bus.isConnected).toBe(false);
    await writeSome(10, 1);
    const thawing = writeSome(17, 20);
    redis.thaw();
    await Promise.all([thawing, hear(27)]);
    await eventually('both hear Redis', async () => buses.every((bus) => bus.isConnected));
    const all = Array.from({ length: 30 }, (_, i) => String(302 + i));
    expect(seen).toEqual([all, all]);
    for (const events of followers) await events.return?.();
  }, 60_000);

  test('an instance starts, answers and writes while Redis is away', async () => {
    await redis.stop();
    const late = await startServer({ database: db, redisUrl: redis.url });
    const events = late.client(ADMIN_TOKEN, 'stream').subscribe(EngineEventsDocument, { after: '331' });
    const next = take(events, 1);
    await write('without Redis');
    expect((await next)[0]?.engineEvents).toMatchObject({ seq: '332' });
    await events.return?.();
    await late.stop();
    await redis.start();
  });
});
