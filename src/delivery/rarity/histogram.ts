/** A sparse histogram: integer bucket → count. Plain JSON, so one column holds it. */
export type Histogram = Record<string | number, number>;

/** One bucket with what lies below it: `below` and `count` are numbers of entries. */
export interface RankedBucket {
  readonly bucket: number;
  readonly count: number;
  readonly below: number;
}

/** Percentile ranks of a histogram, ready for look-ups in constant time. */
export interface RankTable {
  /** Entries in the histogram. */
  readonly n: number;
  /** Percentile rank 0..100 of a bucket: those below plus half of those equal; null when n is 0. */
  rankOf(bucket: number): number | null;
}

/** Adds `by` entries to a bucket, in place. A bucket that falls to zero disappears and none goes below it. */
export function addTo(histogram: Histogram, bucket: number, by = 1): void {
  const count = (histogram[bucket] ?? 0) + by;
  if (count > 0) histogram[bucket] = count;
  else delete histogram[bucket];
}

/** Adds every count of `other`, in place: a new day enters the window. */
export function addAll(histogram: Histogram, other: Histogram): void {
  for (const bucket in other) addTo(histogram, Number(bucket), other[bucket]);
}

/** Subtracts every count of `other`, in place: a day leaves the window. */
export function subtractAll(histogram: Histogram, other: Histogram): void {
  for (const bucket in other) addTo(histogram, Number(bucket), -(other[bucket] as number));
}

/** Number of entries. */
export function total(histogram: Histogram): number {
  let sum = 0;
  for (const bucket in histogram) sum += histogram[bucket] as number;
  return sum;
}

/** The non-empty buckets in ascending order, each with the number of entries below it. */
export function ranked(histogram: Histogram): RankedBucket[] {
  const buckets = Object.keys(histogram).map(Number);
  buckets.sort((a, b) => a - b);
  let below = 0;
  return buckets.map((bucket) => {
    const count = histogram[bucket] as number;
    const entry = { bucket, count, below };
    below += count;
    return entry;
  });
}

/** Percentile rank 0..100 of one bucket, ties at their middle; null without entries. For many, `rankTable`. */
export function percentileRank(histogram: Histogram, bucket: number): number | null {
  let halves = 0;
  let n = 0;
  for (const key in histogram) {
    const count = histogram[key] as number;
    n += count;
    if (Number(key) < bucket) halves += 2 * count;
    else if (Number(key) === bucket) halves += count;
  }
  return n === 0 ? null : (halves / (2 * n)) * 100;
}

/** Spreads a histogram out between its ends, so that a rank is one array read (values span < 9,000 bins). */
export function rankTable(histogram: Histogram): RankTable {
  const entries = ranked(histogram);
  const first = entries[0];
  const last = entries.at(-1);
  if (!first || !last) return { n: 0, rankOf: () => null };
  const n = last.below + last.count;
  const ranks = new Float64Array(last.bucket - first.bucket + 1);
  let filled = 0;
  for (const { bucket, count, below } of entries) {
    const at = bucket - first.bucket;
    ranks.fill((below / n) * 100, filled, at);
    ranks[at] = ((below + count / 2) / n) * 100;
    filled = at + 1;
  }
  const rankOf = (bucket: number): number => {
    if (bucket < first.bucket) return 0;
    return bucket > last.bucket ? 100 : (ranks[bucket - first.bucket] as number);
  };
  return { n, rankOf };
}

const LN_BIN_WIDTH = Math.log(1.005);

/** Bin of a money amount in minor units: bins are 0.5 % wide, so 1 … 2^63 needs some 8,760; ≤ 1 is bin 0. */
export function valueBin(minor: bigint | number): number {
  return Math.floor(Math.log(Math.max(1, Number(minor))) / LN_BIN_WIDTH);
}

/** Raw-score buckets per point: two decimals, as scores are displayed. */
export const RAW_STEPS = 100;

/** Bucket of a raw score 0..100; its centre is `bucket / RAW_STEPS`. */
export function rawBucket(raw: number): number {
  return Math.round(raw * RAW_STEPS);
}
