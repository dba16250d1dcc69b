/**
 * A memory of shapes: the last `BLOCKS` means of `BLOCK` samples each. The last `SHAPE` means are compared
 * with every earlier run of as many; what repeats daily or weekly finds itself there without anybody saying
 * how long a day is. Cells from `base` on: blocks seen, samples in the open block, the samples of the open
 * block, the ring of means.
 */
export const BLOCK = 24;
const BLOCKS = 300;
const SHAPE = 8;

const SEEN = 0;
const OPEN = 1;
const SAMPLES = 2;
const RING = SAMPLES + BLOCK;

/** Cells a pattern memory takes. */
export const PATTERN_SIZE = RING + BLOCKS;

const shape = new Float64Array(SHAPE);

/** Blocks closed so far. */
export function blocksOf(s: Float64Array, base: number): number {
  return s[base + SEEN] as number;
}

/** Adds a sample; true when it fills a block, which then has to be closed. */
export function fill(s: Float64Array, base: number, x: number): boolean {
  const open = s[base + OPEN] as number;
  s[base + SAMPLES + open] = x;
  s[base + OPEN] = open + 1;
  return open + 1 === BLOCK;
}

/** Mean of the full block. */
export function blockMean(s: Float64Array, base: number): number {
  let sum = 0;
  for (let i = base + SAMPLES; i < base + RING; i++) sum += s[i] as number;
  return sum / BLOCK;
}

/** Mean distance of the full block's samples from `mean`. */
export function blockSpread(s: Float64Array, base: number, mean: number): number {
  let sum = 0;
  for (let i = base + SAMPLES; i < base + RING; i++) sum += Math.abs((s[i] as number) - mean);
  return sum / BLOCK;
}

/** Distance of the shape that ends with `mean` from the most similar earlier one; NaN while there is none. */
export function shapeDistance(s: Float64Array, base: number, mean: number): number {
  const seen = blocksOf(s, base);
  if (seen < 2 * SHAPE + 4) return Number.NaN;
  for (let k = 0; k < SHAPE - 1; k++) shape[k] = ago(s, base, SHAPE - 1 - k);
  shape[SHAPE - 1] = mean;
  const ring = base + RING;
  const count = Math.min(seen, BLOCKS);
  let best = Number.POSITIVE_INFINITY;
  // `start` counts from the oldest mean kept; a run may not touch the shape it is compared with.
  for (let start = 0; start + 2 * SHAPE - 1 <= count; start++) {
    let at = (seen - count + start) % BLOCKS;
    let distance = 0;
    for (let k = 0; k < SHAPE && distance < best; k++) {
      distance += Math.abs((shape[k] as number) - (s[ring + at] as number));
      at = at + 1 === BLOCKS ? 0 : at + 1;
    }
    if (distance < best) best = distance;
  }
  return best / SHAPE;
}

/** How many blocks ago a mean was within `reach` of this one, 1 being the last; Infinity when none kept was. */
export function lastSeen(s: Float64Array, base: number, mean: number, reach: number): number {
  const count = Math.min(blocksOf(s, base), BLOCKS);
  for (let age = 1; age <= count; age++) {
    if (Math.abs(ago(s, base, age) - mean) <= reach) return age;
  }
  return Number.POSITIVE_INFINITY;
}

/** Files the full block's mean and opens the next one. */
export function closeBlock(s: Float64Array, base: number, mean: number): void {
  const seen = blocksOf(s, base);
  s[base + RING + (seen % BLOCKS)] = mean;
  s[base + SEEN] = seen + 1;
  s[base + OPEN] = 0;
}

function ago(s: Float64Array, base: number, blocks: number): number {
  return s[base + RING + ((blocksOf(s, base) - blocks) % BLOCKS)] as number;
}
