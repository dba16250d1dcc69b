/**
 * How often a series is sampled. Chance crosses a threshold once in so many samples, but somebody is called so often a
 * week: a series with a sample every few minutes is judged as it is, a faster one has to be stranger to be an alert.
 * Cells from `base` on: the usual gap between samples in ms, movements seen, the usual size of a movement.
 */
export const PACE_SIZE = 3;

const GAP = 0;
const SEEN = 1;
const MOVEMENT = 2;

const NORMAL_MS = 300_000;
/** From this gap on nothing more is asked for: where a sample comes every 5 minutes some are early. */
const SLOW_MS = 240_000;
/** Faster is not told apart: instants may be rounded. */
const FASTEST_MS = 1000;
/** A sample moves the usual gap by at most this share, which keeps it near the median. */
const STEP = 0.05;
const MEMORY = 5000;

/** How far, per unit of haste, the nearest known one must be away: in usual errors, in usual sizes of a movement. */
const VALUE_FLOOR = 0.3;
const MOVEMENT_FLOOR = 0.3;
/** By how much less, per unit of haste, a shape counts: its blocks last so much shorter. */
const SHAPE_DAMPING = 0.3;

/**
 * Learns the gap before a sample (ms; 0 when unknown) and says how hasty the series is: 0 to 5.5, the logarithm of
 * how many times more samples it has than a slow one. How far chance goes beyond all there was before falls off
 * about exponentially, so k times as many samples go farther by ln k.
 */
export function hasteOf(s: Float64Array, base: number, gap: number): number {
  const usual = s[base + GAP] as number;
  if (gap > 0) {
    s[base + GAP] = usual === 0 ? gap : Math.max((1 - STEP) * usual, Math.min((1 + STEP) * usual, gap));
  }
  const now = s[base + GAP] as number;
  return now === 0 || now >= SLOW_MS ? 0 : Math.log(SLOW_MS / Math.max(FASTEST_MS, now));
}

/** The distance from which on a value can be an alert. */
export const valueFloor = (haste: number, usualError: number): number => VALUE_FLOOR * haste * usualError;

/** The same for a movement, which this learns. */
export function movementFloor(s: Float64Array, base: number, haste: number, movement: number): number {
  const usual = s[base + MOVEMENT] as number;
  const size = Math.abs(movement);
  const seen = (s[base + SEEN] as number) + 1;
  s[base + SEEN] = seen;
  s[base + MOVEMENT] = usual + (Math.min(size, 3 * usual || size) - usual) * Math.max(1 / MEMORY, 1 / seen);
  return MOVEMENT_FLOOR * haste * usual;
}

/** What the strangeness of a shape is divided by, 1 or more. */
export const shapeDamping = (haste: number): number => 1 + SHAPE_DAMPING * haste;

/**
 * By how many times more samples a codebook remembers, so that it is a month or two at any pace. A power of two: a usual
 * gap that wavers between two of them then ends no generation early.
 */
export const memoryOf = (haste: number): number =>
  2 ** Math.round(Math.log2(NORMAL_MS / SLOW_MS) + haste / Math.LN2);
