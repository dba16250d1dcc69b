import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  catchUp,
  endRun,
  enqueueInstants,
  JOBS,
  jobTable,
  pauseJob,
  pruneLedger,
  reclaimDead,
  tick,
} from '../../src/engine/index.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import { type Database, openDatabase } from '../../src/platform/db/database.ts';
import type { TenantInfo } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import {
  at,
  carry,
  drain,
  type Instance,
  instance,
  job,
  ledger,
  minutes,
  take,
  told,
} from '../kit/schedules.ts';

/*
 * The clock is the test's: ticks, catch-ups and reclaims are called, nothing is waited for.
 */
let db: OpenTestDatabase;
/** A second instance's connections; the embedded database has one process, so there it shares them. */
let other: Database;
let tenant: TenantInfo;
const START = at('2026-01-12T00:00:00Z');

beforeAll(async () => {
  db = await testDatabase();
  other = process.env.DATABASE_URL ? openDatabase(db.connection, () => {}) : db.database;
  tenant = await instance(db.database, 'setup', []).createTenant('shop', at('2026-01-01T12:00:00Z'));
  await db.database.directory.run('UPDATE tenant SET created_at = $2 WHERE id = $1', [
    PLATFORM_TENANT,
    at('2026-01-01T12:00:00Z'),
  ]);
});
afterAll(async () => {
  if (other !== db.database) await other.close();
  await db.close();
});
beforeEach(async () => {
  const { directory } = db.database;
  await directory.run('DELETE FROM schedule_run');
  await directory.run('DELETE FROM schedule_pause');
  await db.database.executeSql('DELETE FROM pgboss.job');
  await db.database.forTenant(tenant.id).run('DELETE FROM alert_intake');
});

const key = (name: string) => ({ job: name, tenantId: tenant.id });

describe('two instances', () => {
  test('ten hours: each (job, tenant, instant) has one row and is done once', async () => {
    const table = [
      job('often', '*/5 * * * *'),
      job('hourly', '10 * * * *', { catchUp: 'LATEST' }),
      job('nightly', '30 1 * * *', { catchUp: 'LATEST' }),
    ];
    const [one, two] = [instance(db.database, 'one', table), instance(other, 'two', table)];
    await minutes([one, two], START, at('2026-01-12T10:00:00Z'));
    await Promise.all([catchUp(one), catchUp(two)]);
    const counts = { often: 120, hourly: 10, nightly: 1 };
    for (const [name, count] of Object.entries(counts)) {
      for (const slug of ['platform', 'shop']) {
        const rows = await ledger(one, name, slug);
        expect([name, slug, rows.length]).toEqual([name, slug, count]);
        expect(new Set(rows.map((row) => row.at)).size).toBe(count);
        expect(new Set(rows.map(({ status, attempt }) => `${status} ${attempt}`))).toEqual(
          new Set(['COMPLETED 1']),
        );
      }
    }
    const done = [...one.did, ...two.did];
    expect(done).toHaveLength(2 * (120 + 10 + 1));
    expect(new Set(done).size).toBe(done.length);
  });

  test('a hundred at once claim an instant once, and enqueue one job per tenant', async () => {
    const table = [job('often', '*/5 * * * *')];
    const instances = Array.from({ length: 8 }, (_, n) =>
      instance(n % 2 ? other : db.database, `i${n}`, table),
    );
    for (const one of instances) await one.jobs.start();
    const due = [{ job: 'often', instant: START }];
    const claims = Array.from({ length: 100 }, (_, n) => instances[n % 8] as Instance);
    const won = await Promise.all(claims.map((one) => enqueueInstants(one, due, { isTick: true })));
    for (const one of instances) await one.jobs.stop(0);
    expect(won.sort()).toEqual([...new Array<number>(99).fill(0), 2]);
    const { rows } = await db.database.executeSql(
      `SELECT singleton_key AS key FROM pgboss.job WHERE name = 'schedule-run' ORDER BY 1`,
    );
    expect(rows).toEqual([{ key: `often:${PLATFORM_TENANT}` }, { key: `often:${tenant.id}` }]);
  });

  test('a run whose instance was killed goes to another one after its time-out, and fails the third time', async () => {
    const table = [job('often', '*/5 * * * *', { timeoutSec: 60 })];
    const [one, two] = [instance(db.database, 'one', table), instance(other, 'two', table)];
    one.set(START);
    await tick(one, START);
    const killed = await take(one, key('often'));
    expect(killed).toMatchObject({ scheduledFor: START, attempt: 1, tenant: { slug: 'shop' } });
    // One run of a job of a tenant at a time, whoever asks.
    expect(await take(two, key('often'))).toBeNull();
    await drain(two);

    two.set(at('2026-01-12T00:01:29Z'));
    expect(await reclaimDead(two)).toBe(0);
    two.set(at('2026-01-12T00:01:31Z'));
    expect(await Promise.all([reclaimDead(two), reclaimDead(one)])).toContain(1);
    const again = await take(two, key('often'));
    expect(again).toMatchObject({ scheduledFor: START, attempt: 2, owner: 'two' });
    // The first one was not dead after all: it comes too late.
    if (!killed || !again) throw new Error('It was not taken.');
    expect(await endRun(one.directory, killed, { status: 'COMPLETED', at: START })).toMatchObject({
      isMine: false,
    });

    two.set(at('2026-01-12T00:04:00Z'));
    await reclaimDead(two);
    expect(await take(two, key('often'))).toMatchObject({ attempt: 3 });
    two.set(at('2026-01-12T00:08:00Z'));
    await reclaimDead(two);
    const [row] = await ledger(one, 'often', 'shop');
    expect(row).toMatchObject({ status: 'FAILED', attempt: 3, error: expect.stringContaining('died') });
    expect(await told(one, tenant)).toEqual(['FIRE error JOB_FAILED often']);
  });
});

describe('what was missed', () => {
  const table = [
    job('ops-summary', '0 9 * * *', { timeZone: 'Europe/London', catchUp: 'LATEST', lateHours: 6 }),
    job('slo-watchdog', '*/5 * * * *'),
    job('retention-aggregation', '5 0 * * *', { catchUp: 'ALL', limit: 31 }),
    job('cost-prediction', '10 2 * * 1', { catchUp: 'LATEST' }),
  ];
  const restarted = async (now: string) => {
    const one = instance(db.database, 'one', table);
    one.set(at(now));
    await catchUp(one);
    await drain(one);
    return one;
  };
  const ofShop = (did: string[], name: string) =>
    did.filter((line) => line.startsWith(`${name} shop `)).map((line) => line.split(' ')[2]);

  test('down from 07:00 to 10:00 in winter: the summary once, the watchdog not', async () => {
    const before = instance(db.database, 'before', table);
    await minutes([before], at('2026-01-12T06:50:00Z'), at('2026-01-12T07:00:00Z'));
    expect(ofShop(before.did, 'slo-watchdog')).toHaveLength(2);
    const after = await restarted('2026-01-12T10:00:00Z');
    await catchUp(after);
    await drain(after);
    expect(ofShop(after.did, 'ops-summary')).toEqual(['2026-01-12T09:00:00.000Z']);
    expect(ofShop(after.did, 'slo-watchdog')).toEqual([]);
  });

  test.each([
    ['2026-01-12T15:00:00Z', ['2026-01-12T09:00:00.000Z']],
    ['2026-01-12T15:00:01Z', []],
    // In summer it is 08:00Z.
    ['2026-06-15T14:00:00Z', ['2026-06-15T08:00:00.000Z']],
    ['2026-06-15T14:30:00Z', []],
  ])('the summary is at most six hours late: at %s', async (now, expected) => {
    expect(ofShop((await restarted(now)).did, 'ops-summary')).toEqual(expected);
  });

  test('three missed days are three runs, oldest first; one Monday of many is one', async () => {
    const before = instance(db.database, 'before', table);
    await minutes([before], at('2026-01-05T00:00:00Z'), at('2026-01-05T03:00:00Z'));
    await before.directory.run('DELETE FROM schedule_run WHERE scheduled_for < $1', [
      at('2026-01-05T00:00:00Z'),
    ]);
    for (const day of [2, 3, 4, 6, 7, 8, 9, 10, 11]) {
      await enqueueInstants(
        before,
        [{ job: 'retention-aggregation', instant: at(`2026-01-${String(day).padStart(2, '0')}T00:05:00Z`) }],
        { isTick: false },
      );
    }
    await drain(before);
    const { did } = await restarted('2026-01-14T12:00:00Z');
    expect(ofShop(did, 'retention-aggregation')).toEqual(
      ['12', '13', '14'].map((day) => `2026-01-${day}T00:05:00.000Z`),
    );
    expect(ofShop(did, 'cost-prediction')).toEqual(['2026-01-12T02:10:00.000Z']);
  });

  test('nobody makes up for what was before its creation', async () => {
    const young = await instance(db.database, 'setup', []).createTenant('young', at('2026-01-13T12:00:00Z'));
    const { did } = await restarted('2026-01-14T12:00:00Z');
    expect(did.filter((line) => line.includes(' young ')).sort()).toEqual([
      'ops-summary young 2026-01-14T09:00:00.000Z',
      'retention-aggregation young 2026-01-14T00:05:00.000Z',
    ]);
    await db.database.directory.run('DELETE FROM tenant WHERE id = $1', [young.id]);
  });

  test('what passes while a job is paused is skipped for good; the installation pauses for all', async () => {
    const one = instance(db.database, 'one', table);
    const pause = (tenantId: string, isPaused: boolean, now: string) => {
      const whose = tenantId === PLATFORM_TENANT ? { ...tenant, id: PLATFORM_TENANT } : tenant;
      return pauseJob(one.scopeFor(whose, at(now)), { job: 'offer-expiry', isPaused, reason: 'test' });
    };
    const own = [job('offer-expiry', '5 0 * * *', { catchUp: 'ALL' })];
    const daily = instance(db.database, 'one', own);
    await pause(tenant.id, true, '2026-01-11T12:00:00Z');
    await minutes([daily], at('2026-01-12T00:00:00Z'), at('2026-01-12T00:10:00Z'));
    expect(daily.did).toEqual(['offer-expiry platform 2026-01-12T00:05:00.000Z']);
    await pause(tenant.id, false, '2026-01-12T12:00:00Z');
    await pause(PLATFORM_TENANT, true, '2026-01-12T12:00:00Z');
    await minutes([daily], at('2026-01-13T00:00:00Z'), at('2026-01-13T00:10:00Z'));
    await pause(PLATFORM_TENANT, false, '2026-01-13T12:00:00Z');
    daily.did.length = 0;
    daily.set(at('2026-01-14T12:00:00Z'));
    await catchUp(daily);
    await drain(daily);
    expect(daily.did.filter((line) => line.includes('shop')).slice(-1)).toEqual([
      'offer-expiry shop 2026-01-14T00:05:00.000Z',
    ]);
    expect(daily.did.some((line) => /2026-01-1[123]/.test(line))).toBe(false);
  });
});

describe('a job', () => {
  test('that is still open is skipped, and three times in a row is an alert that the next good run ends', async () => {
    const one = instance(db.database, 'one', [job('often', '*/5 * * * *', { timeoutSec: 900 })]);
    const minute = (n: number) => new Date(START.getTime() + n * 5 * 60_000);
    const tickAt = (n: number) => {
      one.set(minute(n));
      return tick(one, minute(n));
    };
    await tickAt(0);
    const run = await take(one, key('often'));
    for (const n of [1, 2]) await tickAt(n);
    expect(await told(one, tenant)).toEqual([]);
    await tickAt(3);
    expect((await ledger(one, 'often', 'shop')).map(({ status }) => status)).toEqual([
      ...['RUNNING', 'SKIPPED_OVERLAP', 'SKIPPED_OVERLAP', 'SKIPPED_OVERLAP'],
    ]);
    expect(await told(one, tenant)).toEqual(['FIRE warning JOB_OVERRUN often']);
    if (run) await carry(one, run);
    await tickAt(4);
    await drain(one);
    expect((await told(one, tenant)).slice(1)).toEqual(['RESOLVE info JOB_OVERRUN often']);
    await tickAt(5);
    await drain(one);
    expect(await told(one, tenant)).toHaveLength(2);
  });

  test('that fails is tried three times; the error stays, the alert says it', async () => {
    const broken = job('broken', '*/5 * * * *', {
      work: async () => {
        throw new Error('The supplier is away.');
      },
    });
    const one = instance(db.database, 'one', [broken]);
    await tick(one, START);
    for (const attempt of [1, 2, 3]) {
      const run = await take(one, key('broken'));
      expect(run?.attempt).toBe(attempt);
      if (run) expect((await carry(one, run)).outcome).toBe(attempt < 3 ? 'again' : 'failed');
    }
    const [row] = await ledger(one, 'broken', 'shop');
    expect(row).toMatchObject({ status: 'FAILED', attempt: 3, error: 'The supplier is away.' });
    expect(await told(one, tenant)).toEqual(['FIRE error JOB_FAILED broken']);
  });

  test('that runs out of time is aborted', async () => {
    let reason: unknown;
    const slow = job('slow', '*/5 * * * *', {
      timeoutSec: 0.02,
      work: (_scope, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    const one = instance(db.database, 'one', [slow]);
    await tick(one, START);
    const run = await take(one, key('slow'));
    if (run) await carry(one, run);
    expect(String(reason)).toContain('Took longer than 0.02 s.');
    expect((await ledger(one, 'slow', 'shop'))[0]).toMatchObject({ status: 'QUEUED', attempt: 1 });
  });

  test('keeps its newest 50 ticks and the failures of 14 days', async () => {
    const one = instance(db.database, 'one', []);
    await db.database.directory.run(
      `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status)
       SELECT 'offer-expiry', $1, $2::timestamptz - n * interval '6 hours', CASE WHEN n % 4 = 0 THEN 'FAILED' ELSE 'COMPLETED' END
       FROM generate_series(0, 99) n`,
      [tenant.id, START],
    );
    const scope = one.scopeFor(tenant, START);
    await scope.db.tx((tx) => pruneLedger(scope, tx, ['offer-expiry']));
    const rows = await ledger(one, 'offer-expiry', 'shop');
    // Hours 0 to 294 back, and of the failures the one 312 h back: 336 h are 14 days.
    expect(rows).toHaveLength(51);
    expect(rows[0]?.status).toBe('FAILED');
  });
});

test('jobs are switched off by name, and a name that no job has is refused', () => {
  expect(jobTable({ disabled: ['retention', 'engine-cycle'] }).map(({ name }) => name)).toEqual(
    JOBS.map(({ name }) => name).filter((name) => name !== 'retention'),
  );
  expect(() => jobTable({ disabled: ['retention', 'retentoin'] })).toThrow('There is no job retentoin');
  const health = jobTable({ healthCheckHours: 6 }).find(({ name }) => name === 'health-checks');
  if (health) expect(health.pattern).toBe('0 */6 * * *');
});
