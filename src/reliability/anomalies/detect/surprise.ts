/**
 * How large a distance is beside the series' own earlier ones: mean and deviation over about the last 5000
 * of them. Cells from `base` on: count, mean, deviation.
 */
export const SURPRISE_SIZE = 3;

const MEMORY = 5000;
const WARM = 20;
/** A burst may raise the deviation as if it were this many deviations large, or it would hide the next one. */
const CAP = 20;

/**
 * Deviations by which `distance` (0 or more) is above its mean, itself counted in, so that even after
 * nothing but zeros the answer is finite: 0 to √5000. A deviation is never taken to be less than `least`.
 */
export function surprise(s: Float64Array, base: number, distance: number, least = 0): number {
  const n = (s[base] as number) + 1;
  const d = distance - (s[base + 1] as number);
  if (n <= WARM || d <= 0) return 0;
  const w = Math.max(1 / MEMORY, 1 / n);
  const deviation = Math.max(least, s[base + 2] as number);
  // In units of the larger one: the square of 1e300 would be Infinity, that of 1e-300 zero.
  const unit = Math.max(deviation, d);
  return d / unit / Math.sqrt((1 - w) * ((deviation / unit) ** 2 + w * (d / unit) ** 2));
}

/** Learns a distance. */
export function learn(s: Float64Array, base: number, distance: number): void {
  const n = (s[base] as number) + 1;
  const w = Math.max(1 / MEMORY, 1 / n);
  const deviation = s[base + 2] as number;
  let d = distance - (s[base + 1] as number);
  if (n > WARM && deviation > 0 && d > CAP * deviation) d = CAP * deviation;
  const unit = Math.max(deviation, Math.abs(d));
  s[base] = n;
  s[base + 1] = (s[base + 1] as number) + w * d;
  if (unit === 0) return;
  s[base + 2] = unit * Math.sqrt((1 - w) * ((deviation / unit) ** 2 + w * (d / unit) ** 2));
}
