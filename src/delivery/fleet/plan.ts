import type { Point } from '../../kernel/geo.ts';
import { bucket } from '../../kernel/murmur.ts';
import {
  DRONE_CLASSES,
  type DroneClass,
  energyNeed,
  flightMinutes,
  lengthKm,
  type Weather,
} from '../routing/index.ts';
import type { FreeDrone, Job } from './job.ts';

/** A point of a flight; at PICKUP and DROP the drone stands for a while. */
export interface Waypoint extends Point {
  readonly kind: 'LAUNCH' | 'PICKUP' | 'DROP' | 'RECOVERY';
}

/** Everything that a position in the air follows from; plain JSON, kept with the flight. */
export interface FlightPlan {
  readonly waypoints: readonly Waypoint[];
  readonly payloadKg: number;
  /** Over ground, wind included (spec c.5). */
  readonly speedKmh: number;
  /** Launch → pickup → drop → recovery. */
  readonly distanceKm: number;
  /** In the air and on the ground at pickup and drop (spec c.5). */
  readonly minutes: number;
  /** Percent of the pack when it starts. */
  readonly startSoc: number;
  /** Percent of the pack for the whole flight, by cause; they sum to energyNeed of spec c.5. */
  readonly energy: { readonly distance: number; readonly payload: number; readonly weather: number };
  /** Varies altitude and gusts a little. */
  readonly seed: number;
}

/** A plan that is being flown: `simulationSpeed` times as fast as real time. */
export interface FlownPlan extends FlightPlan {
  readonly startedAt: Date;
  readonly simulationSpeed: number;
}

/** What a plan is made from; the same facts give the same plan. */
export interface PlanRequest {
  readonly drone: FreeDrone;
  readonly job: Pick<Job, 'deliveryId' | 'pickup' | 'drop' | 'payloadKg'>;
  readonly weather: Weather;
}

/** The flight that carries the job's parcel and lands at the drone's site. Energy and minutes are those of spec c.5. */
export function planFlight({ drone, job, weather }: PlanRequest): FlightPlan {
  const droneClass = DRONE_CLASSES[drone.class];
  const { payloadKg } = job;
  const waypoints = [
    at('LAUNCH', drone),
    at('PICKUP', job.pickup),
    at('DROP', job.drop),
    at('RECOVERY', drone.recovery),
  ];
  const distanceKm = lengthKm(waypoints);
  const { windKmh } = weather;
  const need = (km: number, kg: number, severity: number) =>
    energyNeed({ distanceKm: km, payloadKg: kg, weather: severity }, droneClass);
  return {
    waypoints,
    payloadKg,
    speedKmh: groundSpeedKmh(droneClass, windKmh),
    distanceKm,
    minutes: flightMinutes({ distanceKm, windKmh }, droneClass),
    startSoc: drone.soc,
    energy: {
      distance: need(distanceKm, 0, 0),
      payload: need(0, payloadKg, 0),
      weather: need(0, 0, weather.severity),
    },
    seed: bucket(`${job.deliveryId}/${drone.id}`, 2 ** 31),
  };
}

/** Speed against this wind, as spec c.5 reckons it: what a km more adds to the minutes of a flight. */
export function groundSpeedKmh(droneClass: DroneClass, windKmh: number): number {
  const minutes = (distanceKm: number) => flightMinutes({ distanceKm, windKmh }, droneClass);
  return 60 / (minutes(1) - minutes(0));
}

/** The rest of a flight that was given up: from where the drone is straight to a site, at the plan's own rates. */
export function divert(plan: FlightPlan, from: Point & { readonly soc: number }, to: Point): FlightPlan {
  const waypoints = [at('LAUNCH', from), at('RECOVERY', to)];
  const distanceKm = lengthKm(waypoints);
  const minutes = (distanceKm / plan.speedKmh) * 60;
  const perKm = plan.distanceKm > 0 ? plan.energy.distance / plan.distanceKm : 1;
  return {
    ...plan,
    ...{ waypoints, distanceKm, minutes },
    startSoc: from.soc,
    energy: {
      distance: perKm * distanceKm,
      payload: 0,
      weather: (plan.energy.weather / plan.minutes) * minutes || 0,
    },
  };
}

/** Percent of the pack that the plan needs. */
export const planNeed = ({ energy }: FlightPlan): number => energy.distance + energy.payload + energy.weather;

const at = (kind: Waypoint['kind'], { lat, lon }: Point): Waypoint => ({ kind, lat, lon });
