import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CreateApiKeyDocument } from '../../operations/generated/graphql.ts';
import { raiseAlerts } from '../../src/control/alert-intake/index.ts';
import { createChannel } from '../../src/reliability/channels/index.ts';
import { FakeSlack, WebhookReceiver } from '../kit/channel-servers.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { type TestScope, testScope, testSource } from '../kit/scope.ts';
import { ADMIN_TOKEN, createApiClient } from '../kit/server.ts';

/*
 * The real program is killed once while it does everything at the same time: two messages are on their way to servers
 * that do not answer, the router is in the middle of a look, and three jobs of the table are in the middle of their work
 * (a trigger waits there for a lock that the test holds). Then time passes and it is started again.
 */
const LOCK = 4721;
const HOLD = `
  CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(${LOCK}, hashtext(NEW.tenant_id::text));
    RETURN NEW;
  END $$;
  CREATE TRIGGER hold_router BEFORE INSERT ON alert_notification FOR EACH ROW EXECUTE FUNCTION test_hold();
  CREATE TRIGGER hold_summary BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION test_hold();
  CREATE TRIGGER hold_retention BEFORE INSERT ON retention_day FOR EACH ROW EXECUTE FUNCTION test_hold();
  CREATE TRIGGER hold_rotation BEFORE INSERT ON decision FOR EACH ROW
    WHEN (NEW.kind = 'control.key-rotation') EXECUTE FUNCTION test_hold();`;
/** Instants that no clock comes back to; the day of the summary is that of its instant in London. */
const JOBS = {
  'key-rotation': '2026-03-03T01:45:00Z',
  'ops-summary': '2026-03-03T09:00:00Z',
  'retention-aggregation': '2026-03-03T00:05:00Z',
};

const url = serviceUrl('DATABASE_URL');
const redis = serviceUrl('REDIS_URL');

describe.skipIf(!url || !redis)(
  'kill -9 while alerts are told and jobs run (needs DATABASE_URL and REDIS_URL)',
  () => {
    let db: OpenTestDatabase;
    let owner: pg.Client;
    let program: Program;
    let sending: TestScope;
    let routed: TestScope;
    let working: TestScope;
    const receiver = new WebhookReceiver();
    const reports = new WebhookReceiver();
    const slack = new FakeSlack();

    const start = () =>
      startProgram({
        ...{ DATABASE_URL: String(db.connection.connectionString), REDIS_URL: String(redis), ADMIN_TOKEN },
        ...{ DATABASE_POOL_SIZE: '20', ALLOW_PRIVATE_ADDRESSES: 'true' },
        JOBS_DISABLED: 'engine-cycle,slo-watchdog,autoscale,health-checks,anomaly-retrain',
      });
    const rows = async <Row extends object>(text: string, values: unknown[] = []): Promise<Row[]> =>
      (await owner.query<Row>(text, values)).rows;
    const clientOf = async ({ tenant }: TestScope) =>
      createApiClient(await program.url(), ADMIN_TOKEN, tenant.slug);
    const webhook = ({ scope }: TestScope, { url: to, secret }: WebhookReceiver, getsReports: boolean) =>
      createChannel(scope, {
        ...{ name: 'hook', kind: 'WEBHOOK', getsReports, settings: { url: to, signingSecret: secret } },
      });

    beforeAll(async () => {
      db = await testDatabase();
      owner = new pg.Client(String(db.connection.connectionString));
      await owner.connect();
      await owner.query(HOLD);
      for (const server of [receiver, reports, slack]) await server.start();
      const now = new Date();
      [sending, routed, working] = [
        await testScope(db.database, { now }),
        await testScope(db.database, { now }),
        await testScope(db.database, { now }),
      ];
      await webhook(sending, receiver, false);
      await createChannel(sending.scope, { name: 'ops', kind: 'SLACK', settings: { url: slack.webhookUrl } });
      await webhook(routed, receiver, false);
      await webhook(working, reports, true);
      receiver.faults = ['hang'];
      slack.faults = ['hang'];
      program = start();
      await begin();
      await killInTheMiddle();
    }, 180_000);
    afterAll(async () => {
      await program?.kill('SIGKILL');
      for (const server of [receiver, reports, slack]) await server.stop();
      await owner?.end();
      await db?.close();
    });

    async function begin() {
      const { createApiKey } = await (await clientOf(working)).run(CreateApiKeyDocument, {
        input: { name: 'Old', scopes: ['VIEWER'] },
      });
      expect(createApiKey.__typename).toBe('CreateApiKeyPayload');
      await owner.query(
        "UPDATE key_registration SET next_rotation_at = now() - interval '1 hour' WHERE tenant_id = $1",
        [working.scope.tenantId],
      );
      for (const { scope } of [routed, working])
        await owner.query(`SELECT pg_advisory_lock(${LOCK}, hashtext($1))`, [scope.tenantId]);
      for (const { scope } of [sending, routed]) {
        const alert = {
          level: 'critical',
          type: 'DOWN',
          component: 'checkout',
          message: 'Checkout is down',
        } as const;
        await scope.db.tx((tx) => raiseAlerts(scope, tx, [alert]));
      }
      const { jobs } = testSource(db.database);
      const { tenantId } = working.scope;
      await jobs.start();
      await db.database.directory.tx(async (tx) => {
        for (const [job, scheduledFor] of Object.entries(JOBS)) {
          await tx.run(
            `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status) VALUES ($1, $2, $3, 'QUEUED')`,
            [job, tenantId, scheduledFor],
          );
          const data = { job, tenantId, scheduledFor };
          await jobs.enqueue(tx, 'schedule-run-long', [{ data, singletonKey: `${job}:${tenantId}` }]);
        }
      });
      await jobs.stop(0);
    }

    const runs = async (): Promise<string[]> =>
      (
        await rows<{ line: string }>(
          `SELECT concat_ws(' ', job, status, attempt) AS line FROM schedule_run WHERE tenant_id = $1
         AND scheduled_for < '2026-04-01' ORDER BY job`,
          [working.scope.tenantId],
        )
      ).map(({ line }) => line);
    const count = async (table: string, { scope }: TestScope, where = 'true'): Promise<number> =>
      (
        await rows<{ n: number }>(
          `SELECT count(*)::int AS n FROM ${table} WHERE tenant_id = $1 AND ${where}`,
          [scope.tenantId],
        )
      )[0]?.n ?? 0;

    /** Who waits for the test; not who waits for another lock of the product. */
    const held = async (): Promise<number> =>
      (
        await rows(
          `SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE d.datname = current_database()
         AND l.locktype = 'advisory' AND l.classid = ${LOCK} AND l.objsubid = 2 AND NOT l.granted`,
        )
      ).length;

    async function killInTheMiddle() {
      await eventually('everything is under way', async () => {
        return (await held()) === 4 && receiver.calls.length === 1 && slack.calls.length === 1;
      });
      expect(await program.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      await owner.query('SELECT pg_advisory_unlock_all()');
      await eventually('nobody writes any more', async () => (await held()) === 0);
      // What the dead leaves: attempts nobody knows the end of, runs without a runner, and nothing half-done.
      expect(await count('effect', sending, "status = 'SENDING'")).toBe(2);
      expect(await runs()).toEqual(Object.keys(JOBS).map((job) => `${job} RUNNING 1`));
      expect(await count('alert_notification', routed)).toBe(0);
      expect(await count('report', working)).toBe(0);
      // Time passes: leases run out, runs are beyond their time-outs, the queue tries its jobs again.
      await owner.query('UPDATE effect SET lease_until = clock_timestamp()');
      await owner.query('UPDATE tenant_watch SET lease_until = clock_timestamp()');
      await owner.query(
        "UPDATE schedule_run SET started_at = started_at - interval '1 hour' WHERE status = 'RUNNING'",
      );
      await owner.query("UPDATE pgboss.job SET state = 'retry', start_after = now() WHERE state = 'active'");
      program = start();
      await program.url();
    }

    test('the message of which nobody knows is sent again, under the same key', async () => {
      await eventually(
        'both are told',
        async () => (await count('alert_notification', sending, "status = 'SENT'")) === 2,
      );
      const [{ alertId } = { alertId: '' }] = await rows<{ alertId: string }>(
        `SELECT id AS "alertId" FROM alert_notification WHERE tenant_id = $1 AND channel_kind = 'WEBHOOK'`,
        [sending.scope.tenantId],
      );
      const keys = receiver.calls
        .filter(({ json }) => json.tenant === sending.tenant.slug)
        .map(({ headers }) => headers['idempotency-key']);
      expect(keys).toEqual([alertId, alertId]);
      expect(receiver.taken.get(alertId)).toMatchObject({ type: 'alert.firing', level: 'critical' });
      // Slack knows no keys: what it may have shown already is shown again rather than lost (docs/alerts.md).
      expect([slack.calls.length, slack.texts.length]).toEqual([2, 1]);
      expect(await count('alert', sending)).toBe(1);
    });

    test('the alert whose routing was cut off is told once', async () => {
      await eventually(
        'it is told',
        async () => (await count('alert_notification', routed, "status = 'SENT'")) === 1,
      );
      // The installation's channels of the environment, which are not there, stand beside it.
      expect(await count('alert_notification', routed, "status <> 'SKIPPED_NOT_CONFIGURED'")).toBe(1);
      expect(receiver.calls.filter(({ json }) => json.tenant === routed.tenant.slug)).toHaveLength(1);
      expect(await count('alert_intake', routed)).toBe(0);
      expect(await count('alert', routed, 'count = 1')).toBe(1);
    });

    test('runs are taken up, each once, and have done their work once', async () => {
      const ended = Object.keys(JOBS).map((job) => `${job} COMPLETED 2`);
      await eventually('all have ended', async () =>
        (await runs()).every((line) => line.includes('COMPLETED')),
      );
      await eventually('the report is sent', async () => reports.taken.size >= 1);
      await eventually('the queue is empty', async () => {
        const open = await rows(
          "SELECT 1 FROM pgboss.job WHERE name LIKE 'schedule-run%' AND state <= 'active'",
        );
        return open.length === 0;
      });
      // The queue had two jobs for each by then: that of the dead, and that of whoever reclaimed its run.
      expect(await runs()).toEqual(ended);
      expect(await count('report', working, "at < '2026-04-01'")).toBe(1);
      expect(reports.calls.filter(({ json }) => String(json.reportKey).endsWith('2026-03-03'))).toHaveLength(
        1,
      );
      expect(await count('retention_day', working, "day < '2026-04-01'")).toBe(1);
      expect(await count('decision', working, "kind = 'control.key-rotation'")).toBe(1);
      expect(await count('alert', working, "type = 'KEY_DUE' AND count = 1")).toBe(1);
      expect(await count('alert', working, "type IN ('JOB_FAILED', 'JOB_OVERRUN')")).toBe(0);
    });
  },
);
