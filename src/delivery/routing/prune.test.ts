import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import { canonicalJson } from '../../kernel/canonical.ts';
import { seeded } from '../../kernel/random.ts';
import { DRONE_CLASS_NAMES } from './drone-class.ts';
import type { Hub } from './hub.ts';
import type { LaunchSite } from './launch-site.ts';
import type { Network } from './network.ts';
import { pruneNetwork } from './prune.ts';
import { previewRoute, type RouteRequest } from './route.ts';
import { routeFormula } from './route-formula.ts';
import { seedHubs } from './seed-hubs.ts';
import type { NoFlyZone, Severity } from './sky.ts';

/** Two towns 3,000 km apart, crowded enough that hubs, sites, zones and places meet in every combination. */
const TOWNS = [
  { lat: 50, lon: 8 },
  { lat: 50, lon: 50 },
];
const COUNTRIES = ['DE', 'KZ', 'XX'];

const near = fc
  .record({
    town: fc.constantFrom(...TOWNS),
    north: fc.integer({ min: -9, max: 9 }),
    east: fc.integer({ min: -9, max: 9 }),
  })
  .map(({ town, north, east }) => ({ lat: town.lat + north / 20, lon: town.lon + east / 20 }));
const place = fc.tuple(near, fc.constantFrom(...COUNTRIES)).map(([at, country]) => ({ ...at, country }));

const hubs = fc
  .array(
    fc.record({
      at: near,
      coverageKm: fc.constantFrom(20, 60, 200),
      reserved: fc.constantFrom(0, 0, 0, 3),
      successPct: fc.constantFrom(80, 90, 90, 95),
      avgDeliveryMin: fc.constantFrom(10, 30),
      connected: fc.array(fc.integer({ min: 0, max: 13 }), { maxLength: 8 }),
      enabled: fc.constantFrom(true, true, true, false),
      countries: fc.uniqueArray(fc.constantFrom(...COUNTRIES), { maxLength: 1 }),
    }),
    { minLength: 1, maxLength: 14 },
  )
  .map((all) =>
    all.map(({ at, connected, ...hub }, i): Hub => {
      const names = connected.map((to) => (to % 2 ? `r${to}` : `H${to}`));
      return { ...hub, ...at, nodeId: `H${i}`, region: `r${i}`, capacity: 3, connected: names };
    }),
  );

const sites = fc
  .array(
    fc.record({
      at: near,
      hub: fc.integer({ min: 0, max: 13 }),
      enabled: fc.constantFrom(true, true, true, false),
      classes: fc.subarray([...DRONE_CLASS_NAMES]),
    }),
    { maxLength: 20 },
  )
  .map((all) =>
    all.map(
      ({ at, hub, ...site }, i): LaunchSite => ({
        ...site,
        ...at,
        id: `S${i}`,
        name: `S${i}`,
        hubId: `H${hub}`,
      }),
    ),
  );

const zones = fc
  .array(fc.record({ at: near, radiusKm: fc.constantFrom(1, 5, 15) }), { maxLength: 5 })
  .map((all) =>
    all.map(
      ({ at, radiusKm }, i): NoFlyZone => ({ ...at, id: `Z${i}`, kind: 'AIRSPACE', name: `Z${i}`, radiusKm }),
    ),
  );

const weather = fc
  .array(
    fc.record({ hub: fc.integer({ min: 0, max: 13 }), severity: fc.constantFrom<Severity>(0, 2, 3, 4) }),
    {
      maxLength: 8,
    },
  )
  .map((all) =>
    Object.fromEntries(all.map(({ hub, severity }) => [`r${hub}`, { severity, windKmh: severity * 10 }])),
  );

const network: fc.Arbitrary<Network> = fc
  .record({
    hubs,
    sites,
    sky: fc.record({ weather, restrictions: zones }),
  })
  .map((whole) => ({
    ...whole,
    // Every second site stands at its hub.
    sites: whole.sites.map((site, i) => {
      const hub = i % 2 ? whole.hubs.find(({ nodeId }) => nodeId === site.hubId) : undefined;
      return hub ? { ...site, lat: hub.lat, lon: hub.lon } : site;
    }),
  }));
const request: fc.Arbitrary<RouteRequest> = fc.record({
  pickup: place,
  delivery: place,
  weightKg: fc.constantFrom(0.5, 2.5, 4, 12),
  groundFallback: fc.boolean(),
  destinationRegion: fc.option(
    fc.integer({ min: 0, max: 14 }).map((i) => `r${i}`),
    { freq: 4 },
  ),
});

test('the pruned network gives the same answer as the whole one', () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(network, request, (whole, asked) => {
      const answer = previewRoute(whole, asked);
      const small = pruneNetwork(whole, asked);
      expect(canonicalJson(previewRoute(small, asked))).toBe(canonicalJson(answer));
      expect(small.hubs.length).toBeLessThanOrEqual(12);
      expect(small.sites.length).toBeLessThanOrEqual(2);
      expect(small.sky.restrictions.length).toBeLessThanOrEqual(4);
      const kind = answer.ok ? answer.legs.map((leg) => leg.kind).join(' ') : answer.code;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }),
    { numRuns: 4_000, seed: 20261121 },
  );
  // The property says little unless every kind of answer has come up.
  expect([...seen.keys()].sort()).toEqual(
    expect.arrayContaining([
      'CAPACITY_EXHAUSTED',
      'DELIVERY_OUT_OF_COVERAGE',
      'DRONE',
      'GROUND DRONE',
      'GROUND LINEHAUL DRONE',
      'GROUND LINEHAUL GROUND DRONE',
      'GROUND LINEHAUL GROUND',
      'LOCAL',
      'NOT_FLYABLE',
      'NO_PATH',
      'PICKUP_OUT_OF_COVERAGE',
      'UNKNOWN_REGION',
    ]),
  );
});

it('keeps a decision about 1,000 hubs and 1,000 sites small, and the formula replays it', () => {
  const random = seeded(3);
  const many = Array.from({ length: 1_000 }, (_, i): Hub => {
    const [lat, lon] = [random.int(-60, 60) + 0.5, random.int(-179, 179)];
    const connected = Array.from({ length: 30 }, () => `r${random.int(0, 999)}`);
    const base = seedHubs[0] as Hub;
    return { ...base, ...{ nodeId: `H${i}`, region: `r${i}`, lat, lon, countries: [], connected } };
  });
  const sites = many.map((hub): LaunchSite => {
    return {
      ...{ id: `S_${hub.nodeId}`, hubId: hub.nodeId, name: 's', lat: hub.lat, lon: hub.lon },
      enabled: true,
      classes: ['ELITE'],
    };
  });
  const whole: Network = { hubs: [...seedHubs, ...many], sites, sky: { weather: {}, restrictions: [] } };
  const asked: RouteRequest = {
    pickup: { lat: 52.52, lon: 13.405, country: 'DE' },
    delivery: { lat: 37.8044, lon: -122.2712, country: 'US' },
    ...{ weightKg: 1, groundFallback: true },
  };
  const computed = compute(routeFormula, { network: pruneNetwork(whole, asked), request: asked });
  expect(canonicalJson(computed.output)).toBe(canonicalJson(previewRoute(whole, asked)));
  expect(canonicalJson(computed.inputs).length).toBeLessThan(8_000);
  expect(compute(routeFormula, computed.inputs as never).outputHash).toBe(computed.outputHash);
});
