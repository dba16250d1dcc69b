import { MINUTE_MS } from '../../kernel/time.ts';
import { type Drone, type DroneState, FLYING_STATES } from './drone.ts';
import type { Flight } from './flight.ts';

/** What a drone may say that it does; the other states are ours to say. */
export const REPORTED_STATES = ['IDLE', 'EN_ROUTE', 'DELIVERING', 'RETURNING', 'CHARGING'] as const;
export type ReportedState = (typeof REPORTED_STATES)[number];

/** One message of a drone. Degrees, metres above the ground, km/h, percent. */
export interface TelemetrySample {
  readonly droneId: string;
  /** By the drone's clock. */
  readonly at: Date;
  readonly lat: number;
  readonly lon: number;
  readonly soc: number;
  readonly altitudeM?: number | null | undefined;
  readonly speedKmh?: number | null | undefined;
  readonly state?: ReportedState | null | undefined;
  /** It has given up its flight and does not deliver. */
  readonly isAborted?: boolean | null | undefined;
}

/** Samples from further in the future are refused: the drone's clock is wrong, and would shut out all later ones. */
const MAX_AHEAD_MS = MINUTE_MS;

/** Why a sample cannot be true, with the field; null when it can. Pure. */
export function flawOf(sample: TelemetrySample, now: Date): { code: string; message: string } | null {
  const invalid = (field: string, wanted: string) => ({
    code: 'INVALID',
    message: `${field} must be ${wanted}.`,
  });
  const isWithin = (value: number, min: number, max: number) => value >= min && value <= max;
  const at = sample.at.getTime();
  if (Number.isNaN(at)) return invalid('at', 'an instant');
  if (!isWithin(sample.lat, -90, 90)) return invalid('lat', 'a number from -90 to 90');
  if (!isWithin(sample.lon, -180, 180)) return invalid('lon', 'a number from -180 to 180');
  if (!isWithin(sample.soc, 0, 100)) return invalid('soc', 'a number from 0 to 100');
  if (!isWithin(sample.altitudeM ?? 0, -500, 10_000))
    return invalid('altitudeM', 'a number from -500 to 10000');
  if (!isWithin(sample.speedKmh ?? 0, 0, 500)) return invalid('speedKmh', 'a number from 0 to 500');
  if (at <= now.getTime() + MAX_AHEAD_MS) return null;
  return { code: 'IN_FUTURE', message: `at is more than 60 s ahead of ${now.toISOString()}; set the clock.` };
}

/** A drone and its flight after what it said. */
export interface Heard {
  readonly drone: Drone;
  /** Why the flight is given up, when this says so for the first time. */
  readonly abortReason: string | null;
}

/** Under way with or without a delivery. */
export const isFlying = (state: DroneState): boolean =>
  (FLYING_STATES as readonly DroneState[]).includes(state);

/** Applies one sample, which is newer than all before. `flight` is the one under way, if any. Pure. */
export function hear(drone: Drone, flight: Flight | null, sample: TelemetrySample, now: Date): Heard {
  const state = nextState(drone, flight, sample);
  return {
    drone: {
      ...drone,
      state,
      soc: sample.soc,
      lat: sample.lat,
      lon: sample.lon,
      altitudeM: sample.altitudeM ?? drone.altitudeM,
      speedKmh: sample.speedKmh ?? drone.speedKmh,
      telemetryAt: sample.at,
      updatedAt: now < drone.updatedAt ? drone.updatedAt : now,
    },
    abortReason: isGivenUp(drone, flight, sample, state) ? 'ABORTED_BY_DRONE' : null,
  };
}

function nextState(drone: Drone, flight: Flight | null, { state }: TelemetrySample): DroneState {
  if (drone.state === 'MAINTENANCE') return 'MAINTENANCE';
  if (drone.state === 'ASSIGNED' && (state === 'IDLE' || state === 'CHARGING')) return 'ASSIGNED';
  if (state) return state;
  if (drone.state !== 'OFFLINE') return drone.state;
  // Heard of again without a word about what it does.
  if (!flight) return 'IDLE';
  return flight.droppedAt ? 'RETURNING' : flight.pickedUpAt ? 'DELIVERING' : 'EN_ROUTE';
}

/** It says so, or comes back without ever having said that it carries the parcel: nothing was delivered. */
function isGivenUp(drone: Drone, flight: Flight | null, sample: TelemetrySample, next: DroneState): boolean {
  if (flight?.status !== 'ACTIVE' || flight.reason !== null) return false;
  if (sample.isAborted) return true;
  const isBack = next === 'RETURNING' || next === 'IDLE' || next === 'CHARGING';
  return isBack && drone.state !== 'DELIVERING' && flight.pickedUpAt === null && next !== drone.state;
}
