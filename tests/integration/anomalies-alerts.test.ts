import { afterAll, beforeAll, expect, test } from 'vitest';
import { addMs } from '../../src/kernel/time.ts';
import { tickAlerts } from '../../src/reliability/alerts/index.ts';
import { listSeries, updateMetricSeries } from '../../src/reliability/anomalies/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { type FakeSlack, fakeSlack, PATIENT, slackChannel } from './alert-kit.ts';
import { SECOND, START, send, window } from './anomaly-kit.ts';

let database: OpenTestDatabase;
let slack: FakeSlack;

beforeAll(async () => {
  database = await testDatabase();
  slack = await fakeSlack();
});
afterAll(async () => {
  await slack.close();
  await database.close();
});

test('an incident of many strange samples is one message, and one more when it is over', async () => {
  const tenant = await testScope(database.database, { now: new Date(START) });
  const at = (sec: number) => tenant.at(addMs(new Date(START), sec * SECOND));
  await slackChannel(tenant.scope, slack);
  const labels = { route: '/pay' };
  await send(at(0), 'latency_ms', [100], { labels, at: START - 200 * SECOND });
  const { edges } = await listSeries(tenant.scope, {});
  await updateMetricSeries(at(0), { id: edges[0]?.node.id as string, detector: 'SEED' });
  await send(at(1), 'latency_ms', window(150), { labels, at: START - 199 * SECOND });
  // Strange samples among normal ones, for eight minutes.
  for (let sec = 2; sec < 480; sec += 10) {
    const value = sec % 60 < 12 ? 125 : 100;
    await send(at(sec), 'latency_ms', [value], { labels, at: START + sec * SECOND });
    if (sec % 30 < 6) await tickAlerts(at(sec), PATIENT);
  }
  await tickAlerts(at(500), PATIENT);
  const told = '[WARNING] latency_ms{route=/pay} is unusually high';
  expect(slack.texts.map((text) => text.split('\n')[0])).toEqual([expect.stringContaining(told)]);
  await send(at(520), 'latency_ms', window(10), { labels, at: START + 800 * SECOND - 11 * SECOND });
  await tickAlerts(at(900), PATIENT);
  await tickAlerts(at(1_300), PATIENT);
  expect(slack.texts).toHaveLength(2);
  expect(slack.texts[1]).toContain('RESOLVED');
});
