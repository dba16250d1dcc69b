import { isCurrency } from '../../kernel/currencies.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { parseMajor } from '../../kernel/money.ts';
import { FieldError } from './outcome.ts';

/** One item as it was sent: every value may be of the wrong type, missing, null or absurd. */
export type Raw = Record<string, unknown>;

/** Money and counts beyond this lose digits in JSON. */
export const MAX_MINOR = 9_007_199_254_740_991n;
const INTEGER = /^[+-]?\d{1,19}$/;
// Invisible and unprintable: they break logs and file formats, and Postgres cannot store NUL.
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what it looks for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/** Whether nothing was sent: empty text counts as nothing, because csv has no null. */
export const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'string' && value.trim() === '');

/** A value as it may be shown in a message: short, never 200 kB. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** Nothing was sent where something is needed. */
export function required(field: string): FieldError {
  return new FieldError(field, 'REQUIRED', `${field} is required.`);
}

/** Trimmed text of at most `max` characters, or null. Numbers are taken as text (ids often are). */
export function optionalText(raw: Raw, field: string, max: number): string | null {
  const value = raw[field];
  if (isMissing(value)) return null;
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'bigint') {
    throw new FieldError(field, 'INVALID', `${field} must be text, not ${shown(value)}.`);
  }
  const text = String(value).trim();
  if (text.length > max) {
    throw new FieldError(
      field,
      'TOO_LONG',
      `${field} has ${text.length} characters; at most ${max} are kept.`,
    );
  }
  if (CONTROL.test(text) || !text.isWellFormed()) {
    throw new FieldError(field, 'INVALID', `${field} holds control characters; send printable text.`);
  }
  return text;
}

/** Text that must be there. */
export function text(raw: Raw, field: string, max: number): string {
  const value = optionalText(raw, field, max);
  if (value === null) throw required(field);
  return value;
}

/** One of a closed list, in any case. */
export function choice<T extends string>(raw: Raw, field: string, values: readonly T[], fallback?: T): T {
  const value = optionalText(raw, field, 100)?.toUpperCase();
  if (value === undefined) {
    if (fallback === undefined) throw required(field);
    return fallback;
  }
  const found = values.find((candidate) => candidate === value);
  if (found) return found;
  throw new FieldError(
    field,
    'INVALID',
    `${field} "${shown(raw[field])}" must be one of ${values.join(', ')}.`,
  );
}

/** A whole number between the bounds, both included, or null. */
export function optionalInteger(raw: Raw, field: string, min: bigint, max: bigint): bigint | null {
  const value = raw[field];
  if (isMissing(value)) return null;
  const written = typeof value === 'string' ? value.trim() : String(value);
  const isNumber = typeof value === 'number' && Number.isSafeInteger(value);
  if (!isNumber && !(typeof value !== 'number' && INTEGER.test(written))) {
    throw new FieldError(field, 'INVALID', `${field} must be a whole number, not ${shown(value)}.`);
  }
  const integer = BigInt(written.replace(/^\+/, ''));
  if (integer < min || integer > max) {
    throw new FieldError(field, 'OUT_OF_RANGE', `${field} must be from ${min} to ${max}, not ${integer}.`);
  }
  return integer;
}

/** A whole number that must be there. */
export function integer(raw: Raw, field: string, min: bigint, max: bigint): bigint {
  const value = optionalInteger(raw, field, min, max);
  if (value === null) throw required(field);
  return value;
}

/** Minor units from `<field>Minor`, or else a decimal in major units from `<field>`; null when both are missing. */
export function optionalMoney(raw: Raw, field: string, currency: string, min = -MAX_MINOR): bigint | null {
  const minor = optionalInteger(raw, `${field}Minor`, min, MAX_MINOR);
  if (minor !== null || isMissing(raw[field])) return minor;
  let amount: bigint;
  try {
    amount = parseMajor(String(raw[field]), currency);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new FieldError(field, 'INVALID', `${field}: ${error.message}`);
  }
  if (amount < min || amount > MAX_MINOR) {
    throw new FieldError(field, 'OUT_OF_RANGE', `${field} must be from ${min} to ${MAX_MINOR} minor units.`);
  }
  return amount;
}

/** An active ISO 4217 code. */
export function currency(raw: Raw, field = 'currency'): string {
  const code = text(raw, field, 20).toUpperCase();
  if (isCurrency(code)) return code;
  throw new FieldError(
    field,
    'UNKNOWN_CURRENCY',
    `"${shown(code)}" is not an active ISO 4217 code such as EUR, USD or INR.`,
  );
}

/** Runs `read` and puts its field errors under `prefix`. */
export function within<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof FieldError ? error.within(prefix) : error;
  }
}

/** True, false, yes, no, 1 or 0; false when missing. */
export function flag(raw: Raw, field: string): boolean {
  return optionalFlag(raw, field) ?? false;
}

/** True, false, yes, no, 1 or 0; null when missing. */
export function optionalFlag(raw: Raw, field: string): boolean | null {
  const value = raw[field];
  if (isMissing(value)) return null;
  if (typeof value === 'boolean') return value;
  const written = String(value).trim().toLowerCase();
  if (['true', 't', 'yes', 'y', '1'].includes(written)) return true;
  if (['false', 'f', 'no', 'n', '0'].includes(written)) return false;
  throw new FieldError(field, 'INVALID', `${field} must be true or false, not ${shown(value)}.`);
}
