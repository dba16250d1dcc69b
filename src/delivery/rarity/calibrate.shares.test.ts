import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Random, seeded } from '../../kernel/random.ts';
import { type Calibration, calibrate, calibration } from './calibrate.ts';
import { addTo, type Histogram, rawBucket } from './histogram.ts';

function histogramOf(raws: Iterable<number>): Histogram {
  const histogram: Histogram = {};
  for (const raw of raws) addTo(histogram, rawBucket(raw));
  return histogram;
}

const range = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i));
const scoreOf = (raw: number, map: Calibration) => calibrate(raw, map).score;

const rawScore = fc.integer({ min: 0, max: 10_000 }).map((b) => b / 100);
const masses = fc.array(fc.tuple(rawScore, fc.integer({ min: 1, max: 400 })), {
  minLength: 1,
  maxLength: 60,
});

describe('on any histogram', () => {
  it('is monotone, bounded and consistent between score and percentile', () => {
    fc.assert(
      fc.property(masses, fc.array(rawScore, { minLength: 2 }), (entries, probes) => {
        const histogram: Histogram = {};
        for (const [raw, n] of entries) addTo(histogram, rawBucket(raw), n);
        const map = calibration(histogram);
        fc.pre(map.n >= 50);
        for (const [i, knot] of map.knots.slice(1).entries()) {
          expect(knot.raw).toBeGreaterThan(map.knots[i]?.raw as number);
          expect(knot.score).toBeGreaterThan(map.knots[i]?.score as number);
        }
        const answers = probes.sort((a, b) => a - b).map((raw) => calibrate(raw, map));
        for (const [i, answer] of answers.entries()) {
          expect(answer.score).toBeGreaterThanOrEqual(answers[i - 1]?.score ?? 0);
          expect(answer.score).toBeLessThanOrEqual(100);
          expect(answer.score >= 95).toBe((answer.percentile as number) >= 99);
        }
      }),
    );
  });
});

const clip = (x: number) => Math.min(100, Math.max(0, x));
const SHAPES: Record<string, (random: Random) => number> = {
  uniform: (random) => 100 * random.next(),
  normal: (random) => clip(60 + 12 * random.normal()),
  narrow: (random) => 75 + 0.3 * random.normal(),
  'skewed up': (random) => 100 * (1 - random.next() ** 1.5),
  'skewed down': (random) => 100 * random.next() ** 4,
  clustered: (random) => random.int(2, 9) * 10 + 0.4 * random.normal(),
  'two far apart': (random) =>
    random.next() < 0.985 ? 40 + 0.5 * random.normal() : 90 + 0.3 * random.normal(),
  'small ties': (random) => random.int(0, 1300) * 0.07,
};

/** Share of packages in percent whose calibrated score is at least `level`. */
function share(raws: number[], map: Calibration, level: number): number {
  return (raws.filter((raw) => scoreOf(raw, map) >= level).length / raws.length) * 100;
}

describe('95 is the top 1 % and 85 the top 10 % (C4)', () => {
  test.each(Object.entries(SHAPES))('on %s corpora', (_name, shape) => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1000, max: 6000 }), (seed, n) => {
        const random = seeded(seed);
        const raws = range(n, () => shape(random));
        const map = calibration(histogramOf(raws));
        expect(Math.abs(share(raws, map, 95) - 1)).toBeLessThanOrEqual(0.2 + 1e-9);
        expect(Math.abs(share(raws, map, 85) - 10)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 25, seed: 20260101 },
    );
  });

  it('misses by at most half the tie that lies on the edge, whatever the corpus', () => {
    fc.assert(
      fc.property(masses, (entries) => {
        const raws = entries.flatMap(([raw, n]) => Array<number>(n).fill(raw));
        fc.pre(raws.length >= 1000);
        const histogram = histogramOf(raws);
        const map = calibration(histogram);
        const edge = [...raws].sort((a, b) => b - a)[Math.ceil(raws.length / 100) - 1] as number;
        const tie = ((histogram[rawBucket(edge)] as number) / raws.length) * 100;
        expect(Math.abs(share(raws, map, 95) - 1)).toBeLessThanOrEqual(tie / 2 + 1e-9);
      }),
    );
  });
});
