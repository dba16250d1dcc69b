/**
 * Which of two models foretells a series' hours better: mean absolute errors over about the last two weeks of
 * hours. Cells from `base` on: hours compared, and the errors of the week's slot, of the recent level and of the
 * slower one, each as it was before the hour began.
 */
const HOURS = 0;
const WEEK = 1;
const FAST = 2;
const SLOW = 3;

const MEMORY = 336;
/** Hours to be compared before anything is said. */
const ENOUGH = 84;
/** The week must be right by so much more, or on mere noise either would win by chance. */
const MARGIN = 0.8;

/** Mean absolute errors of an hour's mean. */
export interface HourErrors {
  isBetter: boolean;
  hours: number;
  week: number;
  level: number;
}

const errors: HourErrors = { isBetter: false, hours: 0, week: 0, level: 0 };

/** What the hours so far say. Overwritten by the next call. */
export function fits(s: Float64Array, base: number): HourErrors {
  errors.hours = s[base + HOURS] as number;
  errors.week = s[base + WEEK] as number;
  errors.level = Math.min(s[base + FAST] as number, s[base + SLOW] as number);
  errors.isBetter = errors.hours >= ENOUGH && errors.week < MARGIN * errors.level;
  return errors;
}

/** Learns an hour: what it was, and what each would have said. */
export function learnErrors(
  s: Float64Array,
  base: number,
  mean: number,
  week: number,
  fast: number,
  slow: number,
): void {
  const hours = (s[base + HOURS] as number) + 1;
  const weight = Math.max(1 / MEMORY, 1 / hours);
  s[base + HOURS] = hours;
  for (const [cell, said] of [
    [WEEK, week],
    [FAST, fast],
    [SLOW, slow],
  ] as const) {
    const usual = s[base + cell] as number;
    s[base + cell] = usual + (Math.abs(mean - said) - usual) * weight;
  }
}
