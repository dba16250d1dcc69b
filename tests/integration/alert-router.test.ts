import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type NewAlert, raiseAlerts, resolveAlerts } from '../../src/control/alert-intake/index.ts';
import { addMs } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import {
  acknowledgeAlerts,
  alertingHealth,
  createSilence,
  deleteRoute,
  endSilence,
  listAlerts,
  pruneAlerts,
  resolveAlert,
  rewatchAlerts,
  sendAlert,
  tickAlerts,
  upsertRoute,
} from '../../src/reliability/alerts/index.ts';
import { listChannels } from '../../src/reliability/channels/index.ts';
import { healthCheck } from '../../src/reliability/health/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { type FakeSlack, fakeSlack, notified, PATIENT, slackChannel, standing } from './alert-kit.ts';

let database: OpenTestDatabase;
let slack: FakeSlack;
let tenant: TestScope;
let scope: Scope;
const at = (sec: number) => tenant.at(addMs(tenant.scope.now, sec * 1_000));

beforeAll(async () => {
  database = await testDatabase();
  slack = await fakeSlack();
});
afterAll(async () => {
  await slack.close();
  await database.close();
});
beforeEach(async () => {
  tenant = await testScope(database.database);
  scope = tenant.scope;
  slack.texts.length = 0;
  slack.status = 200;
  await slackChannel(scope, slack);
});

const news = (change: Partial<NewAlert> = {}): NewAlert => ({
  ...{ level: 'error', type: 'TEST', component: 'payments', message: 'It fails' },
  ...change,
});
const raise = (sec: number, ...alerts: NewAlert[]) => {
  const then = at(sec);
  return then.db.tx((tx) => raiseAlerts(then, tx, alerts));
};
const resolve = (sec: number, ...ends: Parameters<typeof resolveAlerts>[2][number][]) => {
  const then = at(sec);
  return then.db.tx((tx) => resolveAlerts(then, tx, ends));
};
/** Slack takes one message a second by the wall clock; a tick at another instant does not wait for it. */
const tick = (sec: number) => tickAlerts(at(sec), PATIENT);
const isWatched = async () =>
  (await scope.db.row(`SELECT 1 FROM tenant_watch WHERE kind = 'ALERTS' AND tenant_id = $1`, [
    scope.tenantId,
  ])) !== undefined;
const onlyAlert = async () => (await listAlerts(scope, {})).edges[0]?.node;

describe('an alert', () => {
  test('100 identical ones in 10 s are one message with their count', async () => {
    for (let i = 0; i < 100; i++) await raise(i / 10, news());
    for (let sec = 0; sec <= 40; sec += 2) await tick(sec);
    expect(slack.texts).toEqual(['[ERROR] It fails (count 100)']);
    expect(await standing(scope)).toEqual(['It fails: error FIRING 100']);
    expect(await notified(scope)).toEqual([
      'FIRING RESEND SKIPPED_NOT_CONFIGURED NOT_CONFIGURED',
      'FIRING SLACK SENT',
    ]);
  });

  test('is told again when it changed after 5 min, else after 4 h, and of its end once', async () => {
    await raise(0, news());
    await tick(30);
    await raise(60, news(), news({ message: 'It fails badly' }));
    await tick(61);
    await tick(329);
    expect(slack.texts).toHaveLength(1);
    await tick(331);
    await tick(331 + 14_399);
    expect(slack.texts).toHaveLength(2);
    await tick(331 + 14_400);
    expect(slack.texts.slice(1)).toEqual([
      '[ERROR] It fails badly (count 3), firing since 2026-11-20T12:00:00.000Z',
      '[ERROR] It fails badly (count 3), firing since 2026-11-20T12:00:00.000Z',
    ]);
    await resolve(20_000, news());
    for (const sec of [20_001, 20_031, 20_062, 40_000]) await tick(sec);
    expect(slack.texts.slice(3)).toEqual(['[RESOLVED] It fails badly (count 3)']);
    expect(await standing(scope)).toEqual(['It fails badly: error RESOLVED 3']);
  });

  test('that ends before anybody was told is never told', async () => {
    await raise(0, news());
    await resolve(10, news());
    for (const sec of [11, 31, 60]) await tick(sec);
    await resolve(70, news());
    await tick(70);
    expect([slack.texts, await standing(scope)]).toEqual([[], ['It fails: error RESOLVED 1']]);
  });

  test('that comes and goes within the wait of its end goes on', async () => {
    await raise(0, news());
    await tick(30);
    for (let sec = 40; sec < 140; sec += 10) {
      await (sec % 20 ? raise(sec, news()) : resolve(sec, news()));
      await tick(sec);
    }
    expect(slack.texts).toHaveLength(1);
    expect(await standing(scope)).toEqual(['It fails: error FIRING 6']);
  });

  test('keeps the order in which it was handed in, whatever clocks say', async () => {
    await raise(100, news());
    await resolve(0, news());
    await tick(40);
    expect(await standing(scope)).toEqual(['It fails: error RESOLVED 1']);
    await scope.db.tx(async (tx) => {
      await raiseAlerts(scope, tx, [news(), news({ message: 'Last' })]);
    });
    await tick(41);
    expect(await standing(scope)).toEqual(['It fails: error RESOLVED 1', 'Last: error FIRING 2']);
  });

  test('of an instance whose clock is ahead or behind is not kept waiting for it', async () => {
    await raise(3_600, news({ level: 'critical', component: 'ahead', message: 'Ahead' }));
    await raise(-3_600, news({ component: 'behind', message: 'Behind' }));
    for (const sec of [0, 2]) await tick(sec);
    expect(slack.texts.toSorted()).toEqual(['[CRITICAL] Ahead', '[ERROR] Behind']);
    await resolve(-7_200, news({ component: 'ahead' }));
    for (const sec of [3, 34]) await tick(sec);
    expect(slack.texts.slice(2)).toEqual(['[RESOLVED] Ahead']);
  });

  test('a critical one is told at once, and opens one incident for its kind of trouble', async () => {
    const critical = news({ level: 'critical', opensIncident: true });
    await raise(0, { ...critical, labels: { host: 'a' } }, { ...critical, labels: { host: 'b' } });
    await tick(1);
    expect(slack.texts).toEqual(['[CRITICAL] payments: 2 alerts\n[CRITICAL] It fails\n[CRITICAL] It fails']);
    await raise(2, { ...critical, labels: { host: 'a' }, message: 'Worse' });
    await tick(302);
    const incidents = await scope.db.rows(
      `SELECT i.source_key, i.status, array_agg(e.kind ORDER BY e.at, e.kind) AS kinds FROM incident i
       JOIN incident_entry e ON e.incident_id = i.id WHERE i.tenant_id = $1 GROUP BY i.id, 1, 2`,
      [scope.tenantId],
    );
    expect(incidents).toEqual([
      { source_key: 'alert:TEST:payments', status: 'OPEN', kinds: ['OPENED', 'SEEN_AGAIN'] },
    ]);
  });
});

describe('muted', () => {
  test('a warning of a component with a firing critical is SUPPRESSED (INHIBITED) until that is over', async () => {
    await raise(0, news({ level: 'critical', type: 'DOWN', message: 'Down' }));
    await raise(
      0,
      news({ level: 'warning', message: 'Slow' }),
      news({ level: 'warning', component: 'other' }),
    );
    await tick(1);
    await tick(40);
    expect(slack.texts).toEqual(['[CRITICAL] Down', '[WARNING] It fails']);
    expect(await standing(scope)).toEqual([
      'Down: critical FIRING 1',
      'It fails: warning FIRING 1',
      'Slow: warning FIRING 1 INHIBITED',
    ]);
    expect(await notified(scope)).toContain('FIRING SLACK SUPPRESSED INHIBITED');
    await resolve(50, news({ type: 'DOWN' }));
    await tick(51);
    await tick(82);
    expect(slack.texts.slice(2)).toEqual(['[WARNING] Slow', '[RESOLVED] Down']);
  });

  test('a silence keeps quiet until it ends, by itself or by hand', async () => {
    const matchers = [{ label: 'component', operator: 'IS' as const, values: ['payments'] }];
    await createSilence(scope, { matchers, comment: 'Maintenance', endsAt: addMs(scope.now, 600_000) });
    await raise(1, news({ level: 'critical', opensIncident: true }));
    await tick(2);
    expect(await standing(scope)).toEqual(['It fails: critical FIRING 1 SILENCED']);
    expect(await scope.db.rows('SELECT 1 FROM incident WHERE tenant_id = $1', [scope.tenantId])).toEqual([]);
    await tick(599);
    expect(slack.texts).toEqual([]);
    await tick(600);
    expect(slack.texts).toEqual(['[CRITICAL] It fails']);
    const other = [{ label: 'type', operator: 'IS' as const, values: ['OTHER'] }];
    const second = await createSilence(at(700), {
      ...{ matchers: other, comment: 'Again', endsAt: addMs(scope.now, 86_400_000) },
    });
    await raise(701, news({ type: 'OTHER', component: 'x', message: 'Other' }));
    await tick(740);
    await endSilence(at(741), { id: second.id });
    await tick(742);
    expect(slack.texts.slice(1)).toEqual(['[ERROR] Other']);
    await expect(endSilence(at(743), { id: second.id })).rejects.toThrow('cannot go from ENDED');
  });

  test('a silence has reasons, matchers and an end', async () => {
    const matchers = [{ label: 'component', operator: 'IS' as const, values: ['payments'] }];
    const soon = addMs(scope.now, 60_000);
    const make = (change: object) =>
      createSilence(scope, { matchers, comment: 'Why', endsAt: soon, ...change });
    await expect(make({ endsAt: addMs(scope.now, 31 * 86_400_000) })).rejects.toThrow('at most 30 days');
    await expect(make({ endsAt: scope.now })).rejects.toThrow('in the future');
    await expect(make({ matchers: [] })).rejects.toThrow('Say what is silenced');
    await expect(make({ comment: ' ' })).rejects.toThrow('Say why');
  });

  test('an info alert is for nobody until a route says otherwise', async () => {
    await raise(0, news({ level: 'info' }));
    await tick(60);
    expect([slack.texts, await standing(scope)]).toEqual([[], ['It fails: info FIRING 1 NO_ROUTE']]);
    const channelId = await slackChannel(at(61), slack, 'all');
    const route = await upsertRoute(at(61), { name: 'everything', channelIds: [channelId], groupWaitSec: 0 });
    await tick(62);
    expect(slack.texts).toEqual(['[INFO] It fails']);
    await expect(upsertRoute(at(63), { id: route.id, expectedVersion: 7 })).rejects.toThrow('version 1');
    await expect(upsertRoute(at(63), { name: 'x', channelIds: ['nowhere'] })).rejects.toThrow('no channel');
    await deleteRoute(at(64), { id: route.id, expectedVersion: 1 });
  });
});

describe('escalation', () => {
  test('a critical alert that nobody takes goes up after 15 minutes, and opens an incident', async () => {
    await raise(0, news({ level: 'critical' }));
    await tick(0);
    await tick(899);
    expect(slack.texts).toHaveLength(1);
    await tick(901);
    expect(slack.texts.slice(1)).toEqual(['[CRITICAL] It fails, not acknowledged']);
    expect(await onlyAlert()).toMatchObject({ escalationStep: 1, escalateAt: null });
    expect((await onlyAlert())?.incidentId).not.toBeNull();
    await tick(2_000);
    expect(slack.texts).toHaveLength(2);
  });

  test('whoever heard of it by escalation hears of its end too, whatever the routes say by then', async () => {
    const boss = await fakeSlack();
    try {
      const [ops] = await listChannels(scope).then((all) => all.filter(({ isShared }) => !isShared));
      const bossId = await slackChannel(scope, boss, 'boss');
      const escalation = [{ afterMin: 1, channelIds: [bossId] }];
      const route = await upsertRoute(scope, { name: 'Duty', channelIds: [ops?.id ?? ''], escalation });
      await raise(0, news({ level: 'critical' }));
      await tick(0);
      expect([slack.texts.length, boss.texts.length]).toEqual([1, 0]);
      await tick(61);
      expect(boss.texts).toEqual(['[CRITICAL] It fails, not acknowledged']);
      await deleteRoute(at(62), { id: route.id });
      await upsertRoute(at(63), { name: 'Nobody', channelIds: [] });
      await resolve(70, news());
      await tick(70);
      await tick(101);
      expect([slack.texts.slice(1), boss.texts.slice(1)]).toEqual([
        ['[RESOLVED] It fails'],
        ['[RESOLVED] It fails'],
      ]);
      await tick(20_000);
      expect([slack.texts.length, boss.texts.length]).toEqual([2, 2]);
    } finally {
      await boss.close();
    }
  });

  test('acknowledging ends repeats and escalation until it rises', async () => {
    await raise(0, news());
    await tick(30);
    const alert = await onlyAlert();
    if (!alert) throw new Error('no alert');
    await acknowledgeAlerts(at(40), { ids: [alert.id], note: 'On it' });
    await raise(50, news({ message: 'It fails more' }));
    for (const sec of [60, 1_000, 20_000]) await tick(sec);
    expect(slack.texts).toHaveLength(1);
    await raise(20_001, news({ level: 'critical', message: 'It is down' }));
    await tick(20_002);
    await tick(20_903);
    expect(slack.texts.slice(1)).toEqual([
      '[CRITICAL] It is down (count 3)',
      '[CRITICAL] It is down (count 3), not acknowledged',
    ]);
    expect(await onlyAlert()).toMatchObject({ ackedAt: null, ackedBy: null });
    await resolveAlert(at(21_000), { id: alert.id, reason: 'Fixed' });
    await expect(resolveAlert(at(21_001), { id: alert.id })).rejects.toThrow('RESOLVED');
    await expect(acknowledgeAlerts(at(21_001), { ids: [alert.id] })).rejects.toThrow('it is over');
    const audit = await scope.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE tenant_id = $1 AND action LIKE 'alert.%' ORDER BY at`,
      [scope.tenantId],
    );
    expect(audit.map(({ action }) => action)).toEqual(['alert.acknowledge', 'alert.resolve']);
  });
});

describe('failures', () => {
  test('a critical alert that no channel took is marked, told again, and healthy when it got through', async () => {
    slack.status = 404;
    await raise(0, news({ level: 'critical' }));
    await tick(0);
    expect(await standing(scope)).toEqual(['It fails: critical FIRING 1 ALL_CHANNELS_FAILED']);
    expect(await alertingHealth(scope.db, scope)).toEqual({ status: 'DEGRADED', untold: 1, waiting: 0 });
    expect((await healthCheck(at(1))).status).toBe('DEGRADED');
    await tick(299);
    slack.status = 200;
    await tick(301);
    expect(slack.texts).toEqual(['[CRITICAL] It fails, firing since 2026-11-20T12:00:00.000Z']);
    expect(await standing(scope)).toEqual(['It fails: critical FIRING 1']);
    expect(await alertingHealth(scope.db, scope)).toEqual({ status: 'HEALTHY', untold: 0, waiting: 0 });
    expect((await healthCheck(at(302))).status).toBe('HEALTHY');
  });

  test('a router that dies between commit and send is followed by one that sends, once', async () => {
    await raise(0, news({ level: 'critical' }));
    const sent = await sendAlert(at(1), { level: 'critical', message: 'Also', component: 'web' });
    expect(sent.results.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'SLACK QUEUED',
      'RESEND SKIPPED_NOT_CONFIGURED',
      'TELEGRAM SKIPPED_NOT_CONFIGURED',
    ]);
    expect([slack.texts, await isWatched()]).toEqual([[], true]);
    await tick(2);
    await tick(4);
    expect(slack.texts.toSorted()).toEqual(['[CRITICAL] Also', '[CRITICAL] It fails']);
  });

  test('an alert of a transaction that was rolled back never was', async () => {
    await expect(
      scope.db.tx(async (tx) => {
        await raiseAlerts(scope, tx, [news()]);
        throw new Error('undone');
      }),
    ).rejects.toThrow('undone');
    await tick(60);
    expect([await standing(scope), await isWatched()]).toEqual([[], false]);
  });
});

describe('the loop’s list', () => {
  test('keeps a tenant while something is due soon, and takes it back before a repeat', async () => {
    await raise(0, news());
    expect([await isWatched(), (await tick(1)).isIdle]).toEqual([true, false]);
    await tick(31);
    expect([(await tick(33)).isIdle, await isWatched()]).toEqual([true, false]);
    await rewatchAlerts(at(13_000));
    expect(await isWatched()).toBe(false);
    await rewatchAlerts(at(14_400));
    expect(await isWatched()).toBe(true);
    await tick(14_431);
    expect(slack.texts).toHaveLength(2);
  });

  test('ended alerts and their messages are kept for 90 days', async () => {
    await raise(0, news());
    await tick(31);
    await resolve(40, news());
    await tick(41);
    await tick(72);
    const prune = (days: number) => scope.db.tx((tx) => pruneAlerts(at(days * 86_400), tx));
    expect([await prune(89), await prune(91), await standing(scope)]).toEqual([0, 4, []]);
  });
});

test('two instances that visit at once tell everything once', async () => {
  const instances = [database, database];
  const total = 300;
  await Promise.all(
    Array.from({ length: total }, (_, i) =>
      raise(0, news({ component: `part ${i % 10}`, labels: { n: `${i % 30}` } })),
    ),
  );
  for (const sec of [1, 31, 33, 36]) await Promise.all(instances.map(() => tick(sec)));
  for (let sec = 40; slack.texts.length < 10 && sec < 80; sec += 2) await tick(sec);
  expect(slack.texts).toHaveLength(10);
  expect(new Set(slack.texts.map((text) => text.split('\n')[0])).size).toBe(10);
  const sums = await scope.db.row(
    'SELECT count(*)::int AS alerts, sum(count)::int AS count FROM alert WHERE tenant_id = $1',
    [scope.tenantId],
  );
  expect(sums).toEqual({ alerts: 30, count: total });
});
