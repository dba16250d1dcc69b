import {
  assignJobs,
  type FreeDrone,
  type Job,
  MAX_OPTIMAL,
  type Matrix,
  solve,
} from '../src/delivery/fleet/index.ts';
import { CLEAR_SKY, DRONE_CLASS_NAMES } from '../src/delivery/routing/index.ts';
import { type Random, seeded } from '../src/kernel/random.ts';
import { optimum } from '../tests/kit/optimum.ts';

const NONE = Number.POSITIVE_INFINITY;
const BEYOND = [300, 400];

/** 200 drones × 200 jobs in a city against an independent optimum, and larger ones against the same. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const random = seeded(20261121);
  const costs = city(random, MAX_OPTIMAL);
  const ranks = costs.map(() => 1);
  solve(city(random, 50), ranks.slice(0, 50)); // warm up
  const ours = timed(() => solve(costs, ranks));
  const theirs = timed(() => optimum(costs));
  const drones = fleet(random, MAX_OPTIMAL);
  const jobs = work(random, MAX_OPTIMAL);
  const whole = timed(() => assignJobs(jobs, drones, CLEAR_SKY));
  const figures: Record<string, number | string> = {
    jobsAndDrones: MAX_OPTIMAL,
    cost: total(costs, ours.result),
    optimum: total(costs, theirs.result),
    augmentingPathsMs: Math.round(ours.ms),
    munkresMs: Math.round(theirs.ms),
    assignJobsMs: Math.round(whole.ms),
    assigned: whole.result.length,
  };
  for (const size of BEYOND) {
    const larger = city(random, size);
    const found = timed(() =>
      solve(
        larger,
        larger.map(() => 1),
      ),
    );
    const best = total(larger, optimum(larger));
    figures[`greedy${size}PercentAboveOptimum`] = Number(
      ((total(larger, found.result) / best - 1) * 100).toFixed(2),
    );
    figures[`greedy${size}Ms`] = Math.round(found.ms);
  }
  return {
    name: 'assignment: 200 drones × 200 jobs, and beyond',
    figures,
    goal: 'cost equal to the optimum at 200 × 200; within 10 % beyond',
  };
}

const anywhere = (random: Random) => ({
  lat: 37.7 + random.next() * 0.3,
  lon: -122.5 + random.next() * 0.3,
});

function fleet(random: Random, count: number): FreeDrone[] {
  return Array.from({ length: count }, (_, i) => {
    const site = anywhere(random);
    const droneClass = random.pick(DRONE_CLASS_NAMES);
    return {
      id: `D${i}`,
      class: droneClass,
      soc: random.int(50, 100),
      reliability: 0.999,
      ...site,
      recovery: site,
    };
  });
}

function work(random: Random, count: number): Job[] {
  return Array.from({ length: count }, (_, i) => ({
    ...{
      deliveryId: `J${i}`,
      priority: random.int(1, 4) as Job['priority'],
      siteHubId: 'HUB',
      region: 'here',
    },
    ...{ pickup: anywhere(random), drop: anywhere(random), payloadKg: random.next() * 4 },
  }));
}

/** Minutes from every drone to every job; what is more than 40 km apart is impossible. */
function city(random: Random, count: number): number[][] {
  const homes = Array.from({ length: count }, () => [random.next() * 50, random.next() * 50] as const);
  return Array.from({ length: count }, () => {
    const [x, y] = [random.next() * 50, random.next() * 50];
    return homes.map(([hx, hy]) => {
      const km = Math.hypot(x - hx, y - hy);
      return km > 40 ? NONE : Math.round((2 * km + 10) * 1000) / 1000;
    });
  });
}

const total = (costs: Matrix, columns: readonly number[]): number =>
  Number(columns.reduce((sum, column, row) => sum + (costs[row]?.[column] ?? 0), 0).toFixed(3));

function timed<T>(work: () => T): { result: T; ms: number } {
  const start = performance.now();
  const result = work();
  return { result, ms: performance.now() - start };
}
