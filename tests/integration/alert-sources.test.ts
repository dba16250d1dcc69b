import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { importErrorEvents } from '../../src/commerce/errors/index.ts';
import { raiseAlerts } from '../../src/control/alert-intake/index.ts';
import { requestCapture, runPayments } from '../../src/delivery/charges/index.ts';
import { fleetIsWell, tellOfFleet } from '../../src/delivery/fleet/index.ts';
import { tellOfCycle } from '../../src/engine/index.ts';
import { detectIssues, listIssues, resolveIssue } from '../../src/growth/issues/index.ts';
import { takeSnapshot } from '../../src/growth/kpis/index.ts';
import { addMs, HOUR_MS } from '../../src/kernel/time.ts';
import { openDatabase } from '../../src/platform/db/database.ts';
import { createScope, type Scope, scopeAt } from '../../src/platform/scope.ts';
import { acknowledgeAlerts, listAlerts, tickAlerts } from '../../src/reliability/alerts/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope, testSource } from '../kit/scope.ts';
import { type FakeSlack, fakeSlack, PATIENT, slackChannel, standing } from './alert-kit.ts';
import { accepted } from './payment-kit.ts';

let database: OpenTestDatabase;
let slack: FakeSlack;
let scope: Scope;

beforeAll(async () => {
  database = await testDatabase();
  slack = await fakeSlack();
});
afterAll(async () => {
  await slack.close();
  await database.close();
});
beforeEach(async () => {
  scope = (await testScope(database.database)).scope;
  slack.texts.length = 0;
});
type Phases = Parameters<typeof tellOfCycle>[3];
const tick = (sec = 60) => tickAlerts(scopeAt(scope, addMs(scope.now, sec * 1_000)), PATIENT);

test('an issue that opens is told by its severity and ends with it; one that flaps is not told again', async () => {
  const at = (hours: number) => scopeAt(scope, addMs(scope.now, hours * HOUR_MS));
  const cycle = async (hours: number, count: number) => {
    const then = at(hours);
    const event = { externalId: `e${hours}`, service: 'checkout', message: '500', count };
    const items = [{ ...event, occurredAt: addMs(then.now, -1).toISOString() }];
    await importErrorEvents(then, { source: 'shop', items } as never);
    const request = { cycleId: null, asOf: then.now, intervalSec: 3_600 };
    const snapshot = await then.db.tx((tx) => takeSnapshot(then, tx, request));
    await then.db.tx((tx) => detectIssues(then, tx, snapshot));
    await tickAlerts(then, PATIENT);
  };
  await cycle(0, 60);
  const spike = '60 errors in the last interval; the limit is 50.: critical';
  expect(await standing(scope)).toContain(`${spike} FIRING 1`);
  const { edges } = await listAlerts(scope, {}, { type: 'ERROR_SPIKE' });
  expect(edges[0]?.node).toMatchObject({ component: 'services', opensIncident: true });
  expect(edges[0]?.node.incidentId).not.toBeNull();
  const issues = await listIssues(scope, { type: ['ERROR_SPIKE'] }, { first: 1 });
  await resolveIssue(at(1), { id: issues.edges[0]?.node.id ?? '' });
  await tickAlerts(at(1), PATIENT);
  expect(await standing(scope)).toContain(`${spike} RESOLVED 1`);
  await cycle(2, 60);
  const after = await listAlerts(scope, {}, { type: 'ERROR_SPIKE' });
  expect(after.edges.map(({ node }) => node.status)).toEqual(['RESOLVED']);
});

test('phases that fail are an alert each until they get through; a cycle that got nowhere is critical', async () => {
  const row = (name: string, status: Phases[number]['status']) =>
    ({ name, status, error: 'Broken' }) as Phases[number];
  const close = (status: 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'FAILED', rows: Phases) =>
    scope.db.tx((tx) => tellOfCycle(scope, tx, status, rows));
  await close('COMPLETED_WITH_ERRORS', [row('MONITOR', 'COMPLETED'), row('LEARN', 'FAILED')]);
  await close('COMPLETED_WITH_ERRORS', [row('MONITOR', 'COMPLETED'), row('LEARN', 'FAILED')]);
  await tick();
  expect(await standing(scope)).toEqual(['The phase LEARN failed: Broken: error FIRING 2']);
  await close('FAILED', [row('MONITOR', 'FAILED')]);
  await tick(70);
  await close('COMPLETED', [row('MONITOR', 'COMPLETED'), row('LEARN', 'COMPLETED')]);
  await tick(80);
  expect(await standing(scope)).toEqual([
    'The cycle of 2026-11-20T12:00:00.000Z failed: no phase got through.: critical RESOLVED 1',
    'The phase LEARN failed: Broken: error RESOLVED 2',
    'The phase MONITOR failed: Broken: error RESOLVED 1',
  ]);
});

test('what is wrong with the fleet is told once, however many deliveries notice it', async () => {
  const event = (kind: string, droneId: string | null) => ({
    type: 'FLEET_ALERT' as const,
    payload: { kind, droneId, deliveryId: 'd', message: `${kind} ${droneId}` },
  });
  const events = [
    event('LINK_LOST', 'A'),
    event('LINK_LOST', 'B'),
    ...[event('DELIVERY_FAILED', 'A'), event('DELIVERY_FAILED', 'B'), event('FLEET_UNAVAILABLE', null)],
  ];
  await scope.db.tx((tx) => tellOfFleet(scope, tx, events));
  await scope.db.tx((tx) => fleetIsWell(scope, tx, ['LINK_LOST'], ['A']));
  await scope.db.tx((tx) => fleetIsWell(scope, tx, ['BATTERY_CRITICAL'], ['A']));
  await tick();
  expect(await standing(scope)).toEqual([
    'DELIVERY_FAILED B: error FIRING 2',
    'FLEET_UNAVAILABLE null: critical FIRING 1',
    'LINK_LOST A: error RESOLVED 1',
    'LINK_LOST B: error FIRING 1',
  ]);
});

test('a payment that ends badly is an alert of its kind until one succeeds', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await scope.db.tx((tx) => requestCapture(scope, tx, chain.offer));
  await runPayments(scope);
  await tick();
  expect(await standing(scope)).toEqual([
    expect.stringMatching(/^payment\.capture ended FAILED: NOT_DISPATCHED; see effect .*: warning FIRING 1$/),
  ]);
});

test('raising, acknowledging and visits from two instances at once lose and double nothing', async () => {
  await slackChannel(scope, slack);
  const other = openDatabase({ ...database.connection, max: 5 }, () => {});
  try {
    // On the embedded database the one connection is shared: there is no second instance.
    const source = database.isServer ? testSource(other) : testSource(database.database);
    const second = createScope(source, scope.tenant, scope.actor, scope.now);
    const raise = (by: Scope, i: number) =>
      by.db.tx((tx) =>
        raiseAlerts(by, tx, [
          {
            level: i % 7 ? 'error' : 'critical',
            type: `T${i % 20}`,
            component: `c${i % 4}`,
            message: `m${i % 20}`,
          },
        ]),
      );
    const take = async () => {
      const { edges } = await listAlerts(scope, { first: 3 }, { status: 'FIRING' });
      const ids = edges.map(({ node }) => node.id);
      if (ids.length > 0) await acknowledgeAlerts(scope, { ids });
    };
    for (let round = 0; round < 5; round++) {
      const raising = Array.from({ length: 40 }, (_, i) => raise(i % 2 ? scope : second, round * 40 + i));
      const now = addMs(scope.now, round * 20_000);
      await Promise.all([
        ...raising,
        ...[tickAlerts(scopeAt(scope, now)), tickAlerts(scopeAt(second, now)), take()],
      ]);
    }
    await tick(300);
    const sums = await scope.db.row(
      `SELECT count(*)::int AS alerts, sum(count)::int AS raised FROM alert WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    expect(sums).toEqual({ alerts: 20, raised: 200 });
    for (let sec = 302; sec < 330; sec += 2) await tick(sec);
    const sent = await scope.db.row<{ n: number }>(
      `SELECT count(*)::int AS n FROM alert_notification WHERE tenant_id = $1 AND status = 'SENT'`,
      [scope.tenantId],
    );
    expect(slack.texts).toHaveLength(sent?.n ?? -1);
  } finally {
    await other.close();
  }
});
