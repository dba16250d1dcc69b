import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../../kernel/random.ts';
import {
  createDetector,
  type Detection,
  type Detector,
  type DetectorKind,
  restoreDetector,
} from './index.ts';

const KINDS: DetectorKind[] = ['DEFAULT', 'SEED'];
const STEP = 60_000;

const EDGES = [0, -0, 1e308, -1e308, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -5e-324, 1e-300, 1e-154];
const sample = fc.oneof(
  { weight: 3, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 5 }) },
);
const series = fc.array(sample, { minLength: 120, maxLength: 700, size: 'max' });

const observeAll = (detector: Detector, values: readonly number[], from = 0, step = STEP): Detection[] =>
  values.map((value, i) => detector.observe((from + i) * step, value));

/** A daily rhythm with noise, a spike now and then, and a step. */
function lively(seed: number, length = 900): number[] {
  const random = seeded(seed);
  return Array.from({ length }, (_, i) => {
    const spike = random.next() < 0.01 ? 12 * random.next() : 0;
    return 3 * Math.sin(i / 20) + random.normal() + spike + (i > 600 ? 8 : 0);
  });
}

function numbersOf(found: Detection): number[] {
  return [found.score, found.expected ?? 0, found.z ?? 0, found.robustZ ?? 0];
}

describe.each(KINDS)('every detector: %s', (kind) => {
  it('answers any finite sample with finite numbers', () => {
    fc.assert(
      fc.property(series, (values) => {
        const detector = createDetector(kind);
        for (const found of observeAll(detector, values)) {
          expect(numbersOf(found).every(Number.isFinite)).toBe(true);
        }
        const last = detector.score(0, 1e308);
        expect(numbersOf(last).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses what is not a number', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => createDetector(kind).observe(0, value)).toThrow(RangeError);
      expect(() => createDetector(kind).score(0, value)).toThrow(RangeError);
    }
  });

  it('goes on after a round trip as if there had been none, in few bytes', () => {
    const bytes = createDetector(kind).serialise().byteLength;
    expect(bytes).toBeLessThan(6 * 1024);
    // 700 hours are four weeks of each hour and some more.
    const steps = fc.constantFrom(STEP, 60 * STEP);
    fc.assert(
      fc.property(series, fc.nat(700), steps, (values, at, step) => {
        const straight = createDetector(kind);
        observeAll(straight, values.slice(0, at), 0, step);
        const state = straight.serialise();
        const restored = restoreDetector(state);
        expect(state.byteLength).toBeLessThanOrEqual(bytes + (kind === 'SEED' ? 0 : 3 * 1024));
        expect([restored.kind, restored.samples, restored.lastAt]).toEqual([
          kind,
          straight.samples,
          straight.lastAt,
        ]);
        const rest = values.slice(at);
        expect(observeAll(restored, rest, at, step)).toEqual(observeAll(straight, rest, at, step));
        expect(restored.serialise()).toEqual(straight.serialise());
      }),
      { numRuns: 25 },
    );
  });

  it('knows nothing of what comes later', () => {
    const values = lively(3);
    const whole = observeAll(createDetector(kind), values);
    const part = observeAll(createDetector(kind), values.slice(0, 500));
    expect(whole.slice(0, 500)).toEqual(part);
  });

  it('scores without changing, and as it then observes', () => {
    const detector = createDetector(kind);
    observeAll(detector, lively(4, 300));
    const before = detector.serialise();
    const scored = [-50, 0, 50].map((value) => detector.score(300 * STEP, value));
    expect(detector.serialise()).toEqual(before);
    expect(scored[2]).toEqual(detector.observe(300 * STEP, 50));
    expect(scored[2]?.isAnomaly).toBe(true);
  });

  it('is not ready before 100 samples', () => {
    const found = observeAll(createDetector(kind), lively(5, 101));
    expect(found[98]).toMatchObject({
      isReady: false,
      score: 0,
      isAnomaly: false,
      reason: 'model_not_trained',
    });
    expect(found.map((d) => d.isReady).indexOf(true)).toBe(100);
  });

  it('fills the detection it is given', () => {
    const [one, other] = [createDetector(kind), createDetector(kind)];
    const out = one.score(0, 0);
    lively(6, 200).forEach((value, i) => {
      expect(one.observeInto(out, i, value)).toEqual(other.observe(i, value));
    });
  });
});

describe('the serialised state', () => {
  it('is refused when it is of another version, kind or length', () => {
    const bytes = createDetector('DEFAULT').serialise();
    const changed = (at: number, to: number): Uint8Array => {
      const copy = bytes.slice();
      copy[at] = to;
      return copy;
    };
    expect(() => restoreDetector(changed(0, 99))).toThrow('version 99');
    expect(() => restoreDetector(changed(1, 0))).toThrow('no detector');
    expect(() => restoreDetector(changed(4, 7))).toThrow('unknown kind');
    expect(() => restoreDetector(bytes.slice(0, -8))).toThrow('bytes; expected');
    expect(() => restoreDetector(new Uint8Array(3))).toThrow('too short');
  });

  it('is read at any place of a larger buffer', () => {
    const bytes = createDetector('SEED').serialise();
    const larger = new Uint8Array(bytes.byteLength + 3);
    larger.set(bytes, 3);
    expect(restoreDetector(larger.subarray(3)).serialise()).toEqual(bytes);
  });
});
