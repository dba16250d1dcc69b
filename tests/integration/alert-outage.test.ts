import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AlertsDocument, SendAlertDocument } from '../../operations/generated/graphql.ts';
import { eventually, serviceUrl } from '../kit/process.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';
import { type FakeSlack, fakeSlack, slackChannel } from './alert-kit.ts';

const url = serviceUrl('DATABASE_URL');
const OUTAGE_MS = 4_000;

describe.skipIf(url === undefined)('the database goes away while alerts fire (needs DATABASE_URL)', () => {
  let server: TestServer;
  let slack: FakeSlack;
  let client: Client;
  let owner: pg.Client;
  let name: string;

  beforeAll(async () => {
    server = await startServer();
    slack = await fakeSlack();
    await server.createTenant({ slug: 'outage' });
    client = server.client(undefined, 'outage');
    await slackChannel(await server.app.tenantScope('outage'), slack);
    await server.app.startAutomation();
    owner = new pg.Client(url);
    await owner.connect();
    name = new URL(String(server.database.connection.connectionString)).pathname.slice(1);
  });
  afterAll(async () => {
    await owner?.end();
    await slack?.close();
    await server?.stop();
  });

  const send = async (): Promise<boolean> => {
    const input = { level: 'CRITICAL' as const, message: 'Checkout is down', component: 'checkout' };
    const answer = await client.ask(SendAlertDocument, { input }).catch(() => null);
    return answer?.data?.sendAlert?.__typename === 'SendAlertPayload';
  };
  /** Fires an alert every 50 ms; how many were accepted. */
  const fire = async (forMs: number) => {
    const sent: Promise<boolean>[] = [];
    for (const until = Date.now() + forMs; Date.now() < until; await sleep(50)) sent.push(send());
    const answers = await Promise.all(sent);
    return { accepted: answers.filter(Boolean).length, asked: answers.length };
  };

  test('what was accepted is counted, nothing is told twice, and the process lives on', async () => {
    const before = await fire(500);
    await owner.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await owner.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    const during = await fire(OUTAGE_MS);
    await owner.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await eventually('it takes alerts again', send);
    const after = await fire(500);
    expect(before.accepted).toBe(before.asked);
    expect(during.accepted).toBe(0);
    expect(after.accepted).toBe(after.asked);
    const accepted = before.accepted + after.accepted + 1;
    const asked = before.asked + during.asked + after.asked + 1;
    const counted = await eventually('everything accepted is counted', async () => {
      const { alerts } = await client.run(AlertsDocument, { first: 5 });
      expect(alerts.edges).toHaveLength(1);
      const count = Number(alerts.edges[0]?.node.count);
      return count >= accepted && count;
    });
    expect(counted).toBeLessThanOrEqual(asked);
    await sleep(3_000);
    expect(slack.texts.filter((text) => text.includes('Checkout is down'))).toHaveLength(1);
  });
});
