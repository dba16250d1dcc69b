import { fits, type HourErrors, learnErrors } from './fit.ts';

/**
 * What is usual at each hour of the week, in UTC: level, spread and number of visits of 168 slots. An hour is
 * learned when it is over, cut at what is plausible for it, so one bad night does not become the rule. A value
 * between the levels of the hours around is nothing unusual: rises, late jobs and daylight saving are within an
 * hour. Cells from `base` on; the open hour first, then what is learned.
 */
const HOUR_MS = 3_600_000;
const SLOTS = 168;
/** Visits from which on a slot is compared, and from which on it is believed: four weeks (spec j.6). */
const COMPARED = 2;
const BELIEVED = 4;
const MOST_VISITS = 255;
/** Weeks over which a slot forgets. */
const MEMORY = 4;
/** A visit moves its slot by at most so many spreads. */
const CUT = 3;
/** No slot is taken to be calmer than this share of the usual spread: four visits may be alike by chance. */
const LEAST_SPREAD = 0.25;
/** An alert is a value so many times beyond what an hour's strangest usually is, or three in a row half-way there. */
const ONE = 4;
const THREE = 2.5;
/** An hour's strangest value, in spreads, that 19 of 20 hours stay below; never taken to be less than this. */
const LEAST_BAR = 1.5;
const BAR_STEP = 0.1;
/** What is beyond alarming moves the bar by less, or a long incident would be usual by its end. */
const BAR_STEP_ALARMED = 0.02;
const BAR_SHARE = 0.05;
const MOST = 1000;
/** However strange it was, the next incident must be heard of within a reasonable time. */
const MOST_ALARM = 14;

const HOUR = 0;
const COUNT = 1;
const MEAN = 2;
const SPREAD = 3;
const FAST = 4;
const SLOW = 5;
const ERRORS = 6;
const LAST = 10;
const LAST_BUT_ONE = 11;
const USUAL_SPREAD = 12;
const BAR_ONE = 13;
const BAR_THREE = 14;
const MOST_ONE = 15;
const MOST_THREE = 16;

/** Cells before the slots. */
export const WEEK_CELLS = 17;
const LEVELS = WEEK_CELLS;
const SPREADS = LEVELS + SLOTS;
const VISITS = SPREADS + SLOTS;

/** Cells a week takes. */
export const WEEK_SIZE = VISITS + SLOTS;
export const WEEK_SLOTS = { count: SLOTS, levels: LEVELS, spreads: SPREADS, visits: VISITS } as const;

/** What a look at a sample found; about nothing unless `isUsed`. */
export interface WeekFindings {
  /** Four weeks of this hour are known, and hours of the week foretell better than the recent level does. */
  isUsed: boolean;
  /** In alarms: 1 and more is one. */
  alarm: number;
  /** Whether the value is usual for its hour, whatever else may be said of it. */
  isUsual: boolean;
  expected: number;
  /** Distance of the value from that, and the usual one. */
  error: number;
  spread: number;
}

// One for all detectors, overwritten by the next look.
const found: WeekFindings = { isUsed: false, alarm: 0, isUsual: false, expected: 0, error: 0, spread: 0 };

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
  if ((s[base + COUNT] as number) > 0 && hour !== s[base + HOUR]) close(s, base);
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

const slotOf = (hour: number): number => ((hour % SLOTS) + SLOTS) % SLOTS;

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
  found.isUsual = false;
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
  found.isUsual = one <= usual;
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

const barOf = (s: Float64Array, cell: number): number => Math.max(LEAST_BAR, s[cell] as number);

/** Follows the quantile: as often as the hour is above, so much the larger is the step up than the one down. */
function learnBar(s: Float64Array, cell: number, most: number, alarm: number): void {
  const bar = barOf(s, cell);
  const step = most > alarm * bar ? BAR_STEP_ALARMED : BAR_STEP;
  s[cell] = bar * (1 + step * (most > bar ? 1 - BAR_SHARE : -BAR_SHARE));
}

/** Learns the hour that is over. */
function close(s: Float64Array, base: number): void {
  const slot = slotOf(s[base + HOUR] as number);
  const visits = s[base + VISITS + slot] as number;
  const mean = s[base + MEAN] as number;
  const spread = s[base + SPREAD] as number;
  if (visits >= COMPARED) {
    learnErrors(
      s,
      base + ERRORS,
      mean,
      s[base + LEVELS + slot] as number,
      s[base + FAST] as number,
      s[base + SLOW] as number,
    );
    learnBar(s, base + BAR_ONE, s[base + MOST_ONE] as number, ONE);
    learnBar(s, base + BAR_THREE, s[base + MOST_THREE] as number, THREE);
  }
  learnSlot(s, base, slot, visits, mean, spread);
  s[base + VISITS + slot] = Math.min(MOST_VISITS, visits + 1);
  const usual = s[base + USUAL_SPREAD] as number;
  s[base + USUAL_SPREAD] = usual + (Math.min(spread, 5 * usual || spread) - usual) / SLOTS;
  s[base + COUNT] = 0;
}

function learnSlot(
  s: Float64Array,
  base: number,
  slot: number,
  visits: number,
  mean: number,
  spread: number,
): void {
  const level = s[base + LEVELS + slot] as number;
  const own = s[base + SPREADS + slot] as number;
  const weight = 1 / Math.min(visits + 1, MEMORY);
  const reach = CUT * Math.max(own, LEAST_SPREAD * (s[base + USUAL_SPREAD] as number));
  const isCut = visits >= COMPARED && reach > 0;
  const step = isCut ? Math.max(-reach, Math.min(reach, mean - level)) : mean - level;
  s[base + LEVELS + slot] = level + step * weight;
  const wide = isCut ? Math.min(spread, CUT * own || spread) : spread;
  s[base + SPREADS + slot] = own + (wide - own) * weight;
}
