import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SchedulesDocument } from '../../operations/generated/graphql.ts';
import { MINUTE_MS } from '../../src/kernel/time.ts';
import { eventually } from '../kit/process.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';

/*
 * One instance with its clock and workers running, and traces of another one that has died.
 */
let server: TestServer;
const THIS_MINUTE = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server?.stop());

const schedules = async (slug: string) => {
  const { schedules: list } = await server.client(ADMIN_TOKEN, slug).run(SchedulesDocument);
  return Object.fromEntries(list.map((schedule) => [schedule.job, schedule]));
};

/** What an instance leaves behind that was killed in the cycle of an instant. */
async function abandon(slug: string, at: Date, jobs: number) {
  const { tenantId, db } = await server.app.tenantScope(slug);
  const cycleId = randomUUID();
  await db.tx(async (tx) => {
    await tx.run(
      `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status, attempt, started_at)
       VALUES ('engine-cycle', $1, $2, 'RUNNING', 1, $2)`,
      [tenantId, at],
    );
    await tx.run(
      `INSERT INTO cycle (tenant_id, id, as_of, trigger, is_dry_run, status, attempt, owner, started_at)
       VALUES ($1, $2, $3, 'SCHEDULE', false, 'RUNNING', 1, 'dead', $3)`,
      [tenantId, cycleId, at],
    );
    await tx.run(
      `INSERT INTO cycle_claim (tenant_id, cycle_id, owner, lease_until) VALUES ($1, $2, 'dead', now())`,
      [tenantId, cycleId],
    );
    const data = { tenantId, scheduledFor: at.toISOString() };
    for (let n = 0; n < jobs; n++) await server.app.source.jobs.enqueue(tx, 'tenant-cycle', [{ data }]);
  });
}

test('what was missed is made up for at the start, and what was abandoned is ended and written down', async () => {
  await server.createTenant({ slug: 'missed', cycleIntervalSec: 900 });
  await server.createTenant({ slug: 'young' });
  await server.createTenant({ slug: 'dead', cycleIntervalSec: 86_400 });
  const { directory } = server.app.database;
  await directory.run("UPDATE tenant SET created_at = now() - interval '2 days' WHERE slug = 'missed'");
  const at = new Date(THIS_MINUTE.getTime() - 7 * MINUTE_MS);
  await abandon('dead', at, 0);
  // The platform's jobs ran last three hours ago.
  const threeHoursAgo = new Date(THIS_MINUTE.getTime() - 180 * MINUTE_MS);
  for (const job of ['offer-expiry', 'retention']) {
    await directory.run(
      `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status)
       VALUES ($1, '00000000-0000-0000-0000-000000000000', $2, 'COMPLETED')`,
      [job, threeHoursAgo],
    );
  }
  await server.app.startAutomation();

  const missed = await eventually('the missed cycle has run', async () => {
    const found = await schedules('missed');
    return found['engine-cycle']?.lastStatus === 'COMPLETED' && found;
  });
  const last = new Date(missed['engine-cycle']?.lastScheduledFor ?? '');
  expect(last.getTime()).toBeLessThanOrEqual(Date.now());
  expect(Date.now() - last.getTime()).toBeLessThan(17 * MINUTE_MS);
  expect(new Date(missed['engine-cycle']?.nextAt ?? '').getTime() - last.getTime()).toBe(15 * MINUTE_MS);

  // retention makes up for its latest instant, offer-expiry for none.
  const retention = await eventually('retention has run', async () => {
    const found = (await schedules('missed')).retention;
    return found?.lastStatus === 'COMPLETED' && found;
  });
  expect(new Date(retention.lastScheduledFor ?? '').getUTCMinutes()).toBe(17);
  expect(Date.now() - new Date(retention.lastScheduledFor ?? '').getTime()).toBeLessThan(61 * MINUTE_MS);
  const expiry = await directory.rows<{ at: Date }>(
    `SELECT scheduled_for AS at FROM schedule_run WHERE job = 'offer-expiry' ORDER BY 1`,
  );
  expect(expiry.filter(({ at: instant }) => instant > threeHoursAgo && instant <= THIS_MINUTE)).toEqual([]);

  // A tenant that did not exist at its last instant has missed nothing.
  expect((await schedules('young'))['engine-cycle']?.lastScheduledFor).toBeNull();

  const dead = await eventually('the abandoned cycle is written down', async () => {
    const found = (await schedules('dead'))['engine-cycle'];
    return found?.lastStatus !== 'RUNNING' && found;
  });
  expect(dead).toMatchObject({
    lastScheduledFor: at.toISOString(),
    lastStatus: 'COMPLETED',
    lastError: null,
  });
});

test('the job of a cycle that was resumed elsewhere says how the cycle went, not that it was skipped', async () => {
  await server.createTenant({ slug: 'retried', cycleIntervalSec: 86_400 });
  const at = new Date(THIS_MINUTE.getTime() - 5 * MINUTE_MS);
  await abandon('retried', at, 2);
  const ended = await eventually('both jobs and the resumed cycle have ended', async () => {
    const { rows } = await server.app.database.executeSql(
      `SELECT 1 FROM pgboss.job WHERE name = 'tenant-cycle' AND state <> 'completed'`,
    );
    const found = (await schedules('retried'))['engine-cycle'];
    return rows.length === 0 && found?.lastStatus !== 'RUNNING' && found;
  });
  expect(ended).toMatchObject({
    lastScheduledFor: at.toISOString(),
    lastStatus: 'COMPLETED',
    lastError: null,
  });
});
