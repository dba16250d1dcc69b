import { describe, expect, it } from 'vitest';
import { type Random, seeded } from '../../../kernel/random.ts';
import { createDetector, type DetectorKind } from './index.ts';

/** A series with the index ranges in which something happens. */
interface Labelled {
  values: number[];
  windows: [number, number][];
}

const LENGTH = 4000;
const LEARNING = 600;
const day = (i: number): number => Math.sin((i / 288) * 2 * Math.PI);

/** Spikes of 6 to 15 deviations on noise. */
function spikes(random: Random): Labelled {
  const places = Array.from({ length: 6 }, (_, k) => 900 + 500 * k + random.int(0, 200));
  const values = Array.from({ length: LENGTH }, () => 50 + random.normal());
  for (const i of places) values[i] = 50 + random.pick([-1, 1]) * (6 + 9 * random.next());
  return { values, windows: places.map((i) => [i, i + 20]) };
}

/** A slow drift, as traffic grows, with three outages. */
function drift(random: Random): Labelled {
  const places = [1200, 2300, 3400].map((i) => i + random.int(0, 200));
  const values = Array.from({ length: LENGTH }, (_, i) => 100 + i / 100 + 2 * random.normal());
  for (const i of places) for (let k = 0; k < 5; k++) values[i + k] = 2 * random.next();
  return { values, windows: places.map((i) => [i, i + 20]) };
}

/** A daily rhythm that steps to another level twice. */
function steps(random: Random): Labelled {
  const [first, second] = [1500 + random.int(0, 200), 2900 + random.int(0, 200)];
  const level = (i: number): number => (i < first ? 0 : i < second ? 40 : 90);
  const values = Array.from({ length: LENGTH }, (_, i) => level(i) + 10 * day(i) + random.normal());
  return { values, windows: [first, second].map((i) => [i, i + 60]) };
}

/** Long-tailed noise in whole numbers with two bursts. */
function noise(random: Random): Labelled {
  const places = [1700, 3100].map((i) => i + random.int(0, 200));
  const values = Array.from({ length: LENGTH }, () => Math.floor(10 * Math.exp(0.6 * random.normal())));
  for (const i of places) for (let k = 0; k < 30; k++) values[i + k] = 200 + random.int(0, 50);
  return { values, windows: places.map((i) => [i, i + 30]) };
}

const SERIES = [spikes, drift, steps, noise, spikes, drift, steps, noise, spikes, steps].map((make, i) =>
  make(seeded(100 + i)),
);

/** Strangeness of every sample: 1 and more is the detector's own alert. */
function strangeness(kind: DetectorKind): number[][] {
  return SERIES.map(({ values }) => {
    const detector = createDetector(kind);
    return values.map((value, i) => {
      const { score } = detector.observe(i * 300_000, value);
      return kind === 'SEED' ? -score : score / 0.5;
    });
  });
}

function tally(found: readonly number[][], isAlert: (strange: number) => boolean): [number, number] {
  let [hits, falseAlerts] = [0, 0];
  for (const [k, { windows }] of SERIES.entries()) {
    const seen = new Set<number>();
    found[k]?.forEach((strange, i) => {
      if (i < LEARNING || !isAlert(strange)) return;
      const window = windows.findIndex(([from, to]) => from <= i && i <= to);
      if (window >= 0) seen.add(window);
      else falseAlerts++;
    });
    hits += seen.size;
  }
  return [hits, falseAlerts];
}

describe('detector quality (spec j.6)', () => {
  const all = SERIES.reduce((sum, { windows }) => sum + windows.length, 0);
  const ours = strangeness('DEFAULT');
  const [seedHits, seedFalse] = tally(strangeness('SEED'), (strange) => strange > 1);

  it('raises few false alerts of its own, and misses little', () => {
    const [hits, falseAlerts] = tally(ours, (strange) => strange >= 1);
    expect(hits / all).toBeGreaterThan(0.9);
    expect(falseAlerts).toBeLessThan(seedFalse / 10);
  });

  it('has fewer false alerts than the seed rule where it finds as much', () => {
    const levels = Array.from({ length: 80 }, (_, i) => 1.6 - i / 50);
    const equal = levels.find((level) => tally(ours, (strange) => strange >= level)[0] >= seedHits);
    expect(equal).toBeGreaterThan(0);
    const [, falseAlerts] = tally(ours, (strange) => strange >= (equal as number));
    expect(falseAlerts).toBeLessThan(seedFalse);
  });
});
