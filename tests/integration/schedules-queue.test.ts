import { afterAll, beforeAll, expect, test } from 'vitest';
import { enqueueInstants, startWorkers } from '../../src/engine/index.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import type { TenantInfo } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually } from '../kit/process.ts';
import { at, type Instance, instance, job, ledger, told } from '../kit/schedules.ts';

/*
 * The way through the real queue: workers that fetch, dead letters, and another round for them.
 */
let db: OpenTestDatabase;
let one: Instance;
let tenant: TenantInfo;
let isBroken = true;
const MONDAY = at('2026-01-12T02:10:00Z');

beforeAll(async () => {
  db = await testDatabase();
  one = instance(db.database, 'one', [
    job('quick', '*/5 * * * *'),
    job('daily', '5 0 * * *', { catchUp: 'ALL', timeoutSec: 600 }),
    job('weekly', '10 2 * * 1', {
      catchUp: 'LATEST',
      work: async (scope) => {
        if (isBroken && scope.tenant.slug === 'shop') throw new Error('The supplier is away.');
      },
    }),
  ]);
  one.set(at('2026-01-12T02:10:05Z'));
  tenant = await one.createTenant('shop', at('2026-01-01T12:00:00Z'));
  await db.database.directory.run('UPDATE tenant SET created_at = $2 WHERE id = $1', [
    PLATFORM_TENANT,
    at('2026-01-12T00:00:00Z'),
  ]);
  await one.jobs.start();
  await startWorkers({ ...one, runner: undefined as never });
});
afterAll(async () => {
  await one?.jobs.stop(1_000);
  await db?.close();
});

const statuses = async (name: string) =>
  (await ledger(one, name, 'shop')).map(({ status, attempt }) => `${status} ${attempt}`);

test('workers take what was enqueued; days are made up for one after the other; what fails becomes a dead letter', async () => {
  // Two tries are used up already, so that nobody has to wait for the queue's pauses between tries.
  await db.database.directory.run(
    `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status, attempt) VALUES ('weekly', $1, $2, 'QUEUED', 2)`,
    [tenant.id, MONDAY],
  );
  await db.database.directory.tx((tx) =>
    one.jobs.enqueue(tx, 'schedule-run', [
      {
        data: { job: 'weekly', tenantId: tenant.id, scheduledFor: MONDAY.toISOString() },
        singletonKey: `weekly:${tenant.id}`,
      },
    ]),
  );
  const days = ['10', '11', '12'].map((day) => ({ job: 'daily', instant: at(`2026-01-${day}T00:05:00Z`) }));
  const minutes = [{ job: 'quick', instant: at('2026-01-12T02:10:00Z') }];
  expect(await enqueueInstants(one, [...days, ...minutes], { isTick: false })).toBe(3 + 1 + 2);

  await eventually('all of it has ended', async () => {
    const open = await db.database.directory.row(
      "SELECT 1 FROM schedule_run WHERE status IN ('QUEUED', 'RUNNING')",
    );
    return !open;
  });
  expect(await statuses('quick')).toEqual(['COMPLETED 1']);
  expect(await statuses('daily')).toEqual(['COMPLETED 1', 'COMPLETED 1', 'COMPLETED 1']);
  expect(one.did.filter((line) => line.startsWith('daily shop'))).toEqual(
    days.map(({ instant }) => `daily shop ${instant.toISOString()}`),
  );
  expect(await statuses('weekly')).toEqual(['FAILED 3']);
  expect(await told(one, tenant)).toEqual(['FIRE error JOB_FAILED weekly']);
  await eventually(
    'the dead letter lies there',
    async () => (await one.jobs.counts())['schedule-run']?.dead === 1,
  );
  expect((await one.jobs.counts())['schedule-run-long']).toEqual({ waiting: 0, active: 0, dead: 0 });
});

test('a dead letter gets another round, at most as many as asked for, and its run is tried from the start', async () => {
  isBroken = false;
  expect(await one.jobs.requeueDead(0)).toBe(0);
  // Another tenant's wish moves nobody's letter but its own, and it does not see that there is one.
  const stranger = '11111111-1111-4111-8111-111111111111';
  expect(await one.jobs.requeueDead(10, stranger)).toBe(0);
  expect((await one.jobs.counts(stranger))['schedule-run']?.dead).toBe(0);
  expect((await one.jobs.counts(tenant.id))['schedule-run']?.dead).toBe(1);
  expect(await one.jobs.requeueDead(10)).toBe(1);
  expect(await one.jobs.requeueDead(10)).toBe(0);
  await eventually('it has run', async () => (await statuses('weekly')).includes('COMPLETED 1'));
  expect((await one.jobs.counts())['schedule-run']?.dead).toBe(0);
});
