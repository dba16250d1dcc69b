import { describe, expect, it, test } from 'vitest';
import { ValidationError } from '../../kernel/errors.ts';
import { candidateHub, type Hub, type Place } from './hub.ts';
import type { Network } from './network.ts';
import { previewRoute, type RouteAnswer } from './route.ts';
import { seedHubs } from './seed-hubs.ts';
import { CLEAR_SKY } from './sky.ts';

const PLACES = {
  frankfurt: { lat: 50.1109, lon: 8.6821, country: 'DE' },
  berlin: { lat: 52.52, lon: 13.405, country: 'DE' },
  munich: { lat: 48.1351, lon: 11.582, country: 'DE' },
  hamburg: { lat: 53.5511, lon: 9.9937, country: 'DE' },
  paris: { lat: 48.8566, lon: 2.3522, country: 'FR' },
  lyon: { lat: 45.764, lon: 4.8357, country: 'FR' },
  brussels: { lat: 50.8503, lon: 4.3517, country: 'BE' },
  mumbai: { lat: 19.07, lon: 72.87, country: 'IN' },
  pune: { lat: 18.5204, lon: 73.8567, country: 'IN' },
  delhi: { lat: 28.61, lon: 77.2, country: 'IN' },
  sanFrancisco: { lat: 37.7749, lon: -122.4194, country: 'US' },
  losAngeles: { lat: 34.0522, lon: -118.2437, country: 'US' },
  newYork: { lat: 40.7128, lon: -74.006, country: 'US' },
  tokyo: { lat: 35.6762, lon: 139.6503, country: 'JP' },
} satisfies Record<string, Place>;
type City = keyof typeof PLACES;

const BY_COURIER = { weightKg: 1, groundFallback: true };
/** These hubs without a launch site, so that the last mile is driven. */
const over = (hubs: readonly Hub[]): Network => ({ hubs, sites: [], sky: CLEAR_SKY });

const preview = (from: City, to: City, hubs: readonly Hub[] = seedHubs): RouteAnswer =>
  previewRoute(over(hubs), { ...BY_COURIER, pickup: PLACES[from], delivery: PLACES[to] });

function routed(answer: RouteAnswer): Extract<RouteAnswer, { ok: true }> {
  if (!answer.ok) throw new Error(`expected a route, got ${answer.code}`);
  return answer;
}

const change = (nodeId: string, fields: Partial<Hub>): Hub[] =>
  seedHubs.map((hub) => (hub.nodeId === nodeId ? { ...hub, ...fields } : hub));

const hub = (nodeId: string, fields: Partial<Hub> = {}): Hub => ({
  nodeId,
  region: nodeId.toLowerCase(),
  lat: 10,
  lon: 10,
  coverageKm: 100,
  capacity: 10,
  reserved: 0,
  successPct: 90,
  avgDeliveryMin: 10,
  connected: [],
  enabled: true,
  ...fields,
});

describe('acceptance of spec c.7', () => {
  test.each<[City, City, number, number]>([
    ['berlin', 'losAngeles', 0.9408, 880],
    ['pune', 'sanFrancisco', 0.9212, 1187],
    ['paris', 'mumbai', 0.9024, 682],
  ])('%s → %s succeeds with %d in %i min', (from, to, probability, eta) => {
    const route = routed(preview(from, to));
    expect(route.successProbability).toBeCloseTo(probability, 10);
    expect(route.etaMin).toBe(eta);
    expect(Math.round(route.legs.reduce((sum, leg) => sum + leg.minutes, 0))).toBe(eta);
    expect(route.legs.map((leg) => leg.kind)).toEqual(['GROUND', 'LINEHAUL', 'GROUND']);
  });

  it('names every leg with its distance', () => {
    const { legs, path } = routed(preview('berlin', 'losAngeles'));
    expect(path).toEqual(['NODE_EU_001', 'NODE_US_W_001']);
    expect(
      legs.map((leg) => [leg.from, leg.to, Number(leg.distanceKm.toFixed(1)), Math.round(leg.minutes)]),
    ).toEqual([
      ['pickup', 'NODE_EU_001', 423.5, 45],
      ['NODE_EU_001', 'NODE_US_W_001', 9133.4, 805],
      ['NODE_US_W_001', 'delivery', 559.1, 30],
    ]);
  });

  it('offers the way over the third hub as the alternative', () => {
    const [other, ...more] = routed(preview('berlin', 'losAngeles')).alternatives;
    expect(more).toEqual([]);
    expect(other?.path).toEqual(['NODE_EU_001', 'NODE_IN_001', 'NODE_US_W_001']);
    expect(other?.successProbability).toBeCloseTo(0.96 * 0.94 * 0.98, 10);
    expect(other?.etaMin).toBe(Math.round(492.285 + 1012.065 + 240 + 45 + 25 + 30));
    expect(other?.legs.reduce((sum, leg) => sum + leg.minutes, 0)).toBeCloseTo(1844.35, 1);
  });

  it('is the same answer twice', () => {
    expect(JSON.stringify(preview('paris', 'mumbai'))).toBe(JSON.stringify(preview('paris', 'mumbai')));
  });
});

describe('coverage (C6, C7)', () => {
  test.each<[City, City, string]>([
    ['mumbai', 'delhi', 'DELIVERY_OUT_OF_COVERAGE'],
    ['delhi', 'mumbai', 'PICKUP_OUT_OF_COVERAGE'],
    ['berlin', 'lyon', 'DELIVERY_OUT_OF_COVERAGE'],
    ['newYork', 'berlin', 'PICKUP_OUT_OF_COVERAGE'],
    ['berlin', 'tokyo', 'UNKNOWN_REGION'],
    ['tokyo', 'berlin', 'UNKNOWN_REGION'],
  ])('%s → %s is %s', (from, to, code) => {
    expect(preview(from, to)).toMatchObject({ ok: false, code, reasons: [{ code }] });
  });

  it('says how far off the point is', () => {
    expect(preview('berlin', 'lyon').reasons[0]?.text).toBe(
      'The delivery point is 561.7 km from NODE_EU_001, which covers 500 km.',
    );
  });

  test.each<[City]>([['berlin'], ['paris'], ['munich'], ['hamburg']])('frankfurt → %s is LOCAL', (to) => {
    const route = routed(preview('frankfurt', to));
    expect(route.path).toEqual(['NODE_EU_001']);
    expect(route.legs).toHaveLength(1);
    expect(route.legs[0]?.kind).toBe('LOCAL');
    expect(route).toMatchObject({ successProbability: 0.96, etaMin: 45, alternatives: [] });
  });

  it('takes the covering hub for a country nobody names, and says so', () => {
    const route = routed(preview('brussels', 'losAngeles'));
    expect(route.path[0]).toBe('NODE_EU_001');
    expect(route.reasons.map((reason) => reason.code)).toEqual([
      'NEAREST_COVERING_HUB',
      'COUNTRY_HUB',
      'BEST_SUCCESS_PROBABILITY',
      'GROUND_FALLBACK',
      'NO_LAUNCH_SITE',
    ]);
  });

  it('prefers the hub of the country to a nearer one', () => {
    const nearer = hub('NEAR', { lat: 48.9, lon: 2.4, countries: ['BE'] });
    expect(candidateHub([nearer, ...seedHubs], PLACES.paris, 'FR')?.nodeId).toBe('NODE_EU_001');
    expect(candidateHub([nearer, ...seedHubs], PLACES.paris, 'BE')?.nodeId).toBe('NEAR');
    expect(candidateHub(seedHubs, PLACES.tokyo, 'JP')).toBeNull();
  });

  it('reaches over the antimeridian', () => {
    const fiji = hub('FIJI', { lat: -17, lon: 179.8, countries: ['FJ'] });
    const [pickup, delivery] = [
      { lat: -17, lon: -179.9, country: 'FJ' },
      { lat: -17, lon: 179.5, country: 'FJ' },
    ];
    const route = routed(previewRoute(over([fiji]), { ...BY_COURIER, pickup, delivery }));
    expect(route.legs[0]?.distanceKm).toBeCloseTo(63.8, 1);
  });
});

describe('capacity and connections', () => {
  it('refuses when the only hub at one end is full', () => {
    const answer = preview('berlin', 'losAngeles', change('NODE_US_W_001', { reserved: 40 }));
    expect(answer).toMatchObject({ ok: false, code: 'CAPACITY_EXHAUSTED' });
    expect(answer.reasons[0]?.text).toBe('NODE_US_W_001 has no free slot: 40 of 40 are taken.');
  });

  it('uses another covering hub when the first is full', () => {
    const spare = hub('SPARE', { lat: 52, lon: 13, connected: ['us_west'] });
    const hubs = [...change('NODE_EU_001', { reserved: 50 }), spare];
    expect(routed(preview('berlin', 'losAngeles', hubs)).path).toEqual(['SPARE', 'NODE_US_W_001']);
  });

  it('does not fly over a full or disabled hub', () => {
    for (const fields of [{ reserved: 30 }, { enabled: false }]) {
      expect(routed(preview('berlin', 'losAngeles', change('NODE_IN_001', fields))).alternatives).toEqual([]);
    }
  });

  it('tells a missing connection from a full hub in between', () => {
    const unlinked = change('NODE_EU_001', { connected: [] });
    expect(preview('berlin', 'losAngeles', unlinked)).toMatchObject({ ok: false, code: 'NO_PATH' });
    const via = change('NODE_EU_001', { connected: ['in_mumbai'] });
    expect(routed(preview('berlin', 'losAngeles', via)).path).toHaveLength(3);
    const full = via.map((h) => (h.nodeId === 'NODE_IN_001' ? { ...h, reserved: 30 } : h));
    expect(preview('berlin', 'losAngeles', full)).toMatchObject({ ok: false, code: 'CAPACITY_EXHAUSTED' });
  });

  it('counts a disabled hub as no coverage', () => {
    const answer = preview('berlin', 'losAngeles', change('NODE_EU_001', { enabled: false }));
    expect(answer).toMatchObject({ ok: false, code: 'PICKUP_OUT_OF_COVERAGE' });
    expect(answer.reasons[0]?.text).toMatch(/NODE_EU_001, which is disabled/);
  });
});

describe('input', () => {
  const good = { pickup: PLACES.berlin, delivery: PLACES.paris, weightKg: 1, groundFallback: true };
  test.each<[string, Partial<typeof good>, string | RegExp]>([
    ['latitude', { pickup: { lat: 91, lon: 0, country: 'DE' } }, /Latitude 91/],
    ['(0,0)', { delivery: { lat: 0, lon: 0, country: 'FR' } }, /SUSPECT_COORDINATES/],
    ['no weight', { weightKg: 0 }, /Weight 0 must/],
    ['endless weight', { weightKg: Number.POSITIVE_INFINITY }, /Weight Infinity must/],
    ['NaN', { weightKg: Number.NaN }, /Weight NaN must/],
  ])('refuses %s', (_case, fields, message) => {
    const ask = () => previewRoute(over(seedHubs), { ...good, ...fields });
    expect(ask).toThrow(ValidationError);
    expect(ask).toThrow(message);
  });
});
