import { DAY_MS } from '../../kernel/time.ts';

/** The corpus is what was ordered in this many days, today included (spec c.1). */
export const WINDOW_DAYS = 180;

/** The UTC day of an instant, `YYYY-MM-DD`; such texts compare like the days they name. */
export function dayOf(instant: Date): string {
  return instant.toISOString().slice(0, 10);
}

/** First day of the window that ends with the day of `seenTo`. */
export function windowStart(seenTo: Date): string {
  return dayOf(new Date(seenTo.getTime() - (WINDOW_DAYS - 1) * DAY_MS));
}
