export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** A half-open stretch of time, `[from, to)` (spec 0.2). */
export interface Interval {
  readonly from: Date;
  readonly to: Date;
}

/** Wall-clock fields in a time zone: `month` 1..12, `hour` 0..23, `weekday` 1 (Monday) .. 7 (Sunday). */
export interface LocalParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly weekday: number;
}

/** The instant `ms` milliseconds later (earlier when negative). */
export function addMs(date: Date, ms: number): Date {
  return new Date(date.getTime() + ms);
}

/** The start of the minute that contains `date`. */
export function floorMinute(date: Date): Date {
  return new Date(Math.floor(date.getTime() / MINUTE_MS) * MINUTE_MS);
}

/** The start of the UTC hour that contains `date`. */
export function floorHour(date: Date): Date {
  return new Date(Math.floor(date.getTime() / HOUR_MS) * HOUR_MS);
}

/** The first UTC hour boundary at or after `date`. */
export function ceilHour(date: Date): Date {
  return new Date(Math.ceil(date.getTime() / HOUR_MS) * HOUR_MS);
}

/** Whether `date` lies in `[from, to)`. */
export function contains(interval: Interval, date: Date): boolean {
  return date >= interval.from && date < interval.to;
}

/** Whether two half-open intervals share an instant; touching ends do not. */
export function overlaps(a: Interval, b: Interval): boolean {
  return a.from < b.to && b.from < a.to;
}

/** Whether `name` is an IANA zone or alias this runtime knows; bare offsets such as +05:30 are not (spec 0.2). */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    formatter(name);
    return true;
  } catch {
    return false;
  }
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

/** What a wall clock in `timeZone` shows at `date`. Throws RangeError for a zone `isTimeZone` refuses. */
export function localParts(date: Date, timeZone: string): LocalParts {
  const found: Record<string, string> = {};
  for (const { type, value } of formatter(timeZone).formatToParts(date)) found[type] = value;
  return {
    year: Number(found.year),
    month: Number(found.month),
    day: Number(found.day),
    hour: Number(found.hour),
    minute: Number(found.minute),
    second: Number(found.second),
    weekday: WEEKDAYS.indexOf(found.weekday ?? '') + 1,
  };
}

/** Building a formatter costs about as much as a hundred uses; there are some 600 zones, hence the bound. */
const MAX_FORMATTERS = 700;
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (formatters.size >= MAX_FORMATTERS) formatters.clear();
  formatters.set(timeZone, made);
  return made;
}
