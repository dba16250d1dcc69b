import { isCountry } from './countries.ts';
import { isMissing, optionalText, type Raw, required, shown, within } from './fields.ts';
import { FieldError } from './outcome.ts';

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i;

function decimal(raw: Raw, field: string, max: number): number {
  const value = raw[field];
  const number =
    typeof value === 'number' ? value : DECIMAL.test(String(value).trim()) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) {
    throw new FieldError(field, 'INVALID', `${field} must be a number in degrees, not ${shown(value)}.`);
  }
  if (Math.abs(number) > max) {
    throw new FieldError(field, 'OUT_OF_RANGE', `${field} must be from -${max} to ${max}, not ${number}.`);
  }
  return number;
}

/** An ISO 3166-1 alpha-2 code, or null. */
export function optionalCountry(raw: Raw, field = 'country'): string | null {
  const code = optionalText(raw, field, 100)?.toUpperCase();
  if (code === undefined || isCountry(code)) return code ?? null;
  throw new FieldError(
    field,
    'UNKNOWN_COUNTRY',
    `"${shown(raw[field])}" is not an ISO 3166-1 alpha-2 country code such as DE, US or IN.`,
  );
}

/** Where a package is picked up or delivered; coordinates come in pairs, with or without a country. */
export interface Place {
  country: string | null;
  lat: number | null;
  lon: number | null;
}

/** The place under `field`, every part null when nothing was sent. */
export function place(raw: Raw, field: string): Place {
  const value = raw[field];
  if (value === undefined || value === null) return { country: null, lat: null, lon: null };
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new FieldError(field, 'INVALID', `${field} must hold country, lat and lon.`);
  }
  return within(field, () => placeFields(value as Raw));
}

function placeFields(raw: Raw): Place {
  const country = optionalCountry(raw);
  if (isMissing(raw.lat) && isMissing(raw.lon)) return { country, lat: null, lon: null };
  if (isMissing(raw.lat) || isMissing(raw.lon)) {
    throw required(isMissing(raw.lat) ? 'lat' : 'lon');
  }
  const lat = decimal(raw, 'lat', 90);
  const lon = decimal(raw, 'lon', 180);
  if (lat === 0 && lon === 0) {
    throw new FieldError(
      'lat',
      'SUSPECT_COORDINATES',
      '(0,0) lies in the open sea and is nearly always a missing value; send the real coordinates or none.',
    );
  }
  return { country, lat, lon };
}
