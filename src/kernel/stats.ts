/**
 * Quantile by linear interpolation between order statistics (type 7, the default of R and NumPy), `p` in
 * 0..1; null without values. simple-statistics has only the non-interpolating kind.
 */
export function quantileType7(values: ArrayLike<number>, p: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * Math.min(1, Math.max(0, p));
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (position - below);
}

/** The middle value, the mean of the two middle ones for an even count; null without values. */
export function median(values: ArrayLike<number>): number | null {
  return quantileType7(values, 0.5);
}

/** `num / den` in percent, unrounded; null when there is nothing to divide by. */
export function percent(num: number, den: number): number | null {
  return den === 0 ? null : (num / den) * 100;
}

/** Percentile rank 0..100 of `x`: those below and half of those equal; null without values. */
export function midRankPercentile(values: Iterable<number>, x: number): number | null {
  let n = 0;
  let halves = 0;
  for (const value of values) {
    n += 1;
    if (value < x) halves += 2;
    else if (value === x) halves += 1;
  }
  return percent(halves, 2 * n);
}

/** Wilson's 95 % interval of a proportion of `n` > 0 cases, both ends in 0..1. */
export function wilson95(successes: number, n: number): [number, number] {
  const z = 1.959963984540054;
  const p = successes / n;
  const centre = p + (z * z) / (2 * n);
  const spread = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return [Math.max(0, (centre - spread) / scale), Math.min(1, (centre + spread) / scale)];
}
