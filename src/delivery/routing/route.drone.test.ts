import { describe, expect, it, test } from 'vitest';
import type { Point } from '../../kernel/geo.ts';
import { posteriorPct } from './hub.ts';
import type { LaunchSite } from './launch-site.ts';
import type { Network } from './network.ts';
import { previewRoute, type RouteAnswer, type RouteRequest } from './route.ts';
import { seedHubs } from './seed-hubs.ts';
import { CLEAR_SKY, type NoFlyZone, type Sky } from './sky.ts';

const SF = { lat: 37.7749, lon: -122.4194, country: 'US' };
const OAKLAND = { lat: 37.8044, lon: -122.2712, country: 'US' };
const SAN_JOSE = { lat: 37.3382, lon: -121.8863, country: 'US' };
const BERLIN = { lat: 52.52, lon: 13.405, country: 'DE' };
const PUNE = { lat: 18.5204, lon: 73.8567, country: 'IN' };

const site = (hubId: string, at: Point, fields: Partial<LaunchSite> = {}): LaunchSite => ({
  id: `${hubId}_SITE`,
  ...{ hubId, name: 'Site', lat: at.lat, lon: at.lon, enabled: true },
  classes: ['ECONOMY', 'PREMIUM', 'ELITE', 'BVLOS'],
  ...fields,
});
const SITES = seedHubs.map((hub) => site(hub.nodeId, hub));
const network = (fields: Partial<Network> = {}): Network => {
  return { hubs: seedHubs, sites: SITES, sky: CLEAR_SKY, ...fields };
};
const ask = (fields: Partial<RouteRequest> = {}, on: Partial<Network> = {}): RouteAnswer =>
  previewRoute(network(on), {
    ...{ pickup: BERLIN, delivery: OAKLAND, weightKg: 0.5, groundFallback: false },
    ...fields,
  });
function routed(answer: RouteAnswer): Extract<RouteAnswer, { ok: true }> {
  if (!answer.ok) throw new Error(`expected a route, got ${JSON.stringify(answer)}`);
  return answer;
}
const codes = (answer: RouteAnswer) => answer.reasons.map(({ code }) => code);
const sky = (fields: Partial<Sky>): Sky => ({ ...CLEAR_SKY, ...fields });
const zone = (at: Point, radiusKm: number): NoFlyZone => {
  return { id: 'z', kind: 'GEOFENCE', name: 'Stadium', lat: at.lat, lon: at.lon, radiusKm };
};

describe('the last mile is flown', () => {
  it('from the hub’s site, in the ETA of spec c.7 and with the drone’s reliability', () => {
    const route = routed(ask());
    expect(route.legs.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['GROUND', 'pickup', 'NODE_EU_001'],
      ['LINEHAUL', 'NODE_EU_001', 'NODE_US_W_001'],
      ['DRONE', 'NODE_US_W_001', 'delivery'],
    ]);
    expect(route.successProbability).toBeCloseTo(0.9408 * 0.999, 10);
    expect(route.etaMin).toBe(880);
    expect(Math.round(route.legs.reduce((sum, leg) => sum + leg.minutes, 0))).toBe(880);
    const drone = route.legs[2];
    expect(drone).toMatchObject({ siteId: 'NODE_US_W_001_SITE', droneClass: 'BVLOS', minutes: 30 });
    expect(drone?.tripKm).toBeCloseTo(26.86, 1);
    expect(drone?.energyNeedPct).toBeCloseTo(27.11, 1);
    expect(drone?.flightMin).toBeCloseTo(((drone?.tripKm ?? 0) / 70) * 60 + 5, 10);
    expect(codes(route)).toEqual([
      'COUNTRY_HUB',
      'COUNTRY_HUB',
      'BEST_SUCCESS_PROBABILITY',
      'FLYABLE',
      'WEATHER_UNKNOWN',
    ]);
    expect(route.alternatives.map(({ path, legs }) => [path.length, legs.at(-1)?.kind])).toEqual([
      [3, 'DRONE'],
    ]);
  });

  it('with a courier between the hub and a site that is elsewhere; the ETA stays', () => {
    const sites = [site('NODE_US_W_001', { lat: 37.4, lon: -121.95 }, { id: 'SOUTH_BAY' })];
    const route = routed(ask({ delivery: SAN_JOSE }, { sites }));
    expect(route.legs.map(({ kind, from, to }) => [kind, from, to]).slice(2)).toEqual([
      ['GROUND', 'NODE_US_W_001', 'SOUTH_BAY'],
      ['DRONE', 'SOUTH_BAY', 'delivery'],
    ]);
    expect(route.etaMin).toBe(880);
    expect(route.legs.reduce((sum, leg) => sum + leg.minutes, 0)).toBeCloseTo(880, 0);
    expect(route.legs[3]?.minutes).toBeCloseTo(route.legs[3]?.flightMin ?? 0, 10);
  });

  it('by the quickest class that can carry it', () => {
    const sites = [site('NODE_US_W_001', SF, { classes: ['ECONOMY', 'PREMIUM', 'ELITE'] })];
    const classOf = (weightKg: number) => routed(ask({ weightKg }, { sites })).legs.at(-1)?.droneClass;
    expect([classOf(3), classOf(3.1)]).toEqual(['ELITE', 'PREMIUM']);
  });

  it('without a word about the weather when it is known', () => {
    const us = { severity: 1, windKmh: 20 } as const;
    const route = routed(ask({}, { sky: sky({ weather: { us_west: us } }) }));
    expect(codes(route)).not.toContain('WEATHER_UNKNOWN');
    expect(route.legs[2]?.energyNeedPct).toBeCloseTo(32.11, 1);
    expect(route.legs[2]?.flightMin).toBeCloseTo(((route.legs[2]?.tripKm ?? 0) / 64) * 60 + 5, 10);
  });
});

describe('what is not flyable says why, and goes by courier only where that is allowed', () => {
  const storm = sky({ weather: { us_west: { severity: 4, windKmh: 90 } } });
  const elite = [site('NODE_US_W_001', SF, { classes: ['ELITE'] })];
  test.each<[string, Partial<RouteRequest>, Partial<Network>, string[]]>([
    ['too far from any site', { delivery: SAN_JOSE }, {}, ['NO_LAUNCH_SITE']],
    [
      'in range but not with that weight',
      { delivery: { lat: 37.7749, lon: -121.972, country: 'US' }, weightKg: 9 },
      {},
      ['ENERGY'],
    ],
    ['3.1 kg on elite', { weightKg: 3.1 }, { sites: elite }, ['PAYLOAD']],
    ['11 kg on anything', { weightKg: 11 }, {}, ['PAYLOAD']],
    ['a storm', {}, { sky: storm }, ['WEATHER']],
    ['a storm, and too heavy', { weightKg: 11 }, { sky: storm }, ['PAYLOAD', 'WEATHER']],
    ['a closed sky over the bay', {}, { sky: sky({ restrictions: [zone(OAKLAND, 2)] }) }, ['AIRSPACE']],
    ['no site', {}, { sites: [] }, ['NO_LAUNCH_SITE']],
    [
      'the site is out of service',
      {},
      { sites: [site('NODE_US_W_001', SF, { enabled: false })] },
      ['NO_LAUNCH_SITE'],
    ],
    ['the site of another hub', {}, { sites: [site('NODE_EU_001', SF)] }, ['NO_LAUNCH_SITE']],
    ['no drone in service', {}, { sites: [site('NODE_US_W_001', SF, { classes: [] })] }, ['NO_DRONES']],
  ])('%s', (_name, request, on, expected) => {
    const refused = ask(request, on);
    expect(refused).toMatchObject({ ok: false, code: 'NOT_FLYABLE' });
    expect(codes(refused)).toEqual(['NOT_FLYABLE', ...expected]);
    const driven = routed(ask({ ...request, groundFallback: true }, on));
    expect(driven.legs.at(-1)).toMatchObject({ kind: 'GROUND', to: 'delivery', minutes: 30, siteId: null });
    expect(driven.successProbability).toBeCloseTo(0.9408, 10);
    expect(codes(driven).slice(3)).toEqual(['GROUND_FALLBACK', ...expected]);
  });

  it('names the zone that is in the way', () => {
    const refused = ask({}, { sky: sky({ restrictions: [zone(OAKLAND, 2)] }) });
    expect(refused.reasons[1]?.text).toBe('The way leads through Stadium (GEOFENCE), which is closed.');
  });

  it('a storm elsewhere does not matter', () => {
    const elsewhere = sky({ weather: { eu_central: { severity: 4, windKmh: 90 } } });
    expect(ask({}, { sky: elsewhere }).ok).toBe(true);
  });
});

test('outcomes move a hub’s chance and with it the choice of the way (spec c.4)', () => {
  expect(posteriorPct(96, 0, 0)).toBe(96);
  expect(posteriorPct(96, 50, 0)).toBe(98);
  expect(posteriorPct(96, 0, 50)).toBe(48);
  expect(posteriorPct(94, 9, 1)).toBeCloseTo(((47 + 9) / 60) * 100, 10);
  // Without the direct connection Mumbai is on the way; with a bad record of it another hub would be.
  const hub = (nodeId: string, successPct: number) => ({
    ...seedHubs[2],
    ...{ nodeId, region: nodeId.toLowerCase(), successPct, countries: [], lat: 30, lon: 30 },
  });
  const via = (badRecord: number) => {
    const hubs = [
      { ...seedHubs[0], connected: ['a', 'b'] },
      { ...hub('A', posteriorPct(95, 0, badRecord)), connected: ['us_west'] },
      { ...hub('B', 90), connected: ['us_west'] },
      seedHubs[1],
    ] as Network['hubs'];
    return routed(ask({ pickup: BERLIN }, { hubs })).path[1];
  };
  expect([via(0), via(5)]).toEqual(['A', 'B']);
});

test('Pune to Oakland: spec c.7 with a drone at the end', () => {
  const route = routed(ask({ pickup: PUNE }));
  expect(route.successProbability).toBeCloseTo(0.9212 * 0.999, 10);
  expect(route.etaMin).toBe(1187);
});
