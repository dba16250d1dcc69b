import { LEVELS, SLOTS, SPREADS, VISITS, WEEK_CELLS } from './week-cells.ts';

const HEAD = 8 * WEEK_CELLS + SLOTS;
const SLOT = 16;

/**
 * A week as bytes: its cells, a byte of visits per slot, then level and spread of each slot that was visited. A young series
 * is small, and one without any samples has none.
 */
export function packWeek(s: Float64Array, base: number): Uint8Array {
  const known = slotsIn(s, base);
  if (known === 0 && s.subarray(base, base + WEEK_CELLS).every((cell) => cell === 0))
    return new Uint8Array(0);
  const bytes = new Uint8Array(HEAD + SLOT * known);
  const cells = new Float64Array(bytes.buffer);
  cells.set(s.subarray(base, base + WEEK_CELLS));
  let at = HEAD / 8;
  for (let slot = 0; slot < SLOTS; slot++) {
    const times = s[base + VISITS + slot] as number;
    if (times === 0) continue;
    bytes[8 * WEEK_CELLS + slot] = times;
    cells[at++] = s[base + LEVELS + slot] as number;
    cells[at++] = s[base + SPREADS + slot] as number;
  }
  return bytes;
}

/** Bytes of the week at the beginning of these, all of them when they are too few to be one. */
export function weekLength(bytes: Uint8Array): number {
  if (bytes.byteLength < HEAD) return bytes.byteLength;
  const visits = bytes.subarray(8 * WEEK_CELLS, HEAD);
  return HEAD + SLOT * visits.reduce((known, times) => known + (times > 0 ? 1 : 0), 0);
}

/** Fills a blank week; no bytes leave it blank, as states had none before. Throws RangeError for another length. */
export function unpackWeek(bytes: Uint8Array, s: Float64Array, base: number): void {
  if (bytes.byteLength === 0) return;
  const wrong = () =>
    new RangeError(`Hours of the week in ${bytes.byteLength} bytes: that is none of this version.`);
  if (bytes.byteLength < HEAD || bytes.byteLength !== weekLength(bytes)) throw wrong();
  for (let slot = 0; slot < SLOTS; slot++) s[base + VISITS + slot] = bytes[8 * WEEK_CELLS + slot] as number;
  // A copy begins at a multiple of eight, which its place in the state need not; `slice` of a driver's Buffer is none.
  const cells = new Float64Array(new Uint8Array(bytes).buffer);
  s.set(cells.subarray(0, WEEK_CELLS), base);
  let at = HEAD / 8;
  for (let slot = 0; slot < SLOTS; slot++) {
    if (s[base + VISITS + slot] === 0) continue;
    s[base + LEVELS + slot] = cells[at++] as number;
    s[base + SPREADS + slot] = cells[at++] as number;
  }
}

function slotsIn(s: Float64Array, base: number): number {
  let slots = 0;
  for (let slot = 0; slot < SLOTS; slot++) if ((s[base + VISITS + slot] as number) > 0) slots++;
  return slots;
}
