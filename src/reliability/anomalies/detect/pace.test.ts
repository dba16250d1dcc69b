import { describe, expect, it } from 'vitest';
import { seeded } from '../../../kernel/random.ts';
import { DAY_MS, MINUTE_MS } from '../../../kernel/time.ts';
import { createDetector, type Detection, restoreDetector } from './index.ts';
import { hasteOf, memoryOf, PACE_SIZE } from './pace.ts';

const START = Date.parse('2026-01-05T00:00:00Z');
const SECOND_MS = 1000;
const PACE_BYTES = 8 * PACE_SIZE;

type Shape = (ms: number) => number;
const flat: Shape = () => 100;
const daily: Shape = (ms) => 100 + 40 * Math.sin((2 * Math.PI * ms) / DAY_MS);

function noisy(seed: number, step: number, length: number, shape: Shape): number[] {
  const random = seeded(seed);
  return Array.from({ length }, (_, i) => shape(i * step) + 10 * random.normal());
}

function observe(values: readonly number[], step: number, detector = createDetector('DEFAULT')): Detection[] {
  return values.map((value, i) => detector.observe(START + i * step, value));
}

/** False alarms a week after the first two days, over a few series of pure noise on a shape. */
function perWeek(step: number, days: number, shape: Shape): number {
  const seeds = [1, 2, 3, 4];
  const settled = (2 * DAY_MS) / step;
  const found = seeds.map((seed) =>
    observe(noisy(seed, step, (days * DAY_MS) / step, shape), step).slice(settled),
  );
  return found.flat().filter(({ isAnomaly }) => isAnomaly).length / ((seeds.length * (days - 2)) / 7);
}

function haste(gaps: readonly number[]): number {
  const cells = new Float64Array(PACE_SIZE);
  return gaps.reduce((_, gap) => hasteOf(cells, 0, gap), 0);
}

describe('the pace of the samples', () => {
  it('asks for nothing more where a sample comes every 4 minutes or less often', () => {
    expect([0, 4, 5, 60].map((minutes) => haste([minutes * MINUTE_MS]))).toEqual([0, 0, 0, 0]);
    const values = noisy(5, 5 * MINUTE_MS, 2000, daily).map((x, i) => (i % 500 === 499 ? x + 90 : x));
    const answers = observe(values, 5 * MINUTE_MS);
    expect(answers.some(({ isAnomaly }) => isAnomaly)).toBe(true);
    expect(observe(values, 4 * MINUTE_MS)).toEqual(answers);
    expect(observe(values, 0)).toEqual(answers);
  });

  it('follows the usual gap, not the odd one', () => {
    const minutes = Array<number>(200).fill(MINUTE_MS);
    expect(haste(minutes)).toBeCloseTo(Math.log(4), 10);
    expect(haste([DAY_MS, ...minutes])).toBeCloseTo(Math.log(4), 10);
    expect(Math.abs(haste([...minutes, 6 * DAY_MS]) - Math.log(4))).toBeLessThan(0.06);
    expect(haste([1, 1, 1])).toBeCloseTo(Math.log(240), 10);
  });

  it('remembers a month or two at any pace', () => {
    const memories = [5 * MINUTE_MS, MINUTE_MS, 10 * SECOND_MS, SECOND_MS].map((gap) =>
      memoryOf(haste([gap])),
    );
    expect(memories).toEqual([1, 4, 32, 256]);
  });

  it.each([
    ['a minute', MINUTE_MS, 28],
    ['ten seconds', 10 * SECOND_MS, 9],
  ])('raises at most one false alarm a week on noise, at %s a sample', (_, step, days) => {
    expect(perWeek(step, days, flat)).toBeLessThanOrEqual(1);
    expect(perWeek(step, days, daily)).toBeLessThanOrEqual(1);
  });

  it.each([
    ['a spike of three minutes', 3, 90],
    ['a drop of ten minutes', 10, -90],
  ])('raises %s within three minutes', (_, minutes, size) => {
    const at = 8 * 1440 + 777;
    const values = noisy(6, MINUTE_MS, 9 * 1440, daily).map(
      (x, i) => x + (at <= i && i < at + minutes ? size : 0),
    );
    const found = observe(values, MINUTE_MS).findIndex(({ isAnomaly }, i) => i >= at && isAnomaly);
    expect(found - at).toBeLessThan(3);
  });

  it('goes on from a state that knows no pace', () => {
    const values = noisy(7, MINUTE_MS, 2990, daily);
    const detector = createDetector('DEFAULT');
    observe(values, MINUTE_MS, detector);
    const state = detector.serialise();
    expect(restoreDetector(state).serialise()).toEqual(state);
    const older = restoreDetector(state.slice(0, -PACE_BYTES));
    expect([older.samples, older.lastAt]).toEqual([2990, START + 2989 * MINUTE_MS]);
    older.observe(START + 2990 * MINUTE_MS, 100);
    expect(older.serialise().byteLength).toBe(state.byteLength);
    expect(older.observe(START + 2991 * MINUTE_MS, 500)).toMatchObject({ isAnomaly: true, reason: 'SPIKE' });
  });
});
