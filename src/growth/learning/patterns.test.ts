import { expect, test } from 'vitest';
import { isHighScore, type Lesson, learnPatterns, nextWeight, selectionScore } from './patterns.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 1, 0, minute));
const lesson = (minute: number, score: number, patternKey = 'k'): Lesson => ({
  ...{ actionId: `a${minute}`, kind: 'RESULT', patternKey, score, occurredAt: at(minute) },
});

// Spec d.2, acceptance.
test('0.5, then 1, 1, 0, 1', () => {
  let weight = 0.5;
  for (const [score, expected] of [
    [1, 0.55],
    [1, 0.595],
    [0, 0.5355],
    [1, 0.58195],
  ] as const) {
    weight = nextWeight(weight, score);
    expect(weight).toBeCloseTo(expected, 12);
  }
});

test.each([
  [0.5, 9],
  [0, 16],
])('from %d unbroken successes pass 0.8 after %d', (start, steps) => {
  let weight = start;
  let n = 0;
  while (!(weight > 0.8)) {
    weight = nextWeight(weight, 1);
    n++;
  }
  expect(n).toBe(steps);
});

test('a high score needs both weight and evidence', () => {
  expect(isHighScore({ weight: 0.81, n: 9 })).toBe(true);
  expect(isHighScore({ weight: 0.8, n: 9 })).toBe(false);
  expect(isHighScore({ weight: 0.99, n: 8 })).toBe(false);
});

test('lessons are taken in the order in which they happened, whatever order they come in', () => {
  const lessons = [lesson(1, 1), lesson(2, 1), lesson(3, 0), lesson(4, 1), lesson(2, 0.3, 'other')];
  const [a] = learnPatterns(new Map(), lessons).filter(({ key }) => key === 'k');
  const [b] = learnPatterns(new Map(), [...lessons].reverse()).filter(({ key }) => key === 'k');
  expect(a).toEqual(b);
  expect(a).toMatchObject({ n: 4, lastAt: at(4) });
  expect(a?.weight).toBeCloseTo(0.58195, 12);
});

test('one that came out of order does not turn the clock back; no lesson changes nothing', () => {
  const known = new Map([['k', { key: 'k', weight: 0.7, n: 3, lastAt: at(10) }]]);
  expect(learnPatterns(known, [lesson(5, 0)])).toEqual([{ key: 'k', weight: 0.63, n: 4, lastAt: at(10) }]);
  expect(learnPatterns(known, [])).toEqual([]);
});

test('exploring, a pattern tried less is ahead; greedy, it is not', () => {
  const often = { weight: 0.6, n: 99 };
  const never = { weight: 0.5, n: 0 };
  expect(selectionScore(never, 99)).toBeCloseTo(0.5 + 0.5 * Math.sqrt(Math.log(100)), 12);
  expect(selectionScore(never, 99)).toBeGreaterThan(selectionScore(often, 99));
  expect(selectionScore(never, 99, 'GREEDY')).toBeLessThan(selectionScore(often, 99, 'GREEDY'));
  expect(selectionScore(never, 0)).toBe(0.5);
});
