import { hash } from 'node:crypto';
import Big from 'big.js';
import type { Reason } from '../../kernel/reason.ts';
import { type Histogram, RAW_STEPS, type RankedBucket, ranked, rawBucket } from './histogram.ts';
import { REASONS } from './reasons.ts';

export type EliteTier = 'FREE' | 'BASIC' | 'PRO' | 'ENTERPRISE' | 'ELITE';

/** A point of the map: `raw` in points (strictly ascending), `percentile` and `score` 0..100. */
export interface Knot {
  readonly raw: number;
  readonly percentile: number;
  readonly score: number;
}

/** The tenant's map from raw to calibrated score, fixed for a cycle. No knots while n < 50. */
export interface Calibration {
  readonly n: number;
  /** Short hash of the knots. */
  readonly version: string;
  readonly knots: readonly Knot[];
}

/** `score` 0..100 unrounded; `percentile` and a null `reason` only when calibrated. */
export interface CalibratedScore {
  readonly score: number;
  readonly percentile: number | null;
  readonly reason: Reason | null;
}

const MIN_SCORES = 50;
const UNCALIBRATED_MAX = 94.99;
/** Half a percent of all packages at one raw score is a tie that must get its own middle rank (spec c.1). */
const TIE_SHARE = 0.005;
/** Percentile → score: "95" and "top 1 %", "85" and "top 10 %" are the same statements (C4). */
const LEVELS: readonly (readonly [percentile: number, score: number])[] = [
  [0, 0],
  [50, 50],
  [70, 70],
  [90, 85],
  [99, 95],
  [100, 100],
];

/**
 * The map through the empirical quantiles of a raw-score histogram (spec c.1). A bucket stands at its
 * middle rank, so a quantile between two buckets is interpolated and one inside a tie is the tie itself.
 * A tie of 0.5 % or more is a knot of its own; a lone smallest or largest score is P0 or P100.
 */
export function calibration(histogram: Histogram): Calibration {
  const buckets = ranked(histogram);
  const last = buckets.at(-1);
  const n = last ? last.below + last.count : 0;
  const knots =
    n < MIN_SCORES ? [] : distinctKnots([...ends(buckets), ...ties(buckets, n), ...quantiles(buckets, n)]);
  return { n, version: hash('sha1', JSON.stringify(knots), 'base64url').slice(0, 12), knots };
}

/** Calibrated score of a raw one. Raw scores equal to two decimals are equal; unseen extremes are 0 or 100. */
export function calibrate(raw: number, { knots }: Calibration): CalibratedScore {
  const first = knots[0];
  if (!first)
    return { score: Math.min(raw, UNCALIBRATED_MAX), percentile: null, reason: REASONS.uncalibrated };
  const x = rawBucket(raw) / RAW_STEPS;
  if (x <= first.raw) return calibrated(first);
  let low = first;
  for (const high of knots) {
    if (x === high.raw) return calibrated(high);
    if (x < high.raw) {
      const t = (x - low.raw) / (high.raw - low.raw);
      return calibrated({
        percentile: low.percentile + (high.percentile - low.percentile) * t,
        score: low.score + (high.score - low.score) * t,
      });
    }
    low = high;
  }
  return calibrated(low);
}

/** Tier of an unrounded score: 94.995 is shown as 95.00 and is ENTERPRISE all the same (spec c.1). */
export function tierOf(score: number): EliteTier {
  if (score >= 95) return 'ELITE';
  if (score >= 85) return 'ENTERPRISE';
  if (score >= 70) return 'PRO';
  return score >= 50 ? 'BASIC' : 'FREE';
}

/** A score for people: two decimals, HALF_UP on the decimal digits (94.995 → 95). */
export function displayScore(score: number): number {
  const hundredths = score * 100;
  // Binary and decimal digits can only disagree at a tie; a list of scores should not pay for exactness elsewhere.
  const toTie = Math.abs(hundredths - Math.floor(hundredths) - 0.5);
  if (score >= 0 && score <= 100 && toTie > 1e-6) return Math.round(hundredths) / 100;
  return new Big(score).round(2, Big.roundHalfUp).toNumber();
}

const calibrated = ({ score, percentile }: { score: number; percentile: number }): CalibratedScore => ({
  score,
  percentile,
  reason: null,
});

/** Middle rank of a bucket in percent. */
const middle = ({ below, count }: RankedBucket, n: number): number => ((2 * below + count) * 50) / n;

const tieKnot = (bucket: RankedBucket, n: number): Knot => {
  const percentile = middle(bucket, n);
  return { raw: bucket.bucket / RAW_STEPS, percentile, score: levelScore(percentile) };
};

/** P0 and P100: the extremes themselves or, where they are tied, the first raw score beyond them. */
function ends(buckets: readonly RankedBucket[]): Knot[] {
  const lowest = buckets[0] as RankedBucket;
  const highest = buckets.at(-1) as RankedBucket;
  const n = highest.below + highest.count;
  const beyond = (end: RankedBucket, step: 1 | -1, level: 0 | 100): Knot[] => {
    const knot = { percentile: level, score: level };
    if (end.count === 1) return [{ raw: end.bucket / RAW_STEPS, ...knot }];
    return [tieKnot(end, n), { raw: (end.bucket + step) / RAW_STEPS, ...knot }];
  };
  return [...beyond(lowest, -1, 0), ...beyond(highest, 1, 100)];
}

function ties(buckets: readonly RankedBucket[], n: number): Knot[] {
  const tied = buckets.filter(({ count }) => count > 1 && count >= TIE_SHARE * n);
  return tied.map((bucket) => tieKnot(bucket, n));
}

/** The inner levels, where they lie between the middle ranks of two buckets. */
function quantiles(buckets: readonly RankedBucket[], n: number): Knot[] {
  const found: Knot[] = [];
  for (const [percentile, score] of LEVELS.slice(1, -1)) {
    const above = buckets.findIndex((bucket) => middle(bucket, n) >= percentile);
    const [low, high] = [buckets[above - 1], buckets[above]];
    if (!low || !high) continue;
    const t = (percentile - middle(low, n)) / (middle(high, n) - middle(low, n));
    found.push({ raw: (low.bucket + (high.bucket - low.bucket) * t) / RAW_STEPS, percentile, score });
  }
  return found;
}

/** Ascending, one knot per raw score; of two, the one named first stays. */
function distinctKnots(candidates: readonly Knot[]): Knot[] {
  const byRaw = new Map<number, Knot>();
  for (const knot of candidates) if (!byRaw.has(knot.raw)) byRaw.set(knot.raw, knot);
  return [...byRaw.values()].sort((a, b) => a.raw - b.raw);
}

function levelScore(percentile: number): number {
  for (const [i, [high, score]] of LEVELS.entries()) {
    const [low, from] = LEVELS[i - 1] ?? [0, 0];
    if (percentile <= high)
      return i === 0 ? score : from + ((percentile - low) / (high - low)) * (score - from);
  }
  return 100;
}
