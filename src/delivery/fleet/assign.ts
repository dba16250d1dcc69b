import { haversineKm } from '../../kernel/geo.ts';
import type { Reason } from '../../kernel/reason.ts';
import {
  DRONE_CLASSES,
  flightMinutes,
  flyability,
  isBlocked,
  type Sky,
  weatherIn,
} from '../routing/index.ts';
import type { FreeDrone, Job } from './job.ts';
import { type FlightPlan, groundSpeedKmh, planFlight } from './plan.ts';
import { solve } from './solve.ts';

/** One drone sent on one job. */
export interface Assignment {
  readonly deliveryId: string;
  readonly droneId: string;
  /** Spec c.8, in minutes. */
  readonly cost: number;
  readonly plan: FlightPlan;
}

/** What a drone would cost for a job, in minutes, or what is against it. */
type Option =
  | { readonly ok: true; readonly cost: number }
  | { readonly ok: false; readonly reasons: readonly Reason[] };

/** Minutes that a certain failure, ten points of charge too few, and a step of priority are worth (spec c.8). */
const FAILURE_MIN = 60;
const LOW_CHARGE_MIN = 30;
const PRIORITY_MIN = 15;
const COMFORT_PCT = 10;

/**
 * Sends drones on jobs: as many jobs as can be flown, at the least cost of spec c.8, each drone once. Jobs that are
 * not in the answer have no feasible drone. Pure; the order of jobs and drones does not matter.
 */
export function assignJobs(jobs: readonly Job[], drones: readonly FreeDrone[], sky: Sky): Assignment[] {
  const rows = jobs.toSorted((a, b) => b.priority - a.priority || (a.deliveryId < b.deliveryId ? -1 : 1));
  const sorted = drones.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const table = rows.map((job) => sorted.map((drone) => costOf(optionFor(job, drone, sky))));
  // A drone that can do nothing is no part of the problem, or it would push a small one over the limit.
  const columns = [...sorted.keys()].filter((column) => table.some((row) => Number.isFinite(row[column])));
  const costs = table.map((row) => columns.map((column) => row[column] as number));
  const chosen = solve(
    costs,
    rows.map(({ priority }) => priority),
  );
  return rows.flatMap((job, row) => {
    const drone = sorted[columns[chosen[row] ?? -1] ?? -1];
    const cost = costs[row]?.[chosen[row] ?? -1];
    if (!drone || cost === undefined) return [];
    const plan = planFlight({ drone, job, weather: weatherIn(sky, job.region) });
    return [{ deliveryId: job.deliveryId, droneId: drone.id, cost, plan }];
  });
}

const costOf = (option: Option): number => (option.ok ? option.cost : Number.POSITIVE_INFINITY);

/**
 * Cost in minutes of sending the drone (spec c.8): minutesToPickup + flightMinutes + 60·(1 − reliability) +
 * 30·max(0, (need + reserve + 10 − soc) / 10) − 15·(priority − 1). The way to the pickup is flown without handling;
 * flightMinutes is that of the whole trip, launch → pickup → drop → recovery (c.5).
 */
export function optionFor(job: Job, drone: FreeDrone, sky: Sky): Option {
  const droneClass = DRONE_CLASSES[drone.class];
  const { pickup, drop, payloadKg } = job;
  const { severity, windKmh } = weatherIn(sky, job.region);
  const toPickupKm = haversineKm(drone, pickup);
  const distanceKm = toPickupKm + haversineKm(pickup, drop) + haversineKm(drop, drone.recovery);
  const answer = flyability({
    ...{ class: droneClass, soc: drone.soc, payloadKg, distanceKm, weather: severity },
    isBlocked: sky.restrictions.length > 0 && isBlocked(sky, [drone, pickup, drop, drone.recovery]) !== null,
  });
  if (!answer.ok) return answer;
  if (job.minSoc !== undefined && drone.soc <= job.minSoc) {
    const text = `A drone that takes over needs more than ${job.minSoc} % charge, not ${drone.soc} %.`;
    return { ok: false, reasons: [{ code: 'ENERGY', text }] };
  }
  const shortage = (answer.need + droneClass.reserveSocPct + COMFORT_PCT - drone.soc) / 10;
  const cost =
    (toPickupKm / groundSpeedKmh(droneClass, windKmh)) * 60 +
    flightMinutes({ distanceKm, windKmh }, droneClass) +
    FAILURE_MIN * (1 - drone.reliability) +
    LOW_CHARGE_MIN * Math.max(0, shortage) -
    PRIORITY_MIN * (job.priority - 1);
  return { ok: true, cost };
}
