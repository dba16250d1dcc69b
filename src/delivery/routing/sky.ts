import { EARTH_RADIUS_KM, haversineKm, type Point } from '../../kernel/geo.ts';

/** 0 clear, 1 cloudy, 2 rain, 3 wind, 4 storm (spec c.5). */
export type Severity = 0 | 1 | 2 | 3 | 4;

export interface Weather {
  readonly severity: Severity;
  readonly windKmh: number;
}

/** What somebody observed over a region. */
export interface WeatherReport extends Weather {
  readonly region: string;
  readonly source: string;
  readonly observedAt: Date;
}

/** What somebody says about the weather over a region. */
export interface WeatherInput {
  readonly region: string;
  readonly severity: number;
  readonly windKmh: number;
  /** Who says so, e.g. a station or a provider. */
  readonly source: string;
  /** Default: now. */
  readonly observedAt?: Date | null | undefined;
}

/** A circle in which nothing may fly. */
export interface NoFlyZone extends Point {
  readonly id: string;
  readonly kind: 'AIRSPACE' | 'GEOFENCE';
  readonly name: string;
  readonly radiusKm: number;
}

/** A no-fly zone with the time it holds; `activeTo` null is until further notice. */
export interface FlightRestriction extends NoFlyZone {
  readonly activeFrom: Date;
  readonly activeTo: Date | null;
  readonly createdAt: Date;
}

/** What somebody says about a closed piece of sky. */
export interface RestrictionInput extends Point {
  readonly kind: NoFlyZone['kind'];
  readonly name: string;
  readonly radiusKm: number;
  /** Default: now. */
  readonly activeFrom?: Date | null | undefined;
  /** Default: until it is ended. */
  readonly activeTo?: Date | null | undefined;
}

/** What is in the way of drones at one instant: weather of the last 3 h by region, and the zones that hold now. */
export interface Sky {
  readonly weather: Readonly<Record<string, Weather>>;
  readonly restrictions: readonly NoFlyZone[];
}

/**
 * Where weather and airspace may come from besides the mutations. Nothing is built in. A provider is plugged in by a
 * scheduled job that calls `observe` with no transaction open and hands what it got to `reportWeather` and
 * `addFlightRestriction`, whose checks, order of observations and audit are the same for people and programs.
 */
export interface SkyProvider {
  /** Becomes `source` of its reports. */
  readonly name: string;
  observe(
    regions: readonly (Point & { readonly region: string; readonly radiusKm: number })[],
    now: Date,
  ): Promise<{
    readonly weather: readonly WeatherInput[];
    readonly restrictions: readonly RestrictionInput[];
  }>;
}

export const CLEAR_SKY: Sky = { weather: {}, restrictions: [] };
const UNKNOWN: Weather = { severity: 0, windKmh: 0 };

/** The region's weather; clear and calm where nobody has said anything in the last 3 h (see `isWeatherKnown`). */
export const weatherIn = (sky: Sky, region: string): Weather => sky.weather[region] ?? UNKNOWN;

export const isWeatherKnown = (sky: Sky, region: string): boolean => sky.weather[region] !== undefined;

/** The first zone that the way over these points touches, or null; a leg that only passes through counts. */
export function isBlocked(sky: Pick<Sky, 'restrictions'>, points: readonly Point[]): NoFlyZone | null {
  return sky.restrictions.find((zone) => touches(zone, points)) ?? null;
}

function touches(zone: NoFlyZone, points: readonly Point[]): boolean {
  return points.some((point, i) => distanceToArcKm(zone, points[i - 1] ?? point, point) <= zone.radiusKm);
}

/** Distance in km from a point to the great-circle arc between two others; safe at poles and antimeridian. */
export function distanceToArcKm(point: Point, from: Point, to: Point): number {
  const [p, a, b] = [vector(point), vector(from), vector(to)];
  const normal = cross(a, b);
  const length = Math.hypot(...normal);
  const isBeside = length > 1e-12 && dot(cross(normal, a), p) > 0 && dot(cross(b, normal), p) > 0;
  if (!isBeside) return Math.min(haversineKm(point, from), haversineKm(point, to));
  return Math.asin(Math.min(1, Math.abs(dot(normal, p)) / length)) * EARTH_RADIUS_KM;
}

type Vector = readonly [number, number, number];
const RADIANS = Math.PI / 180;

function vector({ lat, lon }: Point): Vector {
  const [phi, lambda] = [lat * RADIANS, lon * RADIANS];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a: Vector, b: Vector): Vector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
