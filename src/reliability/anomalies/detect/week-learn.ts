import { learnErrors } from './fit.ts';
import {
  BAR_ONE,
  BAR_THREE,
  barOf,
  COMPARED,
  COUNT,
  ERRORS,
  FAST,
  HOUR,
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

const MOST_VISITS = 255;
/** Weeks over which a slot forgets. */
const MEMORY = 4;
/** A visit moves its slot by at most so many spreads. */
const CUT = 3;
const BAR_STEP = 0.1;
/** What is beyond alarming moves the bar by less, or a long incident would be usual by its end. */
const BAR_STEP_ALARMED = 0.02;
/** A bar is what 19 of 20 hours stay below. */
const BAR_SHARE = 0.05;

/** Learns the hour that is over, cut at what is plausible for it: one bad night does not become the rule. */
export function closeHour(s: Float64Array, base: number): void {
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

/** Follows the quantile: as often as the hour is above, so much the larger is the step up than the one down. */
function learnBar(s: Float64Array, cell: number, most: number, alarm: number): void {
  const bar = barOf(s, cell);
  const step = most > alarm * bar ? BAR_STEP_ALARMED : BAR_STEP;
  s[cell] = bar * (1 + step * (most > bar ? 1 - BAR_SHARE : -BAR_SHARE));
}
