import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { PgBoss } from 'pg-boss';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCycleRunner, enqueueCycles, startWorkers } from '../../src/engine/index.ts';
import { MINUTE_MS } from '../../src/kernel/time.ts';
import { installJobs, JOB_SCHEMA } from '../../src/platform/jobs/install.ts';
import type { TenantInfo } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually } from '../kit/process.ts';
import { type Instance, instance, told } from '../kit/schedules.ts';

/*
 * One tenant's cycle that hangs, or whose instance was killed, is no other tenant's business: neither in a database that
 * an older version made nor in a fresh one.
 */
let db: OpenTestDatabase;
let one: Instance;
const START = new Date('2026-11-20T12:00:00Z');
const minute = (n: number): Date => new Date(START.getTime() + n * MINUTE_MS);

beforeAll(async () => {
  db = await testDatabase();
  one = instance(db.database, 'one', []);
});
afterAll(async () => {
  await one?.jobs.stop(1_000);
  await db?.close();
});
beforeEach(() => one.set(minute(5)));

const sql = (text: string, values: unknown[] = []) => db.database.directory.rows<never>(text, values);
const newTenant = async (slug: string): Promise<TenantInfo> => {
  const tenant = await one.createTenant(slug, minute(-1));
  await sql('UPDATE tenant SET cycle_interval_sec = 60 WHERE id = $1', [tenant.id]);
  return tenant;
};

test('a queue of an older version comes under the policy with which nobody waits for the dead', async () => {
  const { executeSql } = db.database;
  await executeSql(`UPDATE ${JOB_SCHEMA}.queue SET policy = 'stately' WHERE name = 'tenant-cycle'`);
  const start = async () => {
    const boss = new PgBoss({
      ...{ db: { executeSql: executeSql as never }, schema: JOB_SCHEMA, migrate: false, createSchema: false },
      ...{ supervise: false, schedule: false },
    });
    await boss.start();
    return boss;
  };
  const names = (jobs: { data: object }[]) => jobs.map(({ data }) => (data as { name: string }).name);
  const older = await start();
  const enqueue = (key: string, name: string) => older.send('tenant-cycle', { name }, { singletonKey: key });
  await enqueue('dead', 'killed');
  expect(names(await older.fetch('tenant-cycle'))).toEqual(['killed']);
  await enqueue('dead', 'next of the dead');
  await enqueue('alive', 'of somebody else');
  // What this is about: the head of the queue may not become active, so nobody behind it is reached either.
  expect(await older.fetch('tenant-cycle')).toEqual([]);
  await older.stop({ graceful: false });

  const owner = new pg.Client(db.connection);
  await owner.connect();
  for (let again = 0; again < 2; again++) {
    await installJobs((text, values) => owner.query(text, values as never[]));
    const { rows } = await owner.query(
      `SELECT DISTINCT q.policy AS queue, j.policy AS job FROM ${JOB_SCHEMA}.queue q JOIN ${JOB_SCHEMA}.job j USING (name)
       WHERE q.name = 'tenant-cycle' AND j.state <= 'active'`,
    );
    expect(rows).toEqual([{ queue: 'short', job: 'short' }]);
  }
  await owner.end();

  const newer = await start();
  expect(names(await newer.fetch('tenant-cycle'))).toEqual(['next of the dead']);
  expect(names(await newer.fetch('tenant-cycle'))).toEqual(['of somebody else']);
  // One waits per key, as before.
  const sent = ['third', 'fourth'].map((name) =>
    newer.send('tenant-cycle', { name }, { singletonKey: 'dead' }),
  );
  expect((await Promise.all(sent)).filter((id) => id === null)).toHaveLength(1);
  await newer.deleteAllJobs('tenant-cycle');
  await newer.stop({ graceful: false });
});

/** What an instance leaves behind in the middle of a cycle; its lease runs out after `leaseSec`. */
async function leave({ id }: TenantInfo, asOf: Date, leaseSec: number): Promise<void> {
  const cycle = randomUUID();
  const scope = one.scopeFor({ id } as TenantInfo, asOf);
  await scope.db.tx(async (tx) => {
    await tx.run(
      `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status, attempt, started_at)
       VALUES ('engine-cycle', $1, $2, 'RUNNING', 1, $2)`,
      [id, asOf],
    );
    await tx.run(
      `INSERT INTO cycle (tenant_id, id, as_of, trigger, is_dry_run, status, attempt, owner, started_at)
       VALUES ($1, $2, $3, 'SCHEDULE', false, 'RUNNING', 1, 'dead', $3)`,
      [id, cycle, asOf],
    );
    await tx.run(
      `INSERT INTO cycle_claim (tenant_id, cycle_id, owner, lease_until)
       VALUES ($1, $2, 'dead', now() + make_interval(secs => $3))`,
      [id, cycle, leaseSec],
    );
  });
}

const runs = async ({ id }: TenantInfo): Promise<string[]> =>
  (
    await sql(
      `SELECT concat((extract(epoch FROM scheduled_for - $2::timestamptz) / 60)::int, ' ', status) AS line
       FROM schedule_run WHERE job = 'engine-cycle' AND tenant_id = $1 ORDER BY scheduled_for`,
      [id, START],
    )
  ).map(({ line }) => line);

test('a cycle that hangs skips its tenant’s next ones, the third in a row is told, and others run', async () => {
  const hanging = await newTenant('hanging');
  const killed = await newTenant('killed');
  const well = await newTenant('well');
  await leave(hanging, minute(0), 3_600);
  await leave(killed, minute(0), 0);
  await one.jobs.start();
  const runner = createCycleRunner({ owner: one.owner, clock: one.clock });
  await startWorkers({ ...one, runner });
  for (const n of [1, 2, 3]) {
    await enqueueCycles({ ...one, hasCycles: true }, minute(n), false);
    await eventually(`minute ${n} is over`, async () => {
      const open = await sql(
        `SELECT 1 FROM schedule_run WHERE job = 'engine-cycle' AND scheduled_for = $1 AND status IN ('QUEUED', 'RUNNING')`,
        [minute(n)],
      );
      return open.length === 0;
    });
  }
  expect(await runs(hanging)).toEqual([
    '0 RUNNING',
    '1 SKIPPED_OVERLAP',
    '2 SKIPPED_OVERLAP',
    '3 SKIPPED_OVERLAP',
  ]);
  expect(await told(one, hanging)).toEqual(['FIRE warning JOB_OVERRUN engine-cycle']);
  const ends = ['1 COMPLETED', '2 COMPLETED', '3 COMPLETED'];
  expect(await runs(well)).toEqual(ends);
  // What was cut off is ended under its own instant first, and the instant that found it has a cycle of its own.
  expect(await runs(killed)).toEqual(['0 COMPLETED', ...ends]);
  const cycles = await one.scopeFor(killed, minute(5)).db.rows(
    `SELECT status, attempt, (extract(epoch FROM as_of - $2::timestamptz) / 60)::int AS minute FROM cycle
     WHERE tenant_id = $1 ORDER BY as_of`,
    [killed.id, START],
  );
  expect(cycles).toEqual([
    { status: 'COMPLETED', attempt: 2, minute: 0 },
    ...[1, 2, 3].map((n) => ({ status: 'COMPLETED', attempt: 1, minute: n })),
  ]);
  await runner.stop();
});
