import { describe, expect, it, test } from 'vitest';
import type { Point } from '../../kernel/geo.ts';
import type { LaunchSite } from './launch-site.ts';
import type { Network } from './network.ts';
import { previewRoute, type RouteAnswer, type RouteRequest } from './route.ts';
import { seedHubs } from './seed-hubs.ts';
import { CLEAR_SKY } from './sky.ts';

const SF = { lat: 37.7749, lon: -122.4194, country: 'US' };
const OAKLAND = { lat: 37.8044, lon: -122.2712, country: 'US' };
const SAN_JOSE = { lat: 37.3382, lon: -121.8863, country: 'US' };
const BERLIN = { lat: 52.52, lon: 13.405, country: 'DE' };

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

describe('within one hub', () => {
  const inTown = { pickup: SF, delivery: OAKLAND };

  it('one drone from door to door; a courier to the site and a drone is the alternative', () => {
    const route = routed(ask(inTown));
    expect(route.legs).toHaveLength(1);
    expect(route.legs[0]).toMatchObject({ kind: 'DRONE', from: 'pickup', to: 'delivery', minutes: 30 });
    expect(route.successProbability).toBeCloseTo(0.98 * 0.999, 10);
    expect(route.etaMin).toBe(30);
    expect(route.alternatives.map(({ legs }) => legs.map(({ kind }) => kind))).toEqual([['GROUND', 'DRONE']]);
    const more = routed(ask({ ...inTown, groundFallback: true })).alternatives;
    expect(more.map(({ legs }) => legs.map(({ kind }) => kind))).toEqual([['GROUND', 'DRONE'], ['LOCAL']]);
  });

  it('a courier to the site where the pickup is too far for a drone', () => {
    const route = routed(ask({ pickup: SAN_JOSE, delivery: OAKLAND }));
    expect(route.legs.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['GROUND', 'pickup', 'NODE_US_W_001_SITE'],
      ['DRONE', 'NODE_US_W_001_SITE', 'delivery'],
    ]);
    expect(route.legs.reduce((sum, leg) => sum + leg.minutes, 0)).toBeCloseTo(30, 10);
  });

  it('a courier all the way where nothing flies and that is allowed', () => {
    const far = { pickup: OAKLAND, delivery: SAN_JOSE };
    expect(codes(ask(far))).toEqual(['NOT_FLYABLE', 'NO_LAUNCH_SITE']);
    const route = routed(ask({ ...far, groundFallback: true }));
    expect(route.legs.map(({ kind }) => kind)).toEqual(['LOCAL']);
    expect(route.successProbability).toBe(0.98);
  });
});

describe('a destination that somebody insists on', () => {
  // Frankfurt's couriers and those of a second hub both reach Berlin.
  const north = { ...seedHubs[0], nodeId: 'NODE_NO', region: 'eu_north', lat: 54, lon: 12, countries: [] };
  const hubs = [...seedHubs, { ...north, connected: ['us_west'] }].map((hub) =>
    hub.nodeId === 'NODE_US_W_001' ? { ...hub, connected: ['eu_central', 'eu_north'] } : hub,
  ) as Network['hubs'];
  const to = (destinationRegion: string | null, on: Partial<Network> = {}) =>
    ask({ pickup: OAKLAND, delivery: BERLIN, groundFallback: true, destinationRegion }, { hubs, ...on });

  it('is the last hub', () => {
    expect(routed(to(null)).path).toEqual(['NODE_US_W_001', 'NODE_EU_001']);
    expect(routed(to('eu_north')).path).toEqual(['NODE_US_W_001', 'NODE_NO']);
  });

  test.each<[string, string, Partial<Network>, string]>([
    ['a region nobody serves', 'atlantis', {}, 'UNKNOWN_REGION'],
    ['a hub that does not reach', 'in_mumbai', {}, 'DELIVERY_OUT_OF_COVERAGE'],
    [
      'a hub out of service',
      'eu_north',
      { hubs: hubs.map((h) => (h.region === 'eu_north' ? { ...h, enabled: false } : h)) },
      'DELIVERY_OUT_OF_COVERAGE',
    ],
    [
      'a full hub',
      'eu_north',
      { hubs: hubs.map((h) => (h.region === 'eu_north' ? { ...h, reserved: h.capacity } : h)) },
      'CAPACITY_EXHAUSTED',
    ],
  ])('%s', (_name, region, on, code) => {
    expect(to(region, on)).toMatchObject({ ok: false, code, reasons: [{ code }] });
  });
});
