import { ValidationError } from './errors.ts';

/** A place on the globe in decimal degrees (WGS 84): `lat` −90..90, `lon` −180..180. */
export interface Point {
  readonly lat: number;
  readonly lon: number;
}

/** Mean earth radius (IUGG), spec c.5. */
export const EARTH_RADIUS_KM = 6371.0088;

const RADIANS = Math.PI / 180;

/** Great-circle distance in km (spec c.5); safe at the poles, across the antimeridian and for antipodes. */
export function haversineKm(a: Point, b: Point): number {
  const sinLat = Math.sin(((b.lat - a.lat) * RADIANS) / 2);
  const sinLon = Math.sin(((b.lon - a.lon) * RADIANS) / 2);
  const h = sinLat * sinLat + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * sinLon * sinLon;
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** Throws ValidationError outside the ranges, for NaN, and for (0,0), which is nearly always a missing value. */
export function validatePoint(point: Point, field: string): void {
  if (!(Math.abs(point.lat) <= 90)) {
    throw new ValidationError(`${field}.lat`, `Latitude ${point.lat} must be a number from -90 to 90.`);
  }
  if (!(Math.abs(point.lon) <= 180)) {
    throw new ValidationError(`${field}.lon`, `Longitude ${point.lon} must be a number from -180 to 180.`);
  }
  if (point.lat === 0 && point.lon === 0) {
    throw new ValidationError(
      field,
      'SUSPECT_COORDINATES: (0,0) lies in the open sea; send the real coordinates.',
    );
  }
}
