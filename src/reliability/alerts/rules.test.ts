import { describe, expect, test } from 'vitest';
import { addMs } from '../../kernel/time.ts';
import type { ChannelKind, ChannelView, Message } from '../channels/index.ts';
import type { Alert } from './alert.ts';
import { decide, type Situation } from './decide.ts';
import { isInhibited } from './inhibit.ts';
import { checkedMatchers, type Matcher, matches } from './match.ts';
import { planAlerts, type World } from './plan.ts';
import { chooseRoute, DEFAULT_ESCALATION, DEFAULT_TIMING, escalationTargets, type Route } from './route.ts';
import { silencedUntil } from './silence.ts';
import { messageOf, wholeOf } from './text.ts';

const T0 = new Date('2026-11-20T12:00:00Z');
const at = (sec: number) => addMs(T0, sec * 1_000);
const secOf = (date: Date | null) => date && (date.getTime() - T0.getTime()) / 1_000;

const alert = (change: Partial<Alert> = {}): Alert => ({
  ...{ id: 'a1', fingerprint: 'f1', level: 'error', type: 'T', component: 'payments', title: null },
  ...{ message: 'It fails', labels: {}, status: 'FIRING', count: 1n, firstAt: T0, lastAt: T0, changedAt: T0 },
  ...{ resolvedAt: null, ackedAt: null, ackedBy: null, suppression: null, dueAt: T0, notifiedAt: null },
  ...{ notifiedLevel: null, escalationStep: 0, escalateAt: null, opensIncident: false, incidentId: null },
  ...change,
});

const situation = (sec: number, change: Partial<Situation> = {}): Situation => ({
  ...{ now: at(sec), silencedUntil: null, isInhibited: false, hasTargets: true, timing: DEFAULT_TIMING },
  ...{ escalation: DEFAULT_ESCALATION, groupToldAt: null, groupCriticalToldAt: null },
  ...change,
});

describe('matchers', () => {
  const labelled = { level: 'error' as const, type: 'SLO', component: 'api', labels: { region: 'eu-west' } };
  test.each<[Matcher, boolean]>([
    [{ label: 'region', operator: 'IS', values: ['us', 'eu-west'] }, true],
    [{ label: 'region', operator: 'IS', values: ['eu'] }, false],
    [{ label: 'region', operator: 'IS_NOT', values: ['us', 'asia'] }, true],
    [{ label: 'region', operator: 'STARTS_WITH', values: ['eu'] }, true],
    [{ label: 'region', operator: 'CONTAINS', values: ['west'] }, true],
    [{ label: 'level', operator: 'IS', values: ['error'] }, true],
    [{ label: 'component', operator: 'IS', values: ['api'] }, true],
    [{ label: 'type', operator: 'IS_NOT', values: ['SLO'] }, false],
    [{ label: 'absent', operator: 'IS', values: [''] }, true],
    [{ label: 'constructor', operator: 'IS_NOT', values: [''] }, false],
  ])('%j: %s', (matcher, expected) => expect(matches([matcher], labelled)).toBe(expected));

  test.each<[string, Matcher[]]>([
    ['matchers.0.label', [{ label: 'two words', operator: 'IS', values: ['x'] }]],
    ['matchers.0.values', [{ label: 'a', operator: 'IS', values: [] }]],
    [
      'matchers.1.values',
      [
        { label: 'a', operator: 'IS', values: [''] },
        { label: 'a', operator: 'CONTAINS', values: [''] },
      ],
    ],
    ['matchers', Array.from({ length: 21 }, () => ({ label: 'a', operator: 'IS' as const, values: ['x'] }))],
  ])('%s is refused', (field, matchers) => {
    expect(() => checkedMatchers(matchers)).toThrow(expect.objectContaining({ field }));
  });
});

test.each([
  ['warning', true, true],
  ['info', true, true],
  ['error', true, false],
  ['critical', true, false],
  ['warning', false, false],
] as const)('%s beside a firing critical (%s) is inhibited: %s', (level, hasCritical, expected) => {
  expect(isInhibited({ level, component: 'payments' }, () => hasCritical)).toBe(expected);
});

test('a silence holds in [startsAt, endsAt), and the latest end counts', () => {
  const silence = (id: string, from: number, to: number, component = 'payments') => ({
    ...{ id, comment: 'c', startsAt: at(from), endsAt: at(to), createdAt: T0, createdBy: 'me' },
    matchers: [{ label: 'component', operator: 'IS' as const, values: [component] }],
  });
  const all = [silence('1', 0, 60), silence('2', 10, 90), silence('3', 0, 900, 'other')];
  const until = (sec: number) => secOf(silencedUntil(all, alert(), at(sec)));
  expect([-1, 0, 10, 60, 89, 90].map(until)).toEqual([null, 60, 90, 90, 90, null]);
});

describe('when an alert is told', () => {
  const firing = { notifiedAt: T0, notifiedLevel: 'error' as const };
  const critical = { level: 'critical' as const, notifiedAt: T0, notifiedLevel: 'critical' as const };
  test.each<[string, Partial<Alert>, number, Partial<Situation>, string | null, number | null]>([
    ['an error waits 30 s', {}, 29, {}, null, 30],
    ['and is told then', {}, 30, {}, 'FIRING', 30 + 14_400],
    ['a critical at once', { level: 'critical' }, 0, {}, 'FIRING', 900],
    [
      'a second critical of a group 30 s later',
      { level: 'critical' },
      5,
      { groupCriticalToldAt: at(0) },
      null,
      30,
    ],
    ['a new error of a told group 5 min later', {}, 40, { groupToldAt: at(10) }, null, 310],
    ['unchanged: not for 4 h', firing, 14_399, {}, null, 14_400],
    ['and again after 4 h', firing, 14_400, {}, 'REPEAT', 28_800],
    ['changed: not within 5 min', { ...firing, changedAt: at(10) }, 299, {}, null, 300],
    ['and then', { ...firing, changedAt: at(10) }, 300, {}, 'REPEAT', 14_700],
    [
      'raised to critical: at once',
      { ...firing, level: 'critical', changedAt: at(9) },
      10,
      {},
      'FIRING',
      910,
    ],
    ['critical: not yet a step up', { ...critical, escalateAt: at(900) }, 899, {}, null, 900],
    ['a step up after 15 min', { ...critical, escalateAt: at(900) }, 900, {}, 'ESCALATION', 900 + 14_400],
    ['acknowledged: nothing', { ...critical, ackedAt: at(5), escalateAt: at(900) }, 20_000, {}, null, null],
    ['silenced until its end', {}, 40, { silencedUntil: at(100) }, null, 100],
    ['inhibited until something happens', { level: 'warning' }, 40, { isInhibited: true }, null, null],
    ['for nobody', {}, 40, { hasTargets: false }, null, null],
    [
      'failed on all channels: again after 5 min',
      { ...critical, suppression: 'ALL_CHANNELS_FAILED' },
      300,
      {},
      'REPEAT',
      600,
    ],
    [
      'over, told before: 30 s later',
      { ...firing, status: 'RESOLVED', resolvedAt: at(60) },
      60,
      {},
      null,
      90,
    ],
    ['then once', { ...firing, status: 'RESOLVED', resolvedAt: at(60) }, 90, {}, 'RESOLVED', null],
    ['over, never told: nothing', { status: 'RESOLVED', resolvedAt: at(20) }, 60, {}, null, null],
    [
      'over while silenced: nothing',
      { ...firing, status: 'RESOLVED', resolvedAt: T0 },
      60,
      { silencedUntil: at(99) },
      null,
      null,
    ],
  ])('%s', (_name, change, sec, around, tell, dueSec) => {
    const verdict = decide(alert(change), situation(sec, around));
    expect([verdict.tell, secOf(verdict.dueAt)]).toEqual([tell, dueSec]);
  });

  test('every step of an escalation has its own time', () => {
    const escalation = [
      { afterMin: 15, channelIds: [] },
      { afterMin: 5, channelIds: ['c2'] },
    ];
    let now = alert({ level: 'critical', notifiedAt: T0, notifiedLevel: 'critical', escalateAt: at(900) });
    const steps = [];
    for (const sec of [900, 1_200, 1_500]) {
      const { tell, escalationStep, escalateAt } = decide(now, situation(sec, { escalation }));
      steps.push([tell, escalationStep, secOf(escalateAt)]);
      now = { ...now, escalationStep, escalateAt, notifiedAt: at(sec) };
    }
    expect(steps).toEqual([
      ['ESCALATION', 1, 1_200],
      ['ESCALATION', 2, null],
      [null, 2, null],
    ]);
  });
});

const channel = (id: string, kind: ChannelKind, change: Partial<ChannelView> = {}): ChannelView =>
  ({ id, name: id, kind, isEnabled: true, isConfigured: true, isShared: false, ...change }) as ChannelView;
const ALL = [
  channel('slack', 'SLACK'),
  channel('mail', 'SMTP'),
  channel('hook', 'WEBHOOK'),
  channel('pages', 'NOTION'),
  channel('env:telegram', 'TELEGRAM', { isShared: true, isConfigured: false }),
];
const route = (change: Partial<Route>): Route => ({
  ...{ id: 'r', position: 1, name: 'r', levels: [], matchers: [], channelIds: ['slack'], escalation: [] },
  ...{ isContinued: false, version: 1, ...DEFAULT_TIMING },
  ...change,
});

describe('where an alert goes', () => {
  const told = (level: Alert['level'], routes: Route[] = [], channels = ALL) =>
    chooseRoute(alert({ level }), routes, channels).targets.map((t) => `${t.channelId ?? t.kind} ${t.state}`);

  test.each<[Alert['level'], string[]]>([
    ['info', []],
    ['warning', ['slack READY']],
    ['error', ['slack READY', 'mail READY']],
    ['critical', ['slack READY', 'mail READY', 'env:telegram NOT_CONFIGURED', 'hook READY']],
  ])('the default tree: %s', (level, expected) => expect(told(level)).toEqual(expected));

  test('nothing configured is an answer for each kind', () => {
    const expected = ['SLACK NOT_CONFIGURED', 'RESEND NOT_CONFIGURED', 'TELEGRAM NOT_CONFIGURED'];
    expect(told('critical', [], [])).toEqual(expected);
  });

  test('the tenant’s own channels come before the installation’s', () => {
    const shared = channel('env:slack', 'SLACK', { isShared: true });
    expect(told('warning', [], [shared, ...ALL])).toEqual(['slack READY']);
    expect(told('warning', [], [shared])).toEqual(['env:slack READY']);
    const mails = [
      channel('env:smtp', 'SMTP', { isShared: true }),
      channel('env:resend', 'RESEND', { isShared: true }),
    ];
    expect(told('error', [], [shared, ...mails])).toEqual(['env:slack READY', 'env:resend READY']);
  });

  test('the first match wins, unless it says to go on', () => {
    const routes = [
      route({ levels: ['critical'], channelIds: ['hook'] }),
      route({ channelIds: ['mail'], isContinued: true }),
      route({ levels: ['error'], channelIds: ['slack', 'mail', 'gone'] }),
      route({ channelIds: ['hook'] }),
    ];
    expect(told('critical', routes)).toEqual(['hook READY']);
    expect(told('error', routes)).toEqual(['mail READY', 'slack READY', 'null NOT_CONFIGURED']);
    expect(told('info', [route({ channelIds: [] })])).toEqual([]);
    expect(told('warning', [route({ levels: ['critical'] })])).toEqual(['slack READY']);
  });

  test('a step without channels goes everywhere', () => {
    const ids = (channelIds: string[]) =>
      escalationTargets({ afterMin: 15, channelIds }, ALL).map(({ channelId }) => channelId);
    expect(ids([])).toEqual(['slack', 'mail', 'env:telegram', 'hook']);
    expect(ids(['pages'])).toEqual(['pages']);
  });
});

describe('a look', () => {
  const world = (sec: number, change: Partial<World> = {}): World => ({
    ...{ now: at(sec), routes: [], channels: ALL, silences: [], groups: new Map() },
    ...change,
  });

  test('a group speaks in one message per channel, with those that wait', () => {
    const alerts = [
      alert({ id: 'a', count: 100n }),
      alert({ id: 'b', message: 'Late', firstAt: at(25) }),
      alert({ id: 'c', component: 'other', firstAt: at(25) }),
    ];
    const { messages, standings } = planAlerts(alerts, world(30));
    expect(messages.map(({ channelId, alertIds, purpose }) => [channelId, alertIds, purpose])).toEqual([
      ['slack', ['a', 'b'], 'FIRING'],
      ['mail', ['a', 'b'], 'FIRING'],
    ]);
    expect(wholeOf(messages[0]?.message as Message)).toBe(
      '[ERROR] payments: 2 alerts\n[ERROR] It fails (count 100)\n[ERROR] Late',
    );
    expect(standings.map(({ after }) => [after.id, secOf(after.notifiedAt)])).toEqual([
      ['a', 30],
      ['b', 30],
      ['c', null],
    ]);
  });

  test('a warning beside a firing critical is SUPPRESSED (INHIBITED)', () => {
    const groups = new Map([['payments', { hasCritical: true, toldAt: null, criticalToldAt: null }]]);
    const { messages, unsent, standings } = planAlerts([alert({ level: 'warning' })], world(60, { groups }));
    expect(messages).toEqual([]);
    expect(unsent).toMatchObject([
      { channelId: 'slack', status: 'SUPPRESSED', reason: 'INHIBITED', alertIds: ['a1'] },
    ]);
    expect(standings).toMatchObject([
      { change: 'SUPPRESSED', after: { suppression: 'INHIBITED', dueAt: null } },
    ]);
  });

  test('an alert that reached nobody has not been told', () => {
    const { standings, unsent } = planAlerts([alert()], world(60, { channels: [] }));
    expect(standings).toMatchObject([{ tell: 'FIRING', after: { notifiedLevel: null } }]);
    expect(unsent.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'SLACK SKIPPED_NOT_CONFIGURED',
      'RESEND SKIPPED_NOT_CONFIGURED',
    ]);
  });
});

test('texts say level, message and count', () => {
  const line = (
    change: Partial<Alert>,
    tell: 'FIRING' | 'REPEAT' | 'ESCALATION' | 'RESOLVED' = 'FIRING',
  ) => ({
    alert: alert(change),
    tell,
  });
  const text = (...lines: ReturnType<typeof line>[]) => wholeOf(messageOf('payments', lines));
  const slo = { level: 'critical' as const, message: 'SLO breach: P99 > 200ms for 10 minutes' };
  expect(text(line(slo))).toBe('[CRITICAL] SLO breach: P99 > 200ms for 10 minutes');
  expect(text(line({ ...slo, title: 'SLO' }))).toBe(`[CRITICAL] SLO\n${slo.message}`);
  expect(text(line({ count: 100n }))).toBe('[ERROR] It fails (count 100)');
  expect(text(line({}, 'RESOLVED'))).toBe('[RESOLVED] It fails');
  expect(text(line(slo, 'ESCALATION'))).toBe(`[CRITICAL] ${slo.message}, not acknowledged`);
  expect(text(line({}, 'REPEAT'))).toBe('[ERROR] It fails, firing since 2026-11-20T12:00:00.000Z');
  const many = Array.from({ length: 12 }, (_, i) => line({ id: `${i}`, count: BigInt(i + 1) }));
  const lines = text(...many, line(slo), line({}, 'RESOLVED')).split('\n');
  expect([lines[0], lines[1], lines[2], lines.at(-1), lines.length]).toEqual([
    '[CRITICAL] payments: 13 alerts, 1 resolved',
    `[CRITICAL] ${slo.message}`,
    '[ERROR] It fails (count 12)',
    '… and 4 more',
    12,
  ]);
});
