export const DRONE_CLASS_NAMES = ['ECONOMY', 'PREMIUM', 'ELITE', 'BVLOS'] as const;
export type DroneClassName = (typeof DRONE_CLASS_NAMES)[number];

/** What every drone of a class can do (spec c.5). */
export interface DroneClass {
  readonly name: DroneClassName;
  readonly maxPayloadKg: number;
  readonly speedKmh: number;
  /** Percent of the pack that must be left on landing. */
  readonly reserveSocPct: number;
  /** Percent of the pack per km, per kg of payload and per step of weather severity. */
  readonly energy: { readonly perKm: number; readonly perKg: number; readonly perWeather: number };
  /** Chance 0..1 that it delivers what it took off with. */
  readonly reliability: number;
}

const droneClass = (name: DroneClassName, maxPayloadKg: number, speedKmh: number): DroneClass => ({
  ...{ name, maxPayloadKg, speedKmh },
  reserveSocPct: 20,
  energy: { perKm: 1, perKg: 0.5, perWeather: 5 },
  reliability: 0.999,
});

/** The classes of spec c.5 with its coefficients. */
export const DRONE_CLASSES: Readonly<Record<DroneClassName, DroneClass>> = {
  ECONOMY: droneClass('ECONOMY', 2, 40),
  PREMIUM: droneClass('PREMIUM', 5, 50),
  ELITE: droneClass('ELITE', 3, 60),
  BVLOS: droneClass('BVLOS', 10, 70),
};

/** Slowest ground speed that is reckoned with, and the share of the wind that counts against the drone (spec c.5). */
const SLOWEST_KMH = 10;
const HEADWIND = 0.3;
const HANDLING_MIN = 5;

/** Percent of the pack that a trip needs: launch → pickup → drop → recovery (spec c.5). `weather` is its severity. */
export function energyNeed(
  trip: { readonly distanceKm: number; readonly payloadKg: number; readonly weather: number },
  { energy }: DroneClass,
): number {
  return energy.perKm * trip.distanceKm + energy.perKg * trip.payloadKg + energy.perWeather * trip.weather;
}

/** Minutes of a trip with its handling (spec c.5). */
export function flightMinutes(
  { distanceKm, windKmh }: { readonly distanceKm: number; readonly windKmh: number },
  { speedKmh }: DroneClass,
): number {
  return (distanceKm / Math.max(SLOWEST_KMH, speedKmh - HEADWIND * windKmh)) * 60 + HANDLING_MIN;
}
