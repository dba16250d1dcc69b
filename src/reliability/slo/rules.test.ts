import { expect, test } from 'vitest';
import { BUILT_IN, freshBuiltIn } from './objective.ts';
import {
  breachMessage,
  burnMessage,
  burnRate,
  type CheckVerdict,
  judgeBurn,
  judgeCheck,
  nextStatus,
  type Tallies,
  type Tally,
  WINDOWS,
} from './rules.ts';

const of = (bad: number, total: number): Tally => ({ good: total - bad, bad });
const tallies = (given: Partial<Tallies>): Tallies =>
  Object.fromEntries(WINDOWS.map((window) => [window, given[window] ?? of(0, 0)])) as unknown as Tallies;

test.each([
  ['1 h of the document', of(160, 10_000), 16],
  ['5 min of the document', of(14, 900), 15.555555556],
  ['nothing', of(0, 0), 0],
  ['all is bad', of(10, 10), 1000],
])('burn rate at 99.9 %%: %s', (_name, tally, burn) => {
  expect(burnRate(tally, 0.999)).toBe(burn);
});

test.each([
  ['both windows burn', { 60: of(160, 10_000), 5: of(14, 900) }, 'PAGE', null],
  ['it is already over', { 60: of(160, 10_000), 5: of(0, 900) }, 'NONE', null],
  ['exactly 1.44 % is the limit, not beyond it', { 60: of(144, 10_000), 5: of(144, 10_000) }, 'NONE', null],
  ['just beyond 1.44 %', { 60: of(145, 10_000), 5: of(145, 10_000) }, 'PAGE', null],
  ['99 events prove nothing', { 60: of(20, 99), 5: of(20, 99) }, 'NONE', 'LOW_TRAFFIC'],
  ['9 bad ones prove nothing', { 60: of(9, 200), 5: of(9, 200) }, 'NONE', 'LOW_TRAFFIC'],
  ['100 events with 10 bad ones do', { 60: of(10, 100), 5: of(10, 100) }, 'PAGE', null],
  ['6 h and 30 min beyond 0.6 %', { 360: of(61, 10_000), 30: of(61, 10_000) }, 'PAGE', null],
  ['6 h and 30 min at 0.6 %', { 360: of(60, 10_000), 30: of(60, 10_000) }, 'NONE', null],
  ['1 d and 2 h beyond 0.3 %', { 1440: of(31, 10_000), 120: of(31, 10_000) }, 'TICKET', null],
  ['3 d and 6 h beyond 0.1 %', { 4320: of(11, 10_000), 360: of(11, 10_000) }, 'TICKET', null],
] satisfies [string, Partial<Tallies>, string, string | null][])('%s', (_name, given, alert, reason) => {
  const verdict = judgeBurn(tallies(given), 0.999);
  expect(verdict.alert).toBe(alert);
  expect(verdict.pairs.find((pair) => pair.reason !== null)?.reason ?? null).toBe(reason);
});

test.each([
  [of(0, 0), 0.99, 'CLEAN'],
  [of(1, 100), 0.99, 'CLEAN'],
  [of(2, 100), 0.99, 'FAILING'],
  [of(2, 99), 0.99, 'LOW_TRAFFIC'],
  [of(10, 10), 0.99, 'FAILING'],
  [of(5, 1_000), 0.995, 'CLEAN'],
  [of(6, 1_000), 0.995, 'FAILING'],
] satisfies [Tally, number, CheckVerdict][])('a check of %j against %d is %s', (tally, target, verdict) => {
  expect(judgeCheck(tally, target)).toBe(verdict);
});

const at = (minute: number) => new Date(Date.UTC(2026, 10, 20, 12, minute));

test.each([
  ['one failing check is not yet a breach', 'F', ['FAILING 1']],
  ['two in a row are 10 minutes', 'FF', ['FAILING 1', 'BREACHED 2']],
  ['a clean one between starts again', 'FCFF', ['FAILING 1', 'OK 0', 'FAILING 1', 'BREACHED 2']],
  ['one clean check ends it', 'FFC', ['FAILING 1', 'BREACHED 2', 'OK 0']],
  ['too little traffic does not end it', 'FFLF', ['FAILING 1', 'BREACHED 2', 'BREACHED 2', 'BREACHED 3']],
  ['too little traffic does not make it', 'FLF', ['FAILING 1', 'OK 0', 'FAILING 1']],
  ['a missed check is no check in a row', 'F.F', ['FAILING 1', 'FAILING 1']],
])('%s', (_name, checks, expected) => {
  const verdicts: Record<string, CheckVerdict> = { F: 'FAILING', C: 'CLEAN', L: 'LOW_TRAFFIC' };
  let state = { status: 'OK', failingChecks: 0, lastCheckedAt: null } as Parameters<typeof nextStatus>[0];
  const seen: string[] = [];
  for (const [i, check] of [...checks].entries()) {
    const verdict = verdicts[check];
    if (!verdict) continue;
    state = { ...nextStatus(state, verdict, at(i * 5)), lastCheckedAt: at(i * 5) };
    seen.push(`${state.status} ${state.failingChecks}`);
  }
  expect(seen).toEqual(expected);
});

test('the sentences of the built-in objectives', () => {
  expect(BUILT_IN.map((one) => breachMessage(freshBuiltIn('t', one, at(0))))).toEqual([
    'SLO breach: P99 > 200ms for 10 minutes',
    'SLO breach: error rate > 0.5% for 10 minutes',
    'SLO breach: availability < 99.9% for 10 minutes',
    'SLO breach: Cycle phases: P95 duration: P95 > 5000ms for 10 minutes',
    'SLO breach: Cycle phases: error rate: error rate > 0.5% for 10 minutes',
  ]);
});

test('the sentence of a burn alert names the windows', () => {
  const { pairs } = judgeBurn(tallies({ 60: of(160, 10_000), 5: of(14, 900) }), 0.999);
  expect(burnMessage({ name: 'X' }, pairs)).toBe(
    'X: the error budget burns 16.0× too fast over 1 h and 15.6× over 5 min (limit 14.4×)',
  );
});
