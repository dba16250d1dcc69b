import { addMs, DAY_MS } from '../../kernel/time.ts';
import { isMissing, optionalInteger, type Raw, required, shown } from './fields.ts';
import { FieldError } from './outcome.ts';

const EARLIEST = new Date('2000-01-01T00:00:00Z');
const INSTANT =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s?(Z|[+-]\d\d:?\d\d)?$/i;

/** An instant from 2000-01-01 to a day after `now`; ISO 8601, without a zone it is UTC; null when missing. */
export function optionalInstant(raw: Raw, field: string, now: Date): Date | null {
  const value = raw[field];
  if (isMissing(value)) return null;
  const at = value instanceof Date ? value : parseInstant(value);
  if (!at || Number.isNaN(at.getTime())) {
    throw new FieldError(
      field,
      'INVALID',
      `${field} must be an ISO 8601 instant such as 2026-11-20T12:00:00Z, not ${shown(value)}.`,
    );
  }
  const latest = addMs(now, DAY_MS);
  if (at < EARLIEST || at > latest) {
    throw new FieldError(
      field,
      'OUT_OF_RANGE',
      `${field} must be from 2000-01-01 to ${latest.toISOString()}, not ${shown(value)}.`,
    );
  }
  return at;
}

/** An instant that must be there. */
export function instant(raw: Raw, field: string, now: Date): Date {
  const at = optionalInstant(raw, field, now);
  if (!at) throw required(field);
  return at;
}

/** Null for anything else than ISO 8601 and for days that no calendar has (30 February). */
function parseInstant(value: unknown): Date | null {
  const match = typeof value === 'string' ? INSTANT.exec(value.trim()) : null;
  if (!match) return null;
  const [, year, month, day, h = '00', m = '00', s = '00', fraction = '', zone = 'Z'] = match;
  const isRealDay =
    new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
  if (!isRealDay || Number(month) > 12 || Number(month) < 1) return null;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  return new Date(`${year}-${month}-${day}T${h}:${m}:${s}.${fraction.padEnd(3, '0').slice(0, 3)}${offset}`);
}

/** `version` as sent, else `updatedAt` in milliseconds, else 1: what decides which of two copies is newer. */
export function version(raw: Raw, now: Date): bigint {
  const given = optionalInteger(raw, 'version', 0n, 2n ** 63n - 1n);
  if (given !== null) return given;
  const updatedAt = optionalInstant(raw, 'updatedAt', now);
  return updatedAt ? BigInt(updatedAt.getTime()) : 1n;
}
