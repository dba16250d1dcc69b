/** What the seed rule knows of its window (spec j.6 "Train"). */
export interface Training {
  n: number;
  mean: number;
  sampleStd: number;
  q1: number;
  q3: number;
  median: number;
  mad: number;
}

/**
 * Mean, sample deviation, quartiles (type 7), median and median absolute deviation of `n` >= 1 values of
 * ±1e300 at most. One sort serves all of them; `sorted` is room for `n` values and holds them afterwards.
 */
export function train(values: Float64Array, n: number, sorted: Float64Array): Training {
  const part = sorted.subarray(0, n);
  part.set(values.subarray(0, n));
  part.sort();
  const median = at(part, 0.5);
  const [mean, sampleStd] = moments(part);
  return { n, mean, sampleStd, q1: at(part, 0.25), q3: at(part, 0.75), median, mad: mad(part, median) };
}

function at(sorted: Float64Array, p: number): number {
  const position = (sorted.length - 1) * p;
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/** Sums of deviations from the middle in units of the largest one: 1e300 squared would be Infinity. */
function moments(sorted: Float64Array): [number, number] {
  const n = sorted.length;
  const centre = sorted[n >> 1] as number;
  const unit = Math.max(centre - (sorted[0] as number), (sorted[n - 1] as number) - centre);
  if (unit === 0) return [centre, 0];
  let sum = 0;
  for (const value of sorted) sum += (value - centre) / unit;
  const shift = sum / n;
  let squares = 0;
  for (const value of sorted) squares += ((value - centre) / unit - shift) ** 2;
  return [centre + shift * unit, n > 1 ? Math.sqrt(squares / (n - 1)) * unit : 0];
}

/** The deviations of sorted values grow from the middle outwards, so their median needs no second sort. */
function mad(sorted: Float64Array, median: number): number {
  const n = sorted.length;
  let left = n % 2 === 0 ? n / 2 - 1 : (n - 1) / 2;
  let right = left + 1;
  let previous = 0;
  let deviation = 0;
  for (let taken = 0; taken <= n >> 1; taken++) {
    previous = deviation;
    const below = left >= 0 ? median - (sorted[left] as number) : Number.POSITIVE_INFINITY;
    const above = right < n ? (sorted[right] as number) - median : Number.POSITIVE_INFINITY;
    deviation = Math.min(below, above);
    if (below <= above) left--;
    else right++;
  }
  return n % 2 === 0 ? (previous + deviation) / 2 : deviation;
}
