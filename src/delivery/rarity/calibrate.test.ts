import { describe, expect, it, test } from 'vitest';
import { type Calibration, calibrate, calibration, displayScore, tierOf } from './calibrate.ts';
import { addTo, type Histogram, rawBucket } from './histogram.ts';

function histogramOf(raws: Iterable<number>): Histogram {
  const histogram: Histogram = {};
  for (const raw of raws) addTo(histogram, rawBucket(raw));
  return histogram;
}

const range = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i));
const scoreOf = (raw: number, map: Calibration) => calibrate(raw, map).score;

describe('tiers and display (spec c.1)', () => {
  test.each([
    [0, 'FREE'],
    [49.999, 'FREE'],
    [50, 'BASIC'],
    [70, 'PRO'],
    [85, 'ENTERPRISE'],
    [94.995, 'ENTERPRISE'],
    [95, 'ELITE'],
    [100, 'ELITE'],
  ])('%d is %s', (score, tier) => expect(tierOf(score)).toBe(tier));

  test.each([
    [94.995, 95],
    [94.994999, 94.99],
    [1.005, 1.01],
    [1e-9, 0],
    [100, 100],
  ])('%d is shown as %d', (score, shown) => expect(displayScore(score)).toBe(shown));
});

describe('cold start', () => {
  it('passes raw scores through below 50 of them, short of elite', () => {
    const map = calibration(histogramOf(range(49, (i) => i * 2)));
    expect(map).toMatchObject({ n: 49, knots: [] });
    expect(calibrate(99.6, map)).toMatchObject({
      score: 94.99,
      percentile: null,
      reason: { code: 'COLD_START' },
    });
    expect(calibrate(55.1667, map).score).toBe(55.1667);
    expect(calibration({}).n).toBe(0);
  });

  it('calibrates from 50 on', () => {
    const map = calibration(histogramOf(range(50, (i) => i * 2)));
    expect(calibrate(98, map)).toEqual({ score: 100, percentile: 100, reason: null });
    expect(scoreOf(49, map)).toBe(50);
  });
});

describe('the map', () => {
  /** 1,000 distinct raw scores 40.00, 40.05 … 89.95: quantile p lies at 39.975 + p/2. */
  const map = calibration(histogramOf(range(1000, (i) => 40 + i * 0.05)));

  it('goes through the six quantiles', () => {
    expect(map.knots.map(({ percentile, score }) => [percentile, score])).toEqual([
      [0, 0],
      [50, 50],
      [70, 70],
      [90, 85],
      [99, 95],
      [100, 100],
    ]);
    const expected = [40, 64.975, 74.975, 84.975, 89.475, 89.95];
    for (const [i, raw] of expected.entries()) expect(map.knots[i]?.raw).toBeCloseTo(raw, 9);
  });

  test.each([
    [12, 0],
    [40, 0],
    [64.97, (24.97 / 24.975) * 50],
    [80, 70 + (5.025 / 10) * 15],
    [89.95, 100],
    [97, 100],
  ])('raw %d becomes %d', (raw, score) => expect(scoreOf(raw, map)).toBeCloseTo(score, 9));

  it('has a version that follows the knots alone', () => {
    const again = calibration(histogramOf(range(1000, (i) => 89.95 - i * 0.05)));
    expect(again).toEqual(map);
    expect(map.version).toMatch(/^[\w-]{12}$/);
    expect(calibration(histogramOf(range(1000, (i) => 40 + i * 0.04))).version).not.toBe(map.version);
  });
});

describe('ties get their middle rank', () => {
  test.each([
    ['all equal', [[62.567, 1000]], 62.567, 50, 50],
    [
      'lower half equal',
      [
        [10, 500],
        [20, 500],
      ],
      10,
      25,
      25,
    ],
    [
      'a mass over P70 and P90',
      [
        [10, 550],
        [60, 400],
        [90, 50],
      ],
      60,
      75,
      73.75,
    ],
    [
      'a mass at the top',
      [
        [10, 900],
        [80, 100],
      ],
      80,
      95,
      85 + (5 / 9) * 10,
    ],
    [
      'a mass at the bottom',
      [
        [0, 100],
        [80, 900],
      ],
      0,
      5,
      5,
    ],
    [
      'a mass over P99',
      [
        [10, 970],
        [80, 26],
        [90, 4],
      ],
      80,
      98.3,
      85 + (8.3 / 9) * 10,
    ],
  ])('%s', (_case, masses, raw, percentile, score) => {
    const map = calibration(
      histogramOf((masses as [number, number][]).flatMap(([at, n]) => Array(n).fill(at))),
    );
    expect(calibrate(raw as number, map).percentile).toBeCloseTo(percentile as number, 9);
    expect(scoreOf(raw as number, map)).toBeCloseTo(score as number, 9);
  });

  it('puts unseen raw scores beyond a tied end at the end', () => {
    const map = calibration({ [rawBucket(60)]: 100 });
    expect([59.99, 60, 60.01].map((raw) => scoreOf(raw, map))).toEqual([0, 50, 100]);
  });
});
