import { expect, test } from 'vitest';
import { decideScaling, documentAnswer, type PastLook, type ScalingInputs } from './rule.ts';

const NOW = Date.parse('2026-11-20T12:00:00Z');
const BASE: ScalingInputs = {
  ...{
    queueDepth: 0,
    p95Ms: 100,
    errorRate: 0,
    spend24hMinor: '1000',
    marginPct: 40,
    workers: 2,
    history: [],
  },
  ...{
    isStabilised: false,
    isEnabled: true,
    isPending: false,
    algorithm: 'STEP',
    minWorkers: 1,
    maxWorkers: 4,
  },
  ...{ dailySpendLimitMinor: '5000', currency: 'USD', now: new Date(NOW).toISOString() },
};
/** Looks of every minute before now, newest first. */
const looks = (minutes: number, look: Partial<PastLook>, every = 1): PastLook[] =>
  Array.from({ length: Math.floor(minutes / every) }, (_, i) => ({
    ...{ desired: 1, isIdle: true, ...look },
    at: new Date(NOW - (i + 1) * every * 60_000).toISOString(),
  }));
const ask = (given: Partial<ScalingInputs>) => {
  const { action, after, reason } = decideScaling({ ...BASE, ...given });
  return [action, after, reason];
};
const OVER = 'p95 above 150 ms or more than 10 jobs queued';
const MAX = 'Already at max workers (4)';

test.each([
  ['queue 12, p95 100, 2 workers', { queueDepth: 12 }, ['SCALE_UP', 3, OVER]],
  ['queue 0, p95 151, 4 workers', { p95Ms: 151, workers: 4 }, ['HOLD', 4, MAX]],
  ['p95 150 and queue 10 are not above', { p95Ms: 150, queueDepth: 10 }, ['HOLD', 2, 'Within limits']],
  [
    'spend 45 of 50',
    { p95Ms: 151, spend24hMinor: '4500' },
    ['FREEZE', 2, 'Spend 4500 of 5000 minor units of USD: at least 90 % of the daily limit'],
  ],
  ['spend 44.99 of 50', { p95Ms: 151, spend24hMinor: '4499' }, ['SCALE_UP', 3, OVER]],
  [
    'spend is asked before the maximum',
    { p95Ms: 151, spend24hMinor: '4500', workers: 4 },
    ['FREEZE', 4, 'Spend 4500 of 5000 minor units of USD: at least 90 % of the daily limit'],
  ],
  ['margin 9.9 %', { p95Ms: 151, marginPct: 9.9 }, ['FREEZE', 2, 'Margin of 30 days is 9.9 %, below 10 %']],
  ['margin 10 %', { p95Ms: 151, marginPct: 10 }, ['SCALE_UP', 3, OVER]],
  ['margin unknown', { p95Ms: 151, marginPct: null }, ['FREEZE', 2, 'Margin of the last 30 days is unknown']],
  [
    'spend unknown',
    { p95Ms: 151, spend24hMinor: null },
    ['FREEZE', 2, 'Spend of the last 24 hours is unknown'],
  ],
  ['queue unknown', { queueDepth: null }, ['HOLD', 2, 'METRICS_MISSING']],
  ['p95 unknown', { p95Ms: null, queueDepth: 12 }, ['HOLD', 2, 'METRICS_MISSING']],
  [
    'a change under way',
    { queueDepth: 12, isPending: true },
    ['HOLD', 2, 'The last change is still being applied'],
  ],
  ['idle for 10 minutes', { p95Ms: 39, history: looks(10, {}) }, ['SCALE_DOWN', 1, 'Idle for 10 minutes']],
  ['idle for 9 minutes', { p95Ms: 39, history: looks(9, {}) }, ['HOLD', 2, 'Idle for less than 10 minutes']],
  [
    'idle, with a hole of 3 minutes',
    { p95Ms: 39, history: looks(12, {}, 3) },
    ['HOLD', 2, 'Idle for less than 10 minutes'],
  ],
  ['p95 40 is not idle', { p95Ms: 40, history: looks(10, {}) }, ['HOLD', 2, 'Within limits']],
  ['never below one worker', { p95Ms: 39, workers: 1, history: looks(10, {}) }, ['HOLD', 1, 'Within limits']],
  [
    'idle needs neither spend nor margin',
    { p95Ms: 39, history: looks(10, {}), spend24hMinor: null, marginPct: null },
    ['SCALE_DOWN', 1, 'Idle for 10 minutes'],
  ],
] satisfies [string, Partial<ScalingInputs>, unknown[]][])('STEP: %s', (_name, given, expected) => {
  expect(ask(given)).toEqual(expected);
});

test.each([
  ['exactly 10 % more is noise', { p95Ms: 165 }, ['HOLD', 2, 'Within limits']],
  ['exactly 10 % less is noise', { p95Ms: 135 }, ['HOLD', 2, 'Within limits']],
  ['11 % more', { p95Ms: 166.5, workers: 2 }, ['SCALE_UP', 3, OVER]],
  ['the greater of both', { p95Ms: 30, queueDepth: 15 }, ['SCALE_UP', 3, OVER]],
  ['at most twice as many', { queueDepth: 100, workers: 1 }, ['SCALE_UP', 2, OVER]],
  ['at most the maximum', { queueDepth: 100, workers: 3 }, ['SCALE_UP', 4, OVER]],
  ['at the maximum', { queueDepth: 100, workers: 4 }, ['HOLD', 4, MAX]],
  [
    'money first',
    { queueDepth: 100, marginPct: null },
    ['FREEZE', 2, 'Margin of the last 30 days is unknown'],
  ],
  [
    'down after 300 s',
    { p95Ms: 30, workers: 4, history: looks(5, { desired: 2 }) },
    ['SCALE_DOWN', 2, 'Load was lower for 300 seconds'],
  ],
  [
    'down not after 4 minutes',
    { p95Ms: 30, workers: 4, history: looks(4, { desired: 1 }) },
    ['HOLD', 4, 'Scaling down waits for 300 seconds of lower load'],
  ],
  [
    'the greatest wish of 300 s counts',
    {
      p95Ms: 30,
      workers: 4,
      history: [
        ...looks(4, { desired: 1 }),
        { at: new Date(NOW - 300_000).toISOString(), desired: 4, isIdle: false },
      ],
    },
    ['HOLD', 4, 'Scaling down waits for 300 seconds of lower load'],
  ],
] satisfies [string, Partial<ScalingInputs>, unknown[]][])('HPA: %s', (_name, given, expected) => {
  expect(ask({ algorithm: 'HPA', ...given })).toEqual(expected);
});

test('the exact answers of the document', () => {
  const say = (given: Partial<ScalingInputs>) => documentAnswer(decideScaling({ ...BASE, ...given }));
  expect(say({ isStabilised: true, isEnabled: false, queueDepth: 99 })).toEqual({
    ...{ action: 'hold', reason: 'STABILIZE_MODE enabled - all scaling frozen', stabilizeMode: true },
  });
  expect(say({ isEnabled: false, queueDepth: null })).toEqual({
    ...{ action: 'hold', reason: 'Autoscaling disabled via feature flag' },
  });
  expect(say({ queueDepth: 12, workers: 4 })).toEqual({
    action: 'hold',
    reason: 'Already at max workers (4)',
  });
  expect(say({ queueDepth: 12 })).toEqual({ action: 'scale_up', reason: OVER, workers: 3 });
});
