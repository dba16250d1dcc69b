/**
 * A memory of the values a series has had: at most `CAPACITY` sorted representatives per generation. Every
 * `GENERATION` samples the older generation is forgotten, so a value is new again after 8192 to 16384
 * samples, or a multiple of that where they come faster. All cells live in the detector's one array, from `base` on.
 */
const CAPACITY = 96;
const GENERATION = 8192;

const COUNT = 0;
const OLD_COUNT = 1;
const AGE = 2;
const MIN_GAP = 3;
const MIN_AT = 4;
const CELLS = 5;

/** Cells a codebook takes. */
export const CODEBOOK_SIZE = CELLS + 2 * CAPACITY;

/** Two values closer than this share of the range are one: rounding must not make a value new. */
const SAME = 1e-9;

/** Distance to the nearest value remembered, 0 or more; 0 while nothing is. */
export function novelty(s: Float64Array, base: number, x: number): number {
  const recent = nearest(s, base + CELLS, s[base + COUNT] as number, x);
  const old = nearest(s, base + CELLS + CAPACITY, s[base + OLD_COUNT] as number, x);
  const distance = Math.min(recent, old);
  return distance > SAME * range(s, base) && distance < Number.POSITIVE_INFINITY ? distance : 0;
}

/** -1 below everything remembered, 1 above it, 0 within. */
export function sideOf(s: Float64Array, base: number, x: number): number {
  return x < lowest(s, base) ? -1 : x > highest(s, base) ? 1 : 0;
}

/**
 * Remembers a value; a full generation gives up one of its two closest ones for a value farther off, and lasts
 * `longer` times as many samples (a whole number).
 */
export function remember(s: Float64Array, base: number, x: number, longer: number): void {
  const first = base + CELLS;
  const count = s[base + COUNT] as number;
  const distance = nearest(s, first, count, x);
  if (distance > SAME * range(s, base)) {
    if (count < CAPACITY) insert(s, base, x);
    else if (distance > (s[base + MIN_GAP] as number) * (1 + 1e-6)) {
      drop(s, base);
      insert(s, base, x);
    }
  }
  const age = (s[base + AGE] as number) + 1;
  s[base + AGE] = age;
  if (age % (GENERATION * longer) === 0) {
    s.copyWithin(first + CAPACITY, first, first + CAPACITY);
    s[base + OLD_COUNT] = s[base + COUNT] as number;
    s[base + COUNT] = 0;
  }
}

function nearest(s: Float64Array, first: number, count: number, x: number): number {
  const at = lowerBound(s, first, count, x);
  const above = at < first + count ? (s[at] as number) - x : Number.POSITIVE_INFINITY;
  const below = at > first ? x - (s[at - 1] as number) : Number.POSITIVE_INFINITY;
  return Math.min(above, below);
}

function lowerBound(s: Float64Array, first: number, count: number, x: number): number {
  let low = first;
  let high = first + count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((s[middle] as number) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

function lowest(s: Float64Array, base: number): number {
  const first = base + CELLS;
  const recent = s[base + COUNT] === 0 ? Number.POSITIVE_INFINITY : (s[first] as number);
  const old = s[base + OLD_COUNT] === 0 ? Number.POSITIVE_INFINITY : (s[first + CAPACITY] as number);
  return Math.min(recent, old);
}

function highest(s: Float64Array, base: number): number {
  const first = base + CELLS;
  const count = s[base + COUNT] as number;
  const oldCount = s[base + OLD_COUNT] as number;
  const recent = count === 0 ? Number.NEGATIVE_INFINITY : (s[first + count - 1] as number);
  const old = oldCount === 0 ? Number.NEGATIVE_INFINITY : (s[first + CAPACITY + oldCount - 1] as number);
  return Math.max(recent, old);
}

function range(s: Float64Array, base: number): number {
  return Math.max(0, highest(s, base) - lowest(s, base));
}

function insert(s: Float64Array, base: number, x: number): void {
  const first = base + CELLS;
  const count = s[base + COUNT] as number;
  const at = lowerBound(s, first, count, x);
  s.copyWithin(at + 1, at, first + count);
  s[at] = x;
  s[base + COUNT] = count + 1;
  if (count + 1 === CAPACITY) findSmallestGap(s, base);
}

/** Of equal gaps the first counts, and what differs by rounding only is equal. */
function findSmallestGap(s: Float64Array, base: number): void {
  const first = base + CELLS;
  let smallest = Number.POSITIVE_INFINITY;
  let place = first + 1;
  for (let i = first + 1; i < first + CAPACITY; i++) {
    const gap = (s[i] as number) - (s[i - 1] as number);
    if (gap < smallest * (1 - 1e-6)) {
      smallest = gap;
      place = i;
    }
  }
  s[base + MIN_GAP] = smallest;
  s[base + MIN_AT] = place - base;
}

/** Of the two closest values the one nearer to its other neighbour goes; the ends of the range stay. */
function drop(s: Float64Array, base: number): void {
  const first = base + CELLS;
  const last = first + CAPACITY - 1;
  const right = base + (s[base + MIN_AT] as number);
  const left = right - 1;
  const leftGap = left > first ? (s[left] as number) - (s[left - 1] as number) : Number.POSITIVE_INFINITY;
  const rightGap = right < last ? (s[right + 1] as number) - (s[right] as number) : Number.POSITIVE_INFINITY;
  let gone = leftGap < rightGap ? left : right;
  if (gone === first) gone = right;
  if (gone === last) gone = left;
  s.copyWithin(gone, gone + 1, last + 1);
  s[base + COUNT] = CAPACITY - 1;
}
