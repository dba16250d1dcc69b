import { bounded, pack, unpack } from './bytes.ts';
import { type Training, train } from './training.ts';
import { blankDetection, clear, type Detection, type Detector } from './types.ts';

export const SEED_METHOD = 'z-score+iqr';

const WINDOW = 500;
const READY = 100;
const RETRAIN_MS = 300_000;
const RECENT = 50;
const SHIFT_SHARE = 0.2;
const MIN_SPREAD = 1e-6;

// The state is one array of doubles: some named cells, the window, the last 50 raw values and their sides.
const SEEN = 0;
const LAST_AT = 1;
const COUNT = 2;
const NEXT = 3;
const TRAINED_AT = 4;
const TRAINED_N = 5;
const MEAN = 6;
const STD = 7;
const Q1 = 8;
const Q3 = 9;
const MEDIAN = 10;
const MAD = 11;
const MIN_EFFECT = 12;
const CELLS = 16;
const RAW = CELLS + WINDOW;
const SIDES = RAW + RECENT;
const SIZE = SIDES + RECENT;

type Cells = [number, number, number, number, number, number, number];

const sorted = new Float64Array(WINDOW);

/** A value against a training: the document's numbers (spec j.6 "Score x"). */
export interface SeedScore {
  score: number;
  z: number;
  robustZ: number;
  low: number;
  high: number;
}

/** Scores a value of ±1e300 at most against a training, spec j.6; an anomaly iff `score` < -1. */
export function seedScore(trained: Training, x: number): SeedScore {
  const { mean, sampleStd, q1, q3, median } = trained;
  const z = (x - mean) / Math.max(sampleStd, MIN_SPREAD);
  const iqr = q3 - q1;
  // Without a spread the fences would lie on the median and every crumb beside it would be an anomaly.
  const reach = Math.max(MIN_SPREAD, 0.01 * Math.abs(median));
  const low = iqr > 0 ? q1 - 1.5 * iqr : median - reach;
  const high = iqr > 0 ? q3 + 1.5 * iqr : median + reach;
  const fence = Math.abs(x - low) < Math.abs(x - high) ? median - low : high - median;
  const distance = Math.abs(x - median) / (iqr > 0 ? Math.max(fence, Number.MIN_VALUE) : reach);
  const score = 0 - Math.min(Number.MAX_VALUE, Math.max(Math.abs(z) / 3, distance));
  const robustZ = (0.6745 * (x - median)) / Math.max(trained.mad, MIN_SPREAD);
  return { score, z, robustZ, low, high };
}

/** The document's rule over the last 500 samples (spec j.6), kept as the baseline the product is measured by. */
export class SeedDetector implements Detector {
  readonly kind = 'SEED';
  private readonly s = new Float64Array(SIZE);
  private training: Training | null = null;

  /** `minEffect`: a deviation below this share of the median is no anomaly (0.05 is the document's option). */
  constructor(minEffect = 0) {
    this.s[MIN_EFFECT] = minEffect;
    this.s[TRAINED_AT] = Number.NaN;
    this.s[LAST_AT] = Number.NaN;
  }

  static restore(bytes: Uint8Array): SeedDetector {
    const detector = new SeedDetector();
    unpack(bytes, detector.s);
    detector.training = fromCells(detector.s);
    return detector;
  }

  get samples(): number {
    return this.s[SEEN] as number;
  }

  get lastAt(): number | null {
    const at = this.s[LAST_AT] as number;
    return Number.isNaN(at) ? null : at;
  }

  /** What the last training found and when (ms since 1970); null before the first one. */
  get trainedStats(): (Training & { trainedAt: number }) | null {
    return this.training && { ...this.training, trainedAt: this.s[TRAINED_AT] as number };
  }

  observe(atMs: number, value: number): Detection {
    return this.observeInto(blankDetection(), atMs, value);
  }

  observeInto(out: Detection, atMs: number, value: number): Detection {
    const { s } = this;
    const x = bounded(value);
    const found = this.judge(clear(out), x);
    s[SEEN] = this.samples + 1;
    s[LAST_AT] = Math.max(this.lastAt ?? atMs, atMs);
    // What is anomalous enters as far as the fence only, or a burst would hide the next one.
    const side = out.isAnomaly ? Math.sign(out.robustZ as number) : 0;
    this.push(x, side !== 0 && found ? Math.max(found.low, Math.min(found.high, x)) : x, side);
    if (this.hasShifted(side)) {
      out.isLevelShift = true;
      out.reason = 'LEVEL_SHIFT';
      this.restart();
    }
    this.retrain(atMs);
    return out;
  }

  score(atMs: number, value: number): Detection {
    const out = blankDetection();
    if (Number.isFinite(atMs)) this.judge(out, bounded(value));
    return out;
  }

  retrain(atMs: number): boolean {
    const { s } = this;
    const count = s[COUNT] as number;
    if (count < READY || atMs - (s[TRAINED_AT] as number) < RETRAIN_MS) return false;
    const found = train(s.subarray(CELLS, RAW), count, sorted);
    this.training = found;
    s[TRAINED_AT] = atMs;
    s[TRAINED_N] = found.n;
    s[MEAN] = found.mean;
    s[STD] = found.sampleStd;
    s[Q1] = found.q1;
    s[Q3] = found.q3;
    s[MEDIAN] = found.median;
    s[MAD] = found.mad;
    return true;
  }

  serialise(): Uint8Array {
    return pack('SEED', this.s);
  }

  private judge(out: Detection, x: number): SeedScore | null {
    const trained = this.training;
    if (!trained) return null;
    const found = seedScore(trained, x);
    const effect = Math.abs(x - trained.median) >= (this.s[MIN_EFFECT] as number) * Math.abs(trained.median);
    out.isReady = true;
    out.score = found.score;
    out.z = found.z;
    out.robustZ = found.robustZ;
    out.expected = trained.median;
    out.baseline = 'WINDOW';
    out.isAnomaly = found.score < -1 && effect;
    out.severity = !out.isAnomaly ? null : found.score < -2 ? 'CRITICAL' : 'WARNING';
    out.reason = !out.isAnomaly ? 'NORMAL' : x < trained.median ? 'DROP' : 'SPIKE';
    return found;
  }

  private push(raw: number, value: number, side: number): void {
    const { s } = this;
    const next = s[NEXT] as number;
    s[CELLS + next] = value;
    s[NEXT] = (next + 1) % WINDOW;
    s[COUNT] = Math.min(WINDOW, (s[COUNT] as number) + 1);
    s.copyWithin(RAW, RAW + 1, SIDES);
    s[SIDES - 1] = raw;
    s.copyWithin(SIDES, SIDES + 1, SIZE);
    s[SIZE - 1] = side;
  }

  private hasShifted(side: number): boolean {
    let same = 0;
    for (let i = SIDES; i < SIZE; i++) if (this.s[i] === side) same++;
    return side !== 0 && same >= SHIFT_SHARE * RECENT;
  }

  /** Forgets the old level: the window is the last 50 samples, as they were, and nothing is trained. */
  private restart(): void {
    const { s } = this;
    s.copyWithin(CELLS, RAW, SIDES);
    s[COUNT] = RECENT;
    s[NEXT] = RECENT;
    s[TRAINED_AT] = Number.NaN;
    s.fill(0, SIDES, SIZE);
    this.training = null;
  }
}

function fromCells(s: Float64Array): Training | null {
  if (Number.isNaN(s[TRAINED_AT])) return null;
  const [n, mean, sampleStd, q1, q3, median, mad] = s.slice(TRAINED_N, MAD + 1) as unknown as Cells;
  return { n, mean, sampleStd, q1, q3, median, mad };
}
