import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AlertDocument,
  AlertsDocument,
  HealthCheckDocument,
  HealthTrendsDocument,
  IncidentsDocument,
  SendAlertDocument,
  SloReportDocument,
} from '../../operations/generated/graphql.ts';
import { raiseAlerts } from '../../src/control/alert-intake/index.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import { HOUR_MS } from '../../src/kernel/time.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { type TestScope, testScope, testSource } from '../kit/scope.ts';
import { ADMIN_TOKEN, type Client, createApiClient } from '../kit/server.ts';
import { type TcpProxy, tcpProxy } from '../kit/tcp-proxy.ts';
import { type FakeSlack, fakeSlack, slackChannel } from './alert-kit.ts';

/*
 * The real program loses its database for 30 s while alerts fire: 20 s nobody is there, 10 s somebody takes connections
 * and says nothing. Nothing but the door between the two is touched. What other ways in are told: database-outage.test.ts.
 */
const url = serviceUrl('DATABASE_URL');
const REFUSED_MS = 20_000;
const HANGING_MS = 10_000;

interface Answer {
  status: number;
  code: string | null;
  retryAfter: string | null;
}
const AWAY: Answer = { status: 503, code: 'UNAVAILABLE', retryAfter: '2' };
const accepted = (answers: readonly Answer[]): number => answers.filter(({ code }) => code === null).length;

describe.skipIf(url === undefined)(
  'the database is gone for 30 s while alerts fire (needs DATABASE_URL)',
  () => {
    let db: OpenTestDatabase;
    let door: TcpProxy;
    let slack: FakeSlack;
    let program: Program;
    let tenant: TestScope;
    let client: Client;
    let base: string;

    beforeAll(async () => {
      db = await testDatabase();
      const address = new URL(String(db.connection.connectionString));
      door = await tcpProxy({ host: address.hostname, port: Number(address.port || 5432) });
      address.host = `127.0.0.1:${door.port}`;
      slack = await fakeSlack();
      tenant = await testScope(db.database, { slug: 'outage', now: new Date() });
      await slackChannel(tenant.scope, slack);
      program = startProgram({
        ...{ DATABASE_URL: String(address), ADMIN_TOKEN },
        ...(process.env.REDIS_URL && { REDIS_URL: process.env.REDIS_URL }),
        ALLOW_PRIVATE_ADDRESSES: 'true',
        // Their own troubles would be told beside those of this story.
        JOBS_DISABLED: 'engine-cycle,slo-watchdog,autoscale',
      });
      base = (await program.url()).replace('/graphql', '');
      client = createApiClient(`${base}/graphql`, ADMIN_TOKEN, 'outage');
    }, 60_000);
    afterAll(async () => {
      await program?.kill('SIGKILL');
      await door?.refuse();
      await slack?.close();
      await db?.close();
    });

    async function send(component: string): Promise<Answer> {
      const input = { level: 'CRITICAL', message: `${component} is down`, component };
      const response = await fetch(`${base}/graphql`, {
        method: 'POST',
        headers: {
          ...{ 'content-type': 'application/json', authorization: `Bearer ${ADMIN_TOKEN}` },
          'x-tenant': 'outage',
        },
        body: JSON.stringify({ query: print(SendAlertDocument), variables: { input } }),
      });
      const { data, errors } = (await response.json()) as {
        data?: { sendAlert?: { __typename: string } };
        errors?: { extensions: { code: string } }[];
      };
      const isDone = data?.sendAlert?.__typename === 'SendAlertPayload';
      return {
        status: response.status,
        code: isDone ? null : (errors?.[0]?.extensions.code ?? 'NONE'),
        retryAfter: response.headers.get('retry-after'),
      };
    }
    /** Fires an alert every 40 ms, waiting for none; what became of them. */
    async function fire(component: string, forMs: number): Promise<{ answers: Promise<Answer[]> }> {
      const sent: Promise<Answer>[] = [];
      for (const until = performance.now() + forMs; performance.now() < until; await sleep(40)) {
        sent.push(send(component));
      }
      return { answers: Promise.all(sent) };
    }
    const status = async (path: string): Promise<number> => (await fetch(`${base}${path}`)).status;
    const memoryMiB = async (): Promise<number> => {
      const text = await (await fetch(`${base}/metrics`)).text();
      return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 2 ** 20;
    };
    const alertsOf = async (component: string) =>
      (await client.run(AlertsDocument, { first: 50 })).alerts.edges
        .map(({ node }) => node)
        .filter((alert) => alert.component === component);
    /** The component's alert, once the router has counted `count` and has nothing more to say for a while. */
    const settled = (component: string, count: number) =>
      eventually(`${component} is counted and told`, async () => {
        const [one] = await alertsOf(component);
        if (!one?.dueAt || new Date(one.dueAt).getTime() < Date.now() + 60_000 || Number(one.count) < count)
          return false;
        const { alert } = await client.run(AlertDocument, { id: one.id });
        return alert?.notifications.every(({ status: end }) => end !== 'QUEUED') && alert;
      });
    /** What the probes say while the database is away, as long as it is. */
    async function watch(forMs: number): Promise<Set<string>> {
      const seen = new Set<string>();
      for (const until = performance.now() + forMs; performance.now() < until; await sleep(1_000)) {
        seen.add(`livez ${await status('/livez')}, readyz ${await status('/readyz')}`);
      }
      return seen;
    }

    test('what was accepted is counted, nothing is told twice, and everybody hears what is the matter', async () => {
      const before = await (await fire('checkout', 500)).answers;
      expect(accepted(before)).toBe(before.length);
      await eventually('it is told', async () => slack.texts.length === 1);
      await eventually('it is ready', async () => (await status('/readyz')) === 200);
      const memory = await memoryMiB();

      await door.refuse();
      await eventually('it is not ready', async () => (await status('/readyz')) === 503);
      const watching = watch(REFUSED_MS + HANGING_MS);
      const refused = await (await fire('orders', REFUSED_MS)).answers;
      expect(new Set(refused.map((answer) => JSON.stringify(answer)))).toEqual(
        new Set([JSON.stringify(AWAY)]),
      );

      // Somebody whose way to the database is open commits what this program will have to tell.
      await tenant.scope.db.tx((tx) =>
        raiseAlerts(tenant.scope, tx, [
          {
            ...{ level: 'critical', type: 'LEDGER_DOWN', component: 'ledger', opensIncident: true },
            ...{ title: 'ledger is down', message: 'ledger is down' },
          },
        ]),
      );
      await door.hang();
      const late = await fire('checkout', HANGING_MS);
      expect(await watching).toEqual(new Set(['livez 200, readyz 503']));
      await door.open();
      await eventually('it takes alerts again', async () => (await send('payments')).code === null, 20_000);
      await eventually('it is ready again', async () => (await status('/readyz')) === 200, 20_000);
      const hung = await late.answers;
      expect(hung.filter(({ code }) => code !== null && code !== 'UNAVAILABLE')).toEqual([]);
      const after = await (await fire('checkout', 500)).answers;
      expect(accepted(after)).toBe(after.length);
      expect((await memoryMiB()) - memory).toBeLessThan(150);

      const total = accepted([...before, ...hung, ...after]);
      for (const [component, count] of Object.entries({ checkout: total, payments: 1, ledger: 1 })) {
        const alert = await settled(component, count);
        expect(alert.count).toBe(String(count));
        const sent = alert.notifications.filter(({ channelKind }) => channelKind === 'SLACK');
        expect(sent).toMatchObject([{ purpose: 'FIRING', status: 'SENT' }]);
        expect(slack.texts.filter((text) => text.includes(`${component} is down`))).toHaveLength(1);
      }
      expect(await alertsOf('orders')).toEqual([]);

      // What an operator sees of it.
      const { incidents } = await client.run(IncidentsDocument, { first: 10 });
      expect(incidents.edges.map(({ node }) => node)).toMatchObject([
        { component: 'ledger', status: 'OPEN' },
      ]);
      const { healthCheck } = await client.run(HealthCheckDocument);
      expect(healthCheck.components).toContainEqual(
        expect.objectContaining({ name: 'database', status: 'HEALTHY' }),
      );
      const installation = createApiClient(`${base}/graphql`, ADMIN_TOKEN, PLATFORM_TENANT);
      await eventually('the failed answers stand in the objectives of the installation', async () => {
        const { sloReport } = await installation.run(SloReportDocument);
        return sloReport.some(
          ({ slo, bad }) => slo.indicator === 'ERROR_RATE' && Number(bad) >= refused.length,
        );
      });
      expect(program.stdout).toContain('The database is away');
      expect(program.stdout).not.toContain('Internal error');
    }, 120_000);

    test('the queue of jobs is worked off again', async () => {
      const { jobs } = testSource(db.database);
      const { tenantId } = tenant.scope;
      // Before the tenant was made, so that the program's own clock cannot mean the same instant.
      const at = new Date(Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS);
      await jobs.start();
      await db.database.directory.tx(async (tx) => {
        await tx.run(
          `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status) VALUES ('health-checks', $1, $2, 'QUEUED')`,
          [tenantId, at],
        );
        const data = { job: 'health-checks', tenantId, scheduledFor: at.toISOString() };
        await jobs.enqueue(tx, 'schedule-run', [{ data, singletonKey: `health-checks:${tenantId}` }]);
      });
      const trends = await eventually('the health is on record', async () => {
        const { healthTrends } = await client.run(HealthTrendsDocument, {});
        return healthTrends.reports > 0 && healthTrends;
      });
      expect(trends).toMatchObject({ isFromMemory: false, availabilityPct: 100 });
      await jobs.stop(0);
    });
  },
);
