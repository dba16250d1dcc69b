import { fits, type HourErrors } from './fit.ts';
import {
  BAR_ONE,
  BAR_THREE,
  BELIEVED,
  barOf,
  COMPARED,
  COUNT,
  ERRORS,
  FAST,
  HOUR,
  LAST,
  LAST_BUT_ONE,
  LEAST_SPREAD,
  LEVELS,
  MEAN,
  MOST_ONE,
  MOST_THREE,
  ONE,
  SLOTS,
  SLOW,
  SPREAD,
  SPREADS,
  slotOf,
  THREE,
  USUAL_SPREAD,
  VISITS,
} from './week-cells.ts';
import { closeHour } from './week-learn.ts';

/**
 * What is usual at each hour of the week, in UTC: level, spread and number of visits of 168 slots. An hour is
 * learned when it is over. A value between the levels of the hours around is nothing unusual: rises, late jobs and
 * daylight saving are within an hour.
 */
const HOUR_MS = 3_600_000;
const MOST = 1000;
/** However strange it was, the next incident must be heard of within a reasonable time. */
const MOST_ALARM = 14;

/** What a look at a sample found; about nothing unless `isUsed`. */
export interface WeekFindings {
  /** Four weeks of this hour are known, and hours of the week foretell better than the recent level does. */
  isUsed: boolean;
  /** In alarms: 1 and more is one. */
  alarm: number;
  expected: number;
  /** Distance of the value from that, and the usual one. */
  error: number;
  spread: number;
}

// One for all detectors, overwritten by the next look.
const found: WeekFindings = { isUsed: false, alarm: 0, expected: 0, error: 0, spread: 0 };

/** Looks at a sample and learns it; `fast` and `slow` are the levels that the present model had before it. */
export function lookAtWeek(
  s: Float64Array,
  base: number,
  atMs: number,
  x: number,
  fast: number,
  slow: number,
): WeekFindings {
  const hour = Math.floor(atMs / HOUR_MS);
  if ((s[base + COUNT] as number) > 0 && hour !== s[base + HOUR]) closeHour(s, base);
  const slot = slotOf(hour);
  if (s[base + COUNT] === 0) open(s, base, hour, fast, slow);
  judge(s, base, slot, x);
  const n = (s[base + COUNT] as number) + 1;
  s[base + COUNT] = n;
  s[base + MEAN] = (s[base + MEAN] as number) + (x - (s[base + MEAN] as number)) / n;
  const centre = (s[base + VISITS + slot] === 0 ? s[base + MEAN] : s[base + LEVELS + slot]) as number;
  s[base + SPREAD] = (s[base + SPREAD] as number) + (Math.abs(x - centre) - (s[base + SPREAD] as number)) / n;
  return found;
}

/** Slots that are believed. */
export function hoursKnown(s: Float64Array, base: number): number {
  let known = 0;
  for (let i = 0; i < SLOTS; i++) if ((s[base + VISITS + i] as number) >= BELIEVED) known++;
  return known;
}

/** Mean errors of the hours so far, foretold by their slots and by the recent level. */
export const weekErrors = (s: Float64Array, base: number): HourErrors => fits(s, base + ERRORS);

function open(s: Float64Array, base: number, hour: number, fast: number, slow: number): void {
  s[base + HOUR] = hour;
  s[base + MEAN] = 0;
  s[base + SPREAD] = 0;
  s[base + FAST] = fast;
  s[base + SLOW] = slow;
  s[base + MOST_ONE] = 0;
  s[base + MOST_THREE] = 0;
}

function judge(s: Float64Array, base: number, slot: number, x: number): void {
  found.isUsed = false;
  found.alarm = 0;
  const visits = s[base + VISITS + slot] as number;
  if (visits < COMPARED) return;
  const z = strangeness(s, base, slot, x);
  const before = s[base + LAST] as number;
  const three = inARow(z, before, s[base + LAST_BUT_ONE] as number);
  s[base + LAST_BUT_ONE] = before;
  s[base + LAST] = z;
  const one = Math.abs(z);
  s[base + MOST_ONE] = Math.max(s[base + MOST_ONE] as number, one);
  s[base + MOST_THREE] = Math.max(s[base + MOST_THREE] as number, three);
  found.isUsed = visits >= BELIEVED && fits(s, base + ERRORS).isBetter;
  if (!found.isUsed) return;
  const usual = barOf(s, base + BAR_ONE);
  const alarm = Math.max(one / (ONE * usual), three / (THREE * barOf(s, base + BAR_THREE)));
  found.alarm = Math.min(MOST_ALARM, alarm);
  found.expected = s[base + LEVELS + slot] as number;
  found.error = x - found.expected;
}

/** Spreads by which a value is outside of what this hour and the ones beside it have; negative below. */
function strangeness(s: Float64Array, base: number, slot: number, x: number): number {
  let low = s[base + LEVELS + slot] as number;
  let high = low;
  let spread = Math.max(
    s[base + SPREADS + slot] as number,
    LEAST_SPREAD * (s[base + USUAL_SPREAD] as number),
  );
  for (let way = -1; way <= 1; way += 2) {
    const beside = slotOf(slot + way);
    if ((s[base + VISITS + beside] as number) < COMPARED) continue;
    low = Math.min(low, s[base + LEVELS + beside] as number);
    high = Math.max(high, s[base + LEVELS + beside] as number);
    spread = Math.max(spread, s[base + SPREADS + beside] as number);
  }
  found.spread = spread;
  const outside = x < low ? x - low : x > high ? x - high : 0;
  return outside === 0 ? 0 : Math.max(-MOST, Math.min(MOST, outside / spread));
}

/** The least of three on the same side, 0 or more. */
function inARow(a: number, b: number, c: number): number {
  return Math.max(0, Math.min(a, b, c), -Math.max(a, b, c));
}
