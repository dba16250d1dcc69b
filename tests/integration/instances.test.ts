import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CyclesDocument,
  EngineEventsDocument,
  ExecuteCycleDocument,
  StartEngineDocument,
  StopEngineDocument,
  TenantDocument,
} from '../../operations/generated/graphql.ts';
import { enqueueCycles, PHASES } from '../../src/engine/index.ts';
import { MINUTE_MS } from '../../src/kernel/time.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { createScope, SYSTEM_ACTOR, type TenantInfo } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, serviceUrl } from '../kit/process.ts';
import { ADMIN_TOKEN, startServer, type TestServer, take } from '../kit/server.ts';

const log = createLogger('silent', false);
const needsServer = serviceUrl('DATABASE_URL') === undefined;

/** The minute after the tenants were made: everything due then is due for the first time. */
const nextMinute = () => new Date(Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS);

describe.skipIf(needsServer)('two instances on one database (needs DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  let one: TestServer;
  let two: TestServer;

  beforeAll(async () => {
    db = await testDatabase();
    one = await startServer({ database: db, redisUrl: undefined });
    two = await startServer({ database: db, redisUrl: undefined });
    // Enqueueing works as on a running instance, but nobody works the queue off.
    for (const { app } of [one, two]) await app.source.jobs.start();
  });
  afterAll(async () => {
    await one?.stop();
    await two?.stop();
    await db?.close();
  });

  const clockOf = ({ app }: TestServer) => ({
    ...{ directory: app.database.directory, jobs: app.source.jobs, log, clock: () => new Date() },
    ...{ owner: app.owner, table: [], hasCycles: true },
    scopeFor: (tenant: TenantInfo, now: Date) => createScope(app.source, tenant, SYSTEM_ACTOR, now),
  });
  const ledger = (server: TestServer) =>
    server.app.database.directory.rows<{ tenantId: string; at: Date; n: number; status: string }>(
      `SELECT tenant_id AS "tenantId", scheduled_for AS at, count(*)::int AS n, min(status) AS status FROM schedule_run
       WHERE job = 'engine-cycle' GROUP BY 1, 2 ORDER BY 2, 1`,
    );
  const jobs = async (server: TestServer) =>
    (
      await server.app.database.executeSql(
        `SELECT data ->> 'tenantId' AS tenant, data ->> 'scheduledFor' AS at, state FROM pgboss.job WHERE name = 'tenant-cycle'`,
      )
    ).rows as { tenant: string; at: string; state: string }[];

  test('each (tenant, instant) is claimed once and enqueued at most once, however many instances tick', async () => {
    for (let n = 0; n < 10; n++) await one.createTenant({ slug: `often-${n}`, cycleIntervalSec: 60 });
    const rare = await one.createTenant({ slug: 'hourly' });
    const stopped = await one.createTenant({ slug: 'stopped', cycleIntervalSec: 60 });
    await one.client(ADMIN_TOKEN, 'stopped').run(StopEngineDocument);
    const start = nextMinute();
    const minutes = Array.from({ length: 60 }, (_, n) => new Date(start.getTime() + n * MINUTE_MS));
    await Promise.all(
      minutes.flatMap((minute) =>
        [one, two, one, two].map((server) => enqueueCycles(clockOf(server), minute, false)),
      ),
    );
    const rows = await ledger(one);
    expect(rows.every(({ n }) => n === 1)).toBe(true);
    expect(rows).toHaveLength(10 * 60 + 1);
    expect(rows.filter(({ tenantId }) => tenantId === stopped.id)).toEqual([]);
    const hourly = rows.filter(({ tenantId }) => tenantId === rare.id);
    expect(hourly.map(({ at }) => at.getUTCMinutes())).toEqual([rare.cycleMinute]);
    // Nobody works yet: of each tenant one job waits, and the other instants are on record as overrun.
    const queued = await jobs(one);
    expect(queued).toHaveLength(11);
    expect(new Set(queued.map(({ tenant }) => tenant)).size).toBe(11);
    expect(rows.filter(({ status }) => status === 'QUEUED')).toHaveLength(11);
    expect(rows.filter(({ status }) => status === 'SKIPPED_OVERLAP')).toHaveLength(10 * 59);
  });

  test('a catch-up claims the latest instant only, and nothing twice', async () => {
    const before = await ledger(one);
    const end = new Date(Math.max(...before.map(({ at }) => at.getTime())) + 90 * MINUTE_MS);
    await Promise.all([one, two, one, two].map((server) => enqueueCycles(clockOf(server), end, true)));
    const added = (await ledger(one)).filter(
      (row) =>
        !before.some(({ tenantId, at }) => tenantId === row.tenantId && at.getTime() === row.at.getTime()),
    );
    expect(added).toHaveLength(11);
    expect(
      added.every(({ n, at }) => n === 1 && at <= end && end.getTime() - at.getTime() < 60 * MINUTE_MS),
    ).toBe(true);
  });

  test('an event committed by one instance reaches the subscriber of the other without Redis', async () => {
    await one.createTenant({ slug: 'alone' });
    const events = two.client(ADMIN_TOKEN, 'alone').subscribe(EngineEventsDocument, { after: '0' });
    await one.client(ADMIN_TOKEN, 'alone').run(StopEngineDocument);
    const [first] = await take(events, 1);
    expect(first?.engineEvents).toMatchObject({ seq: '1', type: 'ENGINE_STOPPED' });
    const second = take(events, 1);
    await sleep(200);
    const asked = performance.now();
    await one.client(ADMIN_TOKEN, 'alone').run(StartEngineDocument);
    expect((await second)[0]?.engineEvents).toMatchObject({ seq: '2', type: 'ENGINE_STARTED' });
    expect(performance.now() - asked).toBeLessThan(15_000);
    await events.return?.();
  });

  test('two calls at once to two instances run one cycle', async () => {
    await one.createTenant({ slug: 'race' });
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        (n % 2 ? one : two).client(ADMIN_TOKEN, 'race').run(ExecuteCycleDocument, { input: {} }),
      ),
    );
    const ids = answers.flatMap(({ executeCycle }) =>
      executeCycle.__typename === 'ExecuteCyclePayload' ? [executeCycle.cycle.id] : [],
    );
    const { cycles } = await one.client(ADMIN_TOKEN, 'race').run(CyclesDocument, {});
    // A call that comes when the first cycle has just ended may start another one; none may run beside it.
    expect(new Set(ids)).toEqual(new Set(cycles.edges.map(({ node }) => node.id)));
    const log = await one.app.tenantScope('race').then(({ db, events }) => events.read(db, 0n, 1000));
    let running = 0;
    for (const { type } of log) {
      running += type === 'CYCLE_STARTED' ? 1 : type === 'CYCLE_COMPLETED' ? -1 : 0;
      expect(running).toBeLessThanOrEqual(1);
    }
  });
});

describe.skipIf(needsServer)('two workers and a web instance (needs DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  const servers: TestServer[] = [];

  beforeAll(async () => {
    db = await testDatabase();
    for (const isWorker of [true, true, false]) servers.push(await startServer({ database: db, isWorker }));
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    await db?.close();
  });

  test('every due cycle runs once, while the web instance answers and streams', async () => {
    const [one, two, web] = servers as [TestServer, TestServer, TestServer];
    const slugs = Array.from({ length: 8 }, (_, n) => `due-${n}`);
    for (const slug of slugs) await one.createTenant({ slug, cycleIntervalSec: 60 });
    const events = web.client(ADMIN_TOKEN, 'due-0').subscribe(EngineEventsDocument, { after: '0' });
    // A cycle without data: two events of its own and two a phase.
    const story = take(events, 2 + 2 * PHASES.length);
    const minute = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
    // As if the tenants had been there a minute ago.
    await db.database.directory.run("UPDATE tenant SET created_at = created_at - interval '2 minutes'");
    await Promise.all([one.app.startAutomation(), two.app.startAutomation()]);
    const scope = { directory: db.database.directory };
    await eventually('every tenant’s cycle of this minute has run', async () => {
      const { tenant } = await web.client(ADMIN_TOKEN, 'due-3').run(TenantDocument);
      expect(tenant.slug).toBe('due-3');
      const rows = await scope.directory.rows<{ status: string }>(
        `SELECT status FROM schedule_run WHERE job = 'engine-cycle' AND scheduled_for = $1`,
        [minute],
      );
      return rows.length === slugs.length && rows.every(({ status }) => status === 'COMPLETED');
    });
    for (const slug of slugs) {
      const { cycles } = await web.client(ADMIN_TOKEN, slug).run(CyclesDocument, {});
      const ofMinute = cycles.edges.filter(({ node }) => node.asOf === minute.toISOString());
      expect(ofMinute.map(({ node }) => [node.trigger, node.status, node.attempt])).toEqual([
        ['SCHEDULE', 'COMPLETED', 1],
      ]);
    }
    const types = (await story).map(({ engineEvents }) => engineEvents.type);
    expect([types[0], types.at(-1)]).toEqual(['CYCLE_STARTED', 'CYCLE_COMPLETED']);
    await events.return?.();
    const owners = await scope.directory.rows<{ owner: string }>(
      `SELECT DISTINCT owner FROM schedule_run WHERE job = 'engine-cycle'`,
    );
    expect(owners.map(({ owner }) => owner)).not.toContain(web.app.owner);
  });
});
