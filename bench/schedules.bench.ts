import { randomUUID } from 'node:crypto';
import { enqueueInstants, type Job, type JobOptions, startWorkers, tick } from '../src/engine/index.ts';
import { openDatabase } from '../src/platform/db/database.ts';
import type { PooledSql } from '../src/platform/db/sql.ts';
import { type OpenTestDatabase, testDatabase } from '../tests/kit/database.ts';
import { type Instance, instance } from '../tests/kit/schedules.ts';

const TENANTS = 10_000;
const MINUTE = new Date('2026-11-20T12:05:00Z');
const SENT_ONE_BY_ONE = 500;
const job: Job = {
  ...{ name: 'offer-expiry', pattern: '*/5 * * * *', timeZone: 'UTC', catchUp: 'SKIP', timeoutSec: 60 },
  ...{ description: 'Nothing.', work: async () => {} },
};

const seconds = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
};

async function addTenants(directory: PooledSql): Promise<void> {
  await directory.run(
    `INSERT INTO tenant (id, slug, name, cycle_minute, engine_status, created_at)
     SELECT gen_random_uuid(), 'bench-' || n, 'Bench', n % 60, 'STOPPED', '2026-11-01' FROM generate_series(1, $1) n`,
    [TENANTS - 1],
  );
  await directory.run("UPDATE tenant SET created_at = '2026-11-01'");
}

async function facts({
  database,
}: OpenTestDatabase): Promise<{ runs: number; keys: number; jobs: number; done: number }> {
  const { rows } = await database.executeSql(
    `SELECT (SELECT count(*)::int FROM schedule_run) AS runs,
       (SELECT count(DISTINCT (job, tenant_id, scheduled_for))::int FROM schedule_run) AS keys,
       (SELECT count(*)::int FROM schedule_run WHERE status = 'COMPLETED') AS done,
       (SELECT count(*)::int FROM pgboss.job WHERE name LIKE 'schedule-run%' AND state < 'completed') AS jobs`,
  );
  return rows[0] as never;
}

/** The least that the same rows can cost: one bulk insert into each table, and pg-boss's own way, one job at a time. */
async function baselines({ database }: OpenTestDatabase, { jobs }: JobOptions) {
  const { directory } = database;
  const tenants = await directory.rows<{ id: string }>('SELECT id FROM tenant');
  const bulk = await seconds(() =>
    directory.tx(async (tx) => {
      await tx.run(
        `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status) SELECT 'bare', id, $1, 'QUEUED' FROM tenant`,
        [MINUTE],
      );
      const data = tenants.map(({ id }) => ({
        data: { job: 'bare', tenantId: id },
        singletonKey: `bare:${id}`,
      }));
      await jobs.enqueue(tx, 'schedule-run', data);
    }),
  );
  const single = await seconds(async () => {
    for (let n = 0; n < SENT_ONE_BY_ONE; n++) {
      await directory.tx(async (tx) => {
        await tx.run(
          `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status) VALUES ('single', $1, $2, 'QUEUED')`,
          [randomUUID(), MINUTE],
        );
        await jobs.enqueue(tx, 'schedule-run', [{ data: { job: 'single' }, singletonKey: `single:${n}` }]);
      });
    }
  });
  await clear(directory, database);
  return { bulk, single: (single / SENT_ONE_BY_ONE) * TENANTS };
}

async function clear(directory: PooledSql, database: OpenTestDatabase['database']): Promise<void> {
  await directory.run('DELETE FROM schedule_run');
  await database.executeSql("DELETE FROM pgboss.job WHERE name LIKE 'schedule-run%'");
}

/** Works the queue off on two instances, through pg-boss as in production. */
async function workOff(db: OpenTestDatabase, instances: readonly Instance[]): Promise<number> {
  return seconds(async () => {
    for (const one of instances) await startWorkers({ ...one, runner: undefined as never });
    while ((await facts(db)).done < TENANTS) await new Promise((resolve) => setTimeout(resolve, 100));
  });
}

/** 10,000 tenants due in one minute: how long until each has its job, once, on two instances. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const url = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const db = await testDatabase(url);
  const other = openDatabase(db.connection, () => {});
  const instances = [instance(db.database, 'one', [job]), instance(other, 'two', [job])];
  try {
    await addTenants(db.database.directory);
    for (const one of instances) {
      one.set(MINUTE);
      await one.jobs.start();
    }
    const [first] = instances as [Instance];
    await baselines(db, first);
    const base = await baselines(db, first);
    await enqueueInstants(first, [{ job: job.name, instant: new Date(MINUTE.getTime() - 300_000) }], {
      isTick: true,
    });
    await clear(first.directory, db.database);
    const both = await seconds(() => Promise.all(instances.map((one) => tick(one, MINUTE))));
    const enqueued = await facts(db);
    if (enqueued.runs !== TENANTS || enqueued.keys !== TENANTS || enqueued.jobs !== TENANTS) {
      throw new Error(`Not each once: ${JSON.stringify(enqueued)}`);
    }
    const again = await seconds(() => tick(instances[1] as Instance, MINUTE));
    const worked = await workOff(db, instances);
    const { rows } = await db.database.executeSql(
      `SELECT pg_total_relation_size('schedule_run') / ${TENANTS} AS bytes`,
    );
    return {
      name: `schedules: ${TENANTS.toLocaleString('en')} tenants due in one minute, two instances`,
      figures: {
        'claimed and enqueued, each once, s': both.toFixed(2),
        'bare bulk inserts of the same rows, s': base.bulk.toFixed(2),
        'ratio to bare bulk inserts': (both / base.bulk).toFixed(2),
        'one claim and one job at a time, s': base.single.toFixed(1),
        'times faster than one at a time': Math.round(base.single / both),
        'a tick that comes too late, s': again.toFixed(2),
        'worked off by both, runs/s': Math.round(TENANTS / worked),
        'ledger with indexes and dead versions, bytes a run': Number((rows[0] as { bytes: bigint }).bytes),
      },
      goal: 'each once; ≤ 5 s; ≤ 3 × bare bulk inserts',
    };
  } finally {
    for (const one of instances) await one.jobs.stop(1_000);
    await other.close();
    await db.close();
  }
}
