import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../kernel/random.ts';
import { createDetector, type Detection } from './index.ts';

const observe = (values: readonly number[]): Detection[] => {
  const detector = createDetector('DEFAULT');
  return values.map((value, i) => detector.observe(i * 300_000, value));
};
const alerts = (values: readonly number[]): number[] =>
  observe(values).flatMap((found, i) => (found.isAnomaly ? [i] : []));
const shifts = (values: readonly number[]): number[] =>
  observe(values).flatMap((found, i) => (found.isLevelShift ? [i] : []));

function noise(seed: number, length: number, at: (i: number) => number = () => 0): number[] {
  const random = seeded(seed);
  return Array.from({ length }, (_, i) => at(i) + random.normal());
}
const day = (i: number): number => 10 * Math.sin((i / 288) * 2 * Math.PI);

describe('the default detector', () => {
  it('gives the same alerts and shifts in any unit', () => {
    const values = noise(1, 1500, (i) => day(i) + (i % 400 === 399 ? 30 : 0) + (i > 1000 ? 40 : 0));
    expect(alerts(values).length).toBeGreaterThan(1);
    expect(shifts(values).length).toBeGreaterThan(0);
    const scales = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    const offsets = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(scales, offsets, fc.boolean(), (a, b, isTurned) => {
        const other = values.map((x) => (isTurned ? -a : a) * x + a * b);
        expect(alerts(other)).toEqual(alerts(values));
        expect(shifts(other)).toEqual(shifts(values));
      }),
      { numRuns: 25 },
    );
  });

  it.each([
    ['a spike', 40, 'SPIKE'],
    ['a drop', -40, 'DROP'],
  ])('raises %s at once, once, and says so', (_, size, reason) => {
    const values = noise(2, 1200, (i) => day(i) + (i >= 1000 && i < 1003 ? size : 0));
    const found = observe(values);
    expect(found[1000]).toMatchObject({ isAnomaly: true, severity: 'CRITICAL', reason });
    expect(Math.abs((found[1000]?.expected as number) - day(1000))).toBeLessThan(4);
    expect(found.slice(1001, 1100).filter((d) => d.isAnomaly).length).toBeLessThanOrEqual(1);
  });

  it('raises a lasting change once, not sample by sample', () => {
    const day10 = alerts(noise(13, 3600, (i) => day(i) + (i >= 2900 && i < 3100 ? 100 : 0)));
    expect(day10.filter((i) => i >= 2900 && i < 3000)).toEqual([2900]);
  });

  it('raises the second of two equal short outages too', () => {
    const outage = (i: number): boolean => i === 1000 || i === 1900;
    const found = observe(noise(3, 2000, (i) => 50 + day(i)).map((x, i) => (outage(i) ? 0 : x)));
    expect([found[1000]?.isAnomaly, found[1900]?.isAnomaly]).toEqual([true, true]);
  });

  it('raises a value between the ones a series has', () => {
    const values = noise(4, 900, (i) => (Math.floor(i / 7) % 2) * 100);
    values[800] = 50;
    expect(observe(values)[800]).toMatchObject({ isAnomaly: true, reason: 'UNUSUAL_VALUE' });
  });

  it('raises the first other value of a constant', () => {
    const values = Array(500).fill(7);
    values[400] = 8;
    const found = observe(values);
    expect(alerts(values)).toEqual([400]);
    expect(found[400]).toMatchObject({ reason: 'SPIKE', severity: 'CRITICAL', expected: 7 });
  });

  it('raises a day that does not come', () => {
    const found = observe(noise(5, 288 * 10, (i) => (i > 288 * 8 ? 10 * Math.sin(0) - 10 : day(i))));
    const missed = found.slice(288 * 8, 288 * 9).filter((d) => d.isAnomaly);
    expect(missed.length).toBeGreaterThan(0);
  });

  it('raises a series that gets stuck, once', () => {
    const stuck = noise(6, 1000).map((x, i, all) => (i >= 700 && i < 900 ? (all[700] as number) : x));
    const flat = observe(stuck).flatMap((d, i) => (d.reason === 'FLAT_LINE' ? [i] : []));
    expect(flat).toEqual([723]);
  });

  it('is quiet about noise, rhythms and counters that only do what they do', () => {
    const random = seeded(7);
    const quiet = [
      noise(8, 4000),
      noise(9, 4000, day),
      Array.from({ length: 4000 }, (_, i) => day(i)),
      Array.from({ length: 4000 }, () => random.int(0, 9)),
      Array.from({ length: 4000 }, (_, i) => (Math.floor(i / 144) % 2) * 100),
      Array(4000).fill(0),
    ];
    for (const values of quiet) {
      expect(alerts(values).filter((i) => i > 600).length).toBeLessThanOrEqual(4);
      expect(shifts(values).filter((i) => i > 600)).toEqual([]);
    }
  });

  it('raises a shift of level once, and the shift back', () => {
    const found = shifts(noise(10, 2000, (i) => (i >= 800 && i < 1400 ? 12 : 0)));
    expect(found).toHaveLength(2);
    expect(found[0]).toBeGreaterThanOrEqual(800);
    expect(found[0]).toBeLessThan(848);
    expect(found[1]).toBeGreaterThanOrEqual(1400);
    expect(found[1]).toBeLessThan(1448);
  });

  it('calls a ramp one shift and a spike none', () => {
    expect(shifts(noise(11, 1500, (i) => (i > 700 ? (i - 700) / 2 : 0)))).toHaveLength(1);
    expect(shifts(noise(12, 1500, (i) => (i % 500 === 499 ? 1000 : 0)))).toEqual([]);
  });
});
