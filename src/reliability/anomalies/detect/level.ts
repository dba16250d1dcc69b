import { blocksOf, lastSeen } from './pattern.ts';

/**
 * Level shifts: a block of samples on a level that the series has not had for longer than it usually stays
 * away from a level. A daily rhythm comes back to its levels, so it raises this on its first day at most; a
 * ramp is one shift, not one per block. Cells from `base` on: longest usual absence, calm blocks in a row,
 * usual spread within a block.
 */
export const LEVEL_SIZE = 3;

const CALM = 4;
const REACH = 2;
const FORGET = 0.999;
const SPREAD_MEMORY = 30;

/** Whether the block just filled is on another level; learns from it. `pattern` is the base of the means. */
export function shifted(
  s: Float64Array,
  base: number,
  pattern: number,
  mean: number,
  spread: number,
): boolean {
  const usual = s[base + 2] as number;
  const reach = REACH * Math.max(spread, usual) + 1e-9 * Math.abs(mean);
  const absence = lastSeen(s, pattern, mean, reach);
  const longest = s[base] as number;
  const calm = s[base + 1] as number;
  const away = absence > Math.max(CALM, 2 * longest);
  s[base + 1] = away ? 0 : calm + 1;
  s[base] = Math.max(longest * FORGET, Number.isFinite(absence) ? absence : 0);
  const step = Math.min(spread - usual, 3 * usual || spread);
  s[base + 2] = usual + step / Math.min(SPREAD_MEMORY, blocksOf(s, pattern) + 1);
  return away && calm >= CALM;
}
