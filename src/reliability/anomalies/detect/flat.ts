/**
 * Flat lines: a series that usually changes repeats one value for much longer than ever. Cells from `base`
 * on: the last value, how often it has come in a row, the longest such run, the share of samples that change.
 */
export const FLAT_SIZE = 4;

const LAST = 0;
const RUN = 1;
const LONGEST = 2;
const CHANGING = 3;

const SHORTEST = 24;
const MEMORY = 500;

/** Whether the series has just become flat (once per run); learns the sample, the `n`-th before it being 0. */
export function becameFlat(s: Float64Array, base: number, x: number, n: number): boolean {
  const same = n > 0 && x === s[base + LAST];
  const run = same ? (s[base + RUN] as number) + 1 : 1;
  if (!same) s[base + LONGEST] = Math.max(s[base + LONGEST] as number, s[base + RUN] as number);
  s[base + LAST] = x;
  s[base + RUN] = run;
  const changing = s[base + CHANGING] as number;
  s[base + CHANGING] = changing + ((same ? 0 : 1) - changing) * Math.max(1 / MEMORY, 1 / (n + 1));
  // 24 repetitions of what changes every other time are one in 2^24.
  return changing >= 0.5 && run === Math.max(SHORTEST, 2 * (s[base + LONGEST] as number));
}
