/** Where a week's figures are, counted from its base: the open hour, what is known of all hours, then the slots. */
export const SLOTS = 168;

/** Which hour is open (since 1970), its samples, their mean and their mean distance from what was expected. */
export const HOUR = 0;
export const COUNT = 1;
export const MEAN = 2;
export const SPREAD = 3;
/** The levels of the present model before it. */
export const FAST = 4;
export const SLOW = 5;
/** Its strangest value, and the strangest three in a row. */
export const MOST_ONE = 15;
export const MOST_THREE = 16;

export const ERRORS = 6;
export const LAST = 10;
export const LAST_BUT_ONE = 11;
export const USUAL_SPREAD = 12;
export const BAR_ONE = 13;
export const BAR_THREE = 14;

/** Cells before the slots: level, spread and visits of each. */
export const WEEK_CELLS = 17;
export const LEVELS = WEEK_CELLS;
export const SPREADS = LEVELS + SLOTS;
export const VISITS = SPREADS + SLOTS;

/** Cells a week takes. */
export const WEEK_SIZE = VISITS + SLOTS;

/** The slot of an hour since 1970: 0 is Thursday at midnight, UTC. */
export const slotOf = (hour: number): number => ((hour % SLOTS) + SLOTS) % SLOTS;

/** Visits from which on a slot is compared, and from which on it is believed: four weeks (spec j.6). */
export const COMPARED = 2;
export const BELIEVED = 4;

/** No slot is taken to be calmer than this share of the usual spread: four visits may be alike by chance. */
export const LEAST_SPREAD = 0.25;

/** An alert is a value so many times beyond what an hour's strangest usually is, or three in a row beyond it so many times. */
export const ONE = 4;
export const THREE = 2.5;

/** An hour's strangest value, in spreads, is never taken to be usually less than this. */
const LEAST_BAR = 1.5;
export const barOf = (s: Float64Array, cell: number): number => Math.max(LEAST_BAR, s[cell] as number);
