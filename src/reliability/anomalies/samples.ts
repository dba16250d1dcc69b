import { DAY_MS } from '../../kernel/time.ts';
import { AHEAD_MS, KEPT_DAYS, type Labels } from './series.ts';

/** Why a sample was not taken. */
export const REFUSALS = {
  INVALID_METRIC: 'A metric is a letter or "_" and then up to 127 letters, digits or any of _ . : / -',
  INVALID_LABELS:
    'Labels are an object of up to 16 texts; a name is a letter or "_" and then up to 63 letters, digits or _ . -, a value 1–256 visible characters.',
  INVALID_VALUE: 'A value is a finite number, or its text such as "12.5".',
  INVALID_INSTANT: 'An instant is ISO 8601 with an offset, or whole milliseconds since 1970.',
  FUTURE: 'A sample is at most 5 minutes ahead.',
  TOO_OLD: `A sample is at most ${KEPT_DAYS} days old.`,
  SERIES_LIMIT: 'A tenant has at most 10,000 series: delete some, or send fewer different labels.',
} as const;
export type RefusalReason = keyof typeof REFUSALS;

const METRIC = /^[A-Za-z_][A-Za-z0-9_.:/-]{0,127}$/;
const LABEL = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;
const MAX_LABELS = 16;
const LABEL_VALUE_LENGTH = 256;
/** Line ends of any kind, and what turns the direction of the text that follows: labels stand in alerts. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;
/** Below this a double has lost digits already; some databases refuse it. */
const SMALLEST = 2.2250738585072014e-308;

/** Whether this names a metric. */
export const isMetric = (value: unknown): value is string => typeof value === 'string' && METRIC.test(value);

/** The labels, or null when they are none. */
export function readLabels(value: unknown): Labels | null {
  if (value == null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return null;
  const entries = Object.entries(value);
  if (entries.length > MAX_LABELS) return null;
  for (const [name, text] of entries) {
    if (!LABEL.test(name) || name === '__proto__') return null;
    if (typeof text !== 'string' || text === '' || text.length > LABEL_VALUE_LENGTH) return null;
    if (CONTROL.test(text) || !text.isWellFormed()) return null;
  }
  return value as Labels;
}

/** A finite number, -0 and what is too small to matter as 0; NaN for everything else. */
export function readValue(value: unknown): number {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && DECIMAL.test(value.trim())
        ? Number(value)
        : Number.NaN;
  if (!Number.isFinite(number)) return Number.NaN;
  return Math.abs(number) < SMALLEST ? 0 : number;
}

/** Milliseconds since 1970 of an ISO 8601 text with an offset or of a number; NaN for anything else. */
export function readInstant(value: unknown): number {
  if (typeof value === 'number') return Math.floor(value);
  if (value instanceof Date) return value.getTime();
  if (typeof value !== 'string' || !INSTANT.test(value) || !isDay(value)) return Number.NaN;
  return Date.parse(value);
}

/** Whether the month has this day; the 31st of November would silently be the 1st of December. */
function isDay(text: string): boolean {
  const day = Number(text.slice(8, 10));
  return (
    day <= 28 || day <= new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate()
  );
}

/** Why a sample of this instant cannot be taken now, or null. */
export function refusalOf(at: number, nowMs: number): RefusalReason | null {
  if (!Number.isFinite(at)) return 'INVALID_INSTANT';
  if (at > nowMs + AHEAD_MS) return 'FUTURE';
  return at < nowMs - KEPT_DAYS * DAY_MS ? 'TOO_OLD' : null;
}
