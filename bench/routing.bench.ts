import { compute } from '../src/control/decisions/index.ts';
import {
  CLEAR_SKY,
  type Hub,
  type LaunchSite,
  type Network,
  previewRoute,
  pruneNetwork,
  type RouteRequest,
  routeFormula,
} from '../src/delivery/routing/index.ts';
import { haversineKm, type Point } from '../src/kernel/geo.ts';
import { type Random, seeded } from '../src/kernel/random.ts';

const HUBS = 1_000;
const SITES_PER_HUB = 3;
const RESTRICTIONS = 50;
const REQUESTS = 2_000;
const ROUNDS = 5;

/** Previews per second over 1,000 hubs, beside the least that any answer needs: the distance to every hub, twice. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const random = seeded(20261121);
  const network = networkOf(random);
  const requests = Array.from({ length: REQUESTS }, () => requestOf(random, network.hubs));
  const preview = () => requests.map((request) => previewRoute(network, request));
  const answers = preview(); // warms up, too
  const decide = () => {
    for (const request of requests.slice(0, REQUESTS / 4)) {
      compute(routeFormula, { network: pruneNetwork(network, request), request });
    }
  };
  const previews = best(preview);
  const decisions = best(decide);
  const distances = best(() => lookAround(network.hubs, requests));
  const count = (matches: (answer: (typeof answers)[number]) => boolean) => answers.filter(matches).length;
  return {
    name: `routing: previews over ${HUBS} hubs, ${HUBS * SITES_PER_HUB} launch sites and ${RESTRICTIONS} restrictions, one thread; best of ${ROUNDS}`,
    figures: {
      previewsPerSecond: Math.round(REQUESTS / previews),
      decisionsPerSecond: Math.round(REQUESTS / 4 / decisions),
      distancesOnlyPerSecond: Math.round(REQUESTS / distances),
      timesDistances: Number((previews / distances).toFixed(2)),
      routed: count((answer) => answer.ok),
      byDrone: count((answer) => answer.ok && answer.legs.at(-1)?.kind === 'DRONE'),
      withTwoAlternatives: count((answer) => answer.ok && answer.alternatives.length === 2),
    },
    goal: 'at least 1,000 previews/s, at most 5 times the distances alone',
  };
}

function networkOf(random: Random): Network {
  const hubs = Array.from({ length: HUBS }, (_, i): Hub => {
    return {
      ...{ nodeId: `H${String(i).padStart(4, '0')}`, region: `r${i}`, coverageKm: 300, capacity: 50 },
      ...{ lat: random.int(-600, 600) / 10, lon: random.int(-1790, 1790) / 10 },
      reserved: random.next() < 0.05 ? 50 : random.int(0, 40),
      successPct: random.int(80, 99),
      avgDeliveryMin: random.int(20, 60),
      connected: Array.from({ length: 60 }, () => `r${random.int(0, HUBS - 1)}`),
      enabled: random.next() < 0.97,
      countries: [],
    };
  });
  const sites = hubs.flatMap((hub) =>
    Array.from({ length: SITES_PER_HUB }, (_, k): LaunchSite => {
      const at = k === 0 ? hub : beside(random, hub, 0.8);
      const id = `${hub.nodeId}_${k}`;
      return {
        ...{ id, name: id, hubId: hub.nodeId, lat: at.lat, lon: at.lon },
        enabled: true,
        classes: ['ELITE', 'BVLOS'],
      };
    }),
  );
  const restrictions = Array.from({ length: RESTRICTIONS }, (_, i) => {
    const at = beside(random, random.pick(hubs), 0.3);
    return { ...{ id: `z${i}`, name: `z${i}`, kind: 'AIRSPACE' as const, radiusKm: 5 }, ...at };
  });
  return { hubs, sites, sky: { ...CLEAR_SKY, restrictions } };
}

const beside = (random: Random, { lat, lon }: Point, degrees: number): Point => ({
  lat: lat + (random.next() - 0.5) * degrees,
  lon: Math.max(-180, Math.min(180, lon + (random.next() - 0.5) * degrees)),
});

function requestOf(random: Random, hubs: readonly Hub[]): RouteRequest {
  const [from, to] = [random.pick(hubs), random.pick(hubs)];
  return {
    pickup: { ...beside(random, from, 2), country: 'XX' },
    delivery: { ...beside(random, to, 0.6), country: 'XX' },
    ...{ weightKg: 0.5, groundFallback: true },
  };
}

function lookAround(hubs: readonly Hub[], requests: readonly RouteRequest[]): number {
  let km = 0;
  for (const { pickup, delivery } of requests) {
    for (const hub of hubs) km += haversineKm(hub, pickup) + haversineKm(hub, delivery);
  }
  return km;
}

function best(work: () => unknown): number {
  const seconds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    work();
    return (performance.now() - start) / 1_000;
  });
  return Math.min(...seconds);
}
