import { ValidationError } from '../../kernel/errors.ts';
import type { DronePayload } from '../../platform/events/payloads.ts';
import { DRONE_CLASSES, type DroneClassName } from '../routing/index.ts';

export const DRONE_STATES = [
  'IDLE',
  'ASSIGNED',
  'EN_ROUTE',
  'DELIVERING',
  'RETURNING',
  'CHARGING',
  'MAINTENANCE',
  'OFFLINE',
] as const;
export type DroneState = (typeof DRONE_STATES)[number];

/** Under way with a flight plan. */
export const FLYING_STATES = [
  'ASSIGNED',
  'EN_ROUTE',
  'DELIVERING',
  'RETURNING',
] as const satisfies readonly DroneState[];

export const DRONE_ADAPTERS = ['SIMULATOR', 'EXTERNAL'] as const;
/** SIMULATOR drones are flown by this program; EXTERNAL ones report by telemetry of their own. */
export type DroneAdapter = (typeof DRONE_ADAPTERS)[number];

/** Below this charge (percent) a drone in the air gives up what it is doing and lands (spec c.8). */
export const CRITICAL_SOC = 10;
/** A drone that takes over from another must have more than this (spec c.8, ADOPTED). */
export const REPLACEMENT_SOC = 50;
/** A charging drone is free again from here (ADOPTED). */
export const CHARGED_SOC = 95;
/** Percent of the pack per minute on the charger: 80 % in 40 min, as fast chargers of this size do (ADOPTED). */
export const CHARGE_PCT_PER_MIN = 2;
/** Silence after which the link counts as lost (spec c.8). */
export const LINK_LOSS_SEC = 60;
/** Keeps one telemetry message well below what a subscriber may have unread. */
export const MAX_DRONES = 2_000;

/** A drone as it stands. Degrees, metres, km/h, percent. */
export interface Drone {
  readonly id: string;
  readonly name: string;
  readonly class: DroneClassName;
  readonly adapter: DroneAdapter;
  readonly siteId: string;
  readonly state: DroneState;
  readonly soc: number;
  readonly lat: number;
  readonly lon: number;
  readonly altitudeM: number;
  readonly speedKmh: number;
  /** 0..1 */
  readonly reliability: number;
  readonly deliveryId: string | null;
  /** By its own clock. */
  readonly telemetryAt: Date | null;
  /** By the database's clock. */
  readonly seenAt: Date | null;
  readonly version: number;
  readonly updatedAt: Date;
}

/** What an administrator says about a drone; the rest follows from work. */
export interface DroneInput {
  readonly id: string;
  readonly name: string;
  readonly class: DroneClassName;
  /** Default SIMULATOR. */
  readonly adapter?: DroneAdapter | null | undefined;
  readonly siteId: string;
  /** 0..1, default that of its class. */
  readonly reliability?: number | null | undefined;
  /** Charge of a new drone in percent, default 100; a known one keeps its own. */
  readonly soc?: number | null | undefined;
}

const DRONE_ID = /^[A-Z][A-Z0-9_]{1,62}$/;

/** Refuses a drone that could not work, naming the field. Pure. */
export function checkDrone(input: DroneInput): void {
  require(DRONE_ID.test(input.id), 'id', 'A drone id is capitals, digits and _, e.g. "DRONE_EU_01".');
  const length = input.name.trim().length;
  require(length >= 1 && length <= 200, 'name', 'A name has 1 to 200 characters.');
  require(input.class in DRONE_CLASSES, 'class', `There are ${Object.keys(DRONE_CLASSES).join(', ')}.`);
  inRange(input.reliability, 'reliability', 0, 1);
  inRange(input.soc, 'soc', 0, 100);
}

function inRange(value: number | null | undefined, field: string, min: number, max: number): void {
  const isRight = value == null || (value >= min && value <= max);
  require(isRight, field, `${field} must be a number from ${min} to ${max}, not ${value}.`);
}

function require(isRight: boolean, field: string, message: string): void {
  if (!isRight) throw new ValidationError(field, message);
}

/** The whole fact for the event log. */
export function dronePayload(
  drone: Drone,
  previousState: string | null,
  reason: string | null = null,
): DronePayload {
  const { id, state, soc, lat, lon, deliveryId } = drone;
  return { droneId: id, state, previousState, soc, lat, lon, deliveryId, reason };
}
