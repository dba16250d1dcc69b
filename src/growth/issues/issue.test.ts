import { describe, expect, test } from 'vitest';
import { InvalidTransitionError } from '../../kernel/errors.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import type { Finding } from './evaluate.ts';
import { acknowledge, type Issue, openIssue, resolve } from './issue.ts';
import { planIssues } from './plan.ts';

const T0 = new Date('2026-11-20T00:00:00Z');
const hour = (n: number) => addMs(T0, n * HOUR_MS);
const finding = (outcome: Finding['outcome'], value = '80.0000'): Finding => ({
  type: 'PAYMENT_FAILURES',
  dimension: '',
  outcome,
  severity: 'HIGH',
  confidence: 'HIGH',
  value,
  threshold: '90.0000',
  message: `rate ${value}`,
});

/** Runs cycles over one fingerprint; a letter a cycle: R raised, C clean, U unknown, O off. */
function run(cycles: string, start: Issue[] = [], from = 0, values: string[] = []) {
  const outcomes = { R: 'RAISED', C: 'CLEAN', U: 'UNKNOWN', O: 'OFF' } as const;
  let known = start;
  let ids = 0;
  const log = [...cycles].map((letter, i) => {
    const outcome = outcomes[letter as keyof typeof outcomes];
    const found = finding(outcome, values[i]);
    const plan = planIssues('t', known, [found], hour(from + i), () => `id${++ids}`);
    const changed = new Map(plan.changed.map((issue) => [issue.id, issue]));
    known = [...known.map((issue) => changed.get(issue.id) ?? issue)];
    known.push(...plan.changed.filter(({ id }) => !known.some((issue) => issue.id === id)));
    return `${plan.opened.length}${plan.repeated}${plan.resolved.length}`;
  });
  // Newest first, as the store loads only the last resolved one.
  return { log: log.join(' '), issues: known.toReversed() };
}

describe('hysteresis', () => {
  test.each([
    ['R', '100'],
    ['RRR', '100 010 010'],
    ['RC', '100 000'],
    ['RCC', '100 000 001'],
    ['RCRC', '100 000 010 000'],
    ['RCRCC', '100 000 010 000 001'],
    ['RCUC', '100 000 000 001'],
    ['RUUU', '100 000 000 000'],
    ['RO', '100 001'],
    ['CUO', '000 000 000'],
    ['RCCRCC', '100 000 001 100 000 001'],
  ])('%s: opened, repeated, resolved %s', (cycles, log) => expect(run(cycles).log).toBe(log));

  test('occurrences, worst value and last values', () => {
    const { issues } = run('RRRC', [], 0, ['80.0000', '9.5000', '85.0000']);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({
      occurrences: 3,
      peakValue: '9.5000',
      value: '85.0000',
      message: 'rate 85.0000',
      firstSeenAt: hour(0),
      lastSeenAt: hour(2),
      evaluatedAt: hour(3),
      cleanCycles: 1,
      status: 'OPEN',
      version: 1,
    });
  });
});

describe('flapping', () => {
  test('back within 24 h: the same row, open again and flapping', () => {
    const { issues } = run('RCCR');
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatchObject({
      id: 'id1',
      status: 'OPEN',
      isFlapping: true,
      occurrences: 2,
      cleanCycles: 0,
      resolvedAt: null,
      resolvedBy: null,
      firstSeenAt: hour(0),
      version: 3,
    });
  });

  test.each([
    [DAY_MS - 1, 1],
    [DAY_MS, 2],
  ])('back %d ms after the resolution: %d rows', (afterMs, rows) => {
    const { issues } = run('RCC');
    const resolved = issues[0] as Issue;
    expect(resolved).toMatchObject({ status: 'RESOLVED', resolvedAt: hour(2), resolvedBy: 'system:clean' });
    const at = addMs(hour(2), afterMs);
    const plan = planIssues('t', issues, [finding('RAISED')], at, () => 'new');
    expect(plan.opened.map(({ id, isFlapping }) => [id, isFlapping])).toEqual([
      rows === 1 ? ['id1', true] : ['new', false],
    ]);
  });

  test('a rule switched off resolves by name', () => {
    expect(run('RO').issues[0]).toMatchObject({ resolvedBy: 'system:rule-off', resolvedAt: hour(1) });
  });
});

describe('a snapshot that is not newer changes nothing', () => {
  test.each(['RAISED', 'CLEAN', 'OFF'] as const)('%s at the same or an earlier instant', (outcome) => {
    const { issues } = run('RRC');
    for (const at of [hour(2), hour(1), hour(-5)]) {
      expect(planIssues('t', issues, [finding(outcome)], at, () => 'new').changed).toEqual([]);
    }
  });
  test('nor does it reopen what was resolved since', () => {
    const { issues } = run('RCC');
    expect(planIssues('t', issues, [finding('RAISED')], hour(1), () => 'new').changed).toEqual([]);
  });
});

describe('by hand', () => {
  const open = openIssue('id', 't|PAYMENT_FAILURES|', finding('RAISED'), T0);
  test('acknowledge, repeat, resolve', () => {
    const seen = acknowledge(open, 'key:Ann', hour(1), 'on it');
    expect(seen).toMatchObject({
      status: 'ACKNOWLEDGED',
      acknowledgedAt: hour(1),
      acknowledgedBy: 'key:Ann',
      note: 'on it',
      version: 2,
    });
    expect(run('RCC', [seen], 2).issues[0]).toMatchObject({
      status: 'RESOLVED',
      occurrences: 2,
      acknowledgedBy: 'key:Ann',
      note: 'on it',
      version: 3,
    });
    expect(resolve(seen, 'key:Bo', hour(2), null)).toMatchObject({ resolvedBy: 'key:Bo', note: 'on it' });
  });

  test('a problem that is back after a resolution by hand loses its acknowledgement', () => {
    const done = resolve(acknowledge(open, 'key:Ann', hour(1), null), 'key:Ann', hour(2), null);
    expect(run('R', [done], 3).issues[0]).toMatchObject({
      status: 'OPEN',
      isFlapping: true,
      acknowledgedAt: null,
    });
  });

  const acknowledged = acknowledge(open, 'a', T0, null);
  const resolved = resolve(open, 'a', T0, null);
  test.each([
    ['acknowledge', acknowledged, 'ACKNOWLEDGED to ACKNOWLEDGED'],
    ['acknowledge', resolved, 'RESOLVED to ACKNOWLEDGED'],
    ['resolve', resolved, 'RESOLVED to RESOLVED'],
  ])('%s is refused: %#', (verb, issue, arrow) => {
    const step = verb === 'resolve' ? resolve : acknowledge;
    const attempt = () => step(issue, 'a', T0, null);
    expect(attempt).toThrow(InvalidTransitionError);
    expect(attempt).toThrow(`cannot go from ${arrow}.`);
  });
});
