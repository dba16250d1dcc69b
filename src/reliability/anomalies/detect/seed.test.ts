import { describe, expect, it } from 'vitest';
import { SeedDetector, seedScore } from './seed.ts';
import { train } from './training.ts';

const LEVELS = [90, 95, 100, 105, 110];
const window = (n: number, at = (i: number) => LEVELS[i % 5] as number): number[] =>
  Array.from({ length: n }, (_, i) => at(i));

function fed(values: number[], minEffect = 0): SeedDetector {
  const detector = new SeedDetector(minEffect);
  values.forEach((value, i) => {
    detector.observe(i * 1000, value);
  });
  return detector;
}

describe('the seed rule (spec j.6)', () => {
  it('trains what the document says', () => {
    const stats = fed(window(100)).trainedStats;
    expect(stats).toMatchObject({
      n: 100,
      mean: 100,
      q1: 95,
      q3: 105,
      median: 100,
      mad: 5,
      trainedAt: 99_000,
    });
    expect(stats?.sampleStd).toBeCloseTo(7.1067, 4);
  });

  it.each([
    [100, 0, 0, false],
    [108.5, 1.196, -0.425, false],
    [120, 2.814, -1, false],
    [122, 3.096, -1.1, true],
    [78, -3.096, -1.1, true],
  ])('x = %d: z %d, score %d, anomaly %s', (x, z, score, isAnomaly) => {
    const found = fed(window(100)).score(100_000, x);
    expect(found.z).toBeCloseTo(z, 3);
    expect(found.score).toBeCloseTo(score, 3);
    expect(found).toMatchObject({ isReady: true, isAnomaly, severity: isAnomaly ? 'WARNING' : null });
  });

  it('is critical below -2', () => {
    expect(fed(window(100)).score(0, 141).severity).toBe('CRITICAL');
    expect(fed(window(100)).score(0, 140).severity).toBe('WARNING');
  });

  it('is not ready with 99 samples', () => {
    expect(fed(window(99)).score(0, 1e9)).toMatchObject({
      isReady: false,
      isAnomaly: false,
      reason: 'model_not_trained',
      score: 0,
    });
  });

  it('has a fence at 1 % of the median when all samples are equal', () => {
    const flat = fed(window(100, () => 100));
    expect(flat.score(0, 100)).toMatchObject({ isAnomaly: false, score: 0 });
    expect(flat.score(0, 102)).toMatchObject({ isAnomaly: true, reason: 'SPIKE' });
  });

  it('scores without a spread against the smallest one', () => {
    const trained = train(Float64Array.of(0, 0, 0), 3, new Float64Array(3));
    expect(seedScore(trained, 1e-6)).toMatchObject({ z: 1, score: -1 });
  });

  it('asks for a deviation of 5 % where that is wanted', () => {
    const narrow = window(100, (i) => 1000 + (i % 5));
    expect(fed(narrow).score(0, 1040).isAnomaly).toBe(true);
    expect(fed(narrow, 0.05).score(0, 1040).isAnomaly).toBe(false);
    expect(fed(narrow, 0.05).score(0, 1060).isAnomaly).toBe(true);
  });

  it('retrains every five minutes of the samples, not more often', () => {
    const detector = fed(window(100));
    expect(detector.retrain(99_000 + 299_999)).toBe(false);
    expect(detector.retrain(99_000 + 300_000)).toBe(true);
    expect(detector.trainedStats?.trainedAt).toBe(399_000);
  });

  it('lets anomalous points in as far as the fence only', () => {
    const detector = fed([...window(100), 500]);
    detector.retrain(1e9);
    expect(detector.trainedStats).toMatchObject({ n: 101, mean: (100 * 100 + 120) / 101 });
  });

  it('forgets what is older than 500 samples', () => {
    const detector = fed([...window(500, () => 7), ...window(100), ...window(500, () => 7)]);
    detector.retrain(1e9);
    expect(detector.trainedStats).toMatchObject({ n: 500, mean: 7, sampleStd: 0 });
  });

  it('calls 10 of 50 anomalous on one side a level shift, and starts again from the last 50', () => {
    const detector = fed(window(200));
    const found = window(10).map((x, i) => detector.observe(200_000 + i, x + 100));
    expect(found.map((d) => d.isLevelShift)).toEqual([...Array(9).fill(false), true]);
    expect(found[9]).toMatchObject({ isAnomaly: true, reason: 'LEVEL_SHIFT' });
    expect(detector.score(0, 200).isReady).toBe(false);
    for (const x of window(50)) detector.observe(201_000, x + 100);
    expect(detector.trainedStats).toMatchObject({ n: 100, mean: expect.closeTo(160, 9) });
  });

  it('does not call anomalies on both sides a level shift', () => {
    const detector = fed(window(200));
    const found = window(10).map((_, i) => detector.observe(200_000 + i, i % 2 === 0 ? 200 : 0));
    expect(found.some((d) => d.isLevelShift)).toBe(false);
  });
});
