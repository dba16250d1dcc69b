import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  addFlightRestriction,
  endFlightRestriction,
  listFlightRestrictions,
  listWeather,
  loadNetwork,
  previewRoute,
  type RestrictionInput,
  reportWeather,
  restrictionsById,
  type WeatherInput,
} from '../../src/delivery/routing/index.ts';
import { addMs, HOUR_MS, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const at = (minutes: number): Date => addMs(NOW, minutes * MINUTE_MS);

let test: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());
beforeEach(async () => {
  tenant = await testScope(test.database, { now: NOW });
  scope = tenant.scope;
});

const weather = (fields: Partial<WeatherInput> = {}): WeatherInput => {
  return { region: 'us_west', severity: 2, windKmh: 30, source: 'KSFO', ...fields };
};
const zone = (fields: Partial<RestrictionInput> = {}): RestrictionInput => {
  return { kind: 'AIRSPACE', name: 'Bay', lat: 37.79, lon: -122.345, radiusKm: 2, ...fields };
};
/** San Francisco to Oakland by drone: the codes of why not, or FLYABLE; and the energy it takes. */
async function flight(by: Scope = scope): Promise<[string[], number | null]> {
  const answer = previewRoute(await loadNetwork(by.db, by.tenantId, by.now), {
    pickup: { lat: 37.7749, lon: -122.4194, country: 'US' },
    delivery: { lat: 37.8044, lon: -122.2712, country: 'US' },
    ...{ weightKg: 0.5, groundFallback: false },
  });
  const codes = answer.reasons.map(({ code }) => code);
  const [leg] = answer.ok ? answer.legs : [];
  return answer.ok ? [codes.slice(3), Number(leg?.energyNeedPct?.toFixed(0))] : [codes, null];
}
const audit = () =>
  scope.db.rows<{ action: string; before: unknown; after: unknown }>(
    `SELECT action, before, after FROM audit_entry
     WHERE tenant_id = $1 AND (action LIKE 'weather.%' OR action LIKE 'flight_restriction.%') ORDER BY at, id`,
    [scope.tenantId],
  );

describe('weather', () => {
  it('is unknown at first, costs energy when reported, and is unknown again after 3 h', async () => {
    expect(await flight()).toEqual([['FLYABLE', 'WEATHER_UNKNOWN'], 27]);
    await reportWeather(scope, weather());
    expect(await flight()).toEqual([['FLYABLE'], 37]);
    expect(await flight(tenant.at(addMs(NOW, 3 * HOUR_MS)))).toEqual([['FLYABLE'], 37]);
    const late = tenant.at(addMs(NOW, 3 * HOUR_MS + 1));
    expect(await flight(late)).toEqual([['FLYABLE', 'WEATHER_UNKNOWN'], 27]);
  });

  it('grounds everything in a storm, in its own region', async () => {
    await reportWeather(scope, weather({ region: 'eu_central', severity: 4 }));
    expect((await flight())[0]).toEqual(['FLYABLE', 'WEATHER_UNKNOWN']);
    await reportWeather(scope, weather({ severity: 4 }));
    expect((await flight())[0]).toEqual(['NOT_FLYABLE', 'WEATHER']);
  });

  it('keeps the newest observation whatever the order of arrival; each report is audited', async () => {
    await reportWeather(scope, weather({ severity: 1, observedAt: at(-10) }));
    const kept = await reportWeather(scope, weather({ severity: 4, observedAt: at(-20) }));
    expect(kept).toEqual({
      ...{ region: 'us_west', severity: 1, windKmh: 30, source: 'KSFO' },
      observedAt: at(-10),
    });
    await reportWeather(tenant.at(at(1)), weather({ severity: 3, observedAt: at(-5) }));
    const { edges } = await listWeather(scope, {});
    expect(edges.map(({ node }) => [node.region, node.severity])).toEqual([['us_west', 3]]);
    const trail = await audit();
    expect(trail.map(({ action }) => action)).toEqual(Array(3).fill('weather.report'));
    expect(trail[2]).toMatchObject({ before: { severity: 1 }, after: { severity: 3, source: 'KSFO' } });
  });

  it.each<[string, Partial<WeatherInput>, string]>([
    ['a region nobody serves', { region: 'atlantis' }, 'region'],
    ['severity 5', { severity: 5 }, 'severity'],
    ['half a severity', { severity: 1.5 }, 'severity'],
    ['a wind that is no number', { windKmh: Number.NaN }, 'windKmh'],
    ['a negative wind', { windKmh: -1 }, 'windKmh'],
    ['nobody', { source: ' ' }, 'source'],
    ['the future', { observedAt: at(6) }, 'observedAt'],
  ])('refuses %s', async (_case, fields, field) => {
    await expect(reportWeather(scope, weather(fields))).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      field,
    });
    expect((await listWeather(scope, {})).edges).toEqual([]);
  });
});

describe('flight restrictions', () => {
  it('block a leg that passes through them while they hold', async () => {
    const added = await addFlightRestriction(scope, zone({ activeFrom: at(10), activeTo: at(20) }));
    const codesAt = async (minutes: number) => (await flight(tenant.at(at(minutes))))[0][0];
    expect(await codesAt(9)).toBe('FLYABLE');
    expect(await codesAt(10)).toBe('NOT_FLYABLE');
    expect((await flight(tenant.at(at(19))))[0]).toEqual(['NOT_FLYABLE', 'AIRSPACE']);
    expect(await codesAt(20)).toBe('FLYABLE');
    const idsAt = async (minutes: number, isActive: boolean) =>
      (await listFlightRestrictions(tenant.at(at(minutes)), {}, { isActive })).edges.map(
        ({ node }) => node.id,
      );
    expect([await idsAt(15, true), await idsAt(15, false)]).toEqual([[added.id], []]);
    expect([await idsAt(25, true), await idsAt(25, false)]).toEqual([[], [added.id]]);
  });

  it('are ended once, or called off before they begin; both are audited', async () => {
    const now = await addFlightRestriction(scope, zone());
    expect((await flight())[0]).toEqual(['NOT_FLYABLE', 'AIRSPACE']);
    const later = tenant.at(at(1));
    expect(await endFlightRestriction(later, now.id)).toMatchObject({ activeFrom: NOW, activeTo: at(1) });
    expect(await endFlightRestriction(tenant.at(at(2)), now.id)).toMatchObject({ activeTo: at(1) });
    expect((await flight(later))[0][0]).toBe('FLYABLE');
    const planned = await addFlightRestriction(scope, zone({ activeFrom: at(60) }));
    expect(await endFlightRestriction(scope, planned.id)).toMatchObject({
      activeFrom: at(60),
      activeTo: at(60),
    });
    expect((await flight(tenant.at(at(61))))[0][0]).toBe('FLYABLE');
    await expect(endFlightRestriction(scope, 'nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await audit()).map(({ action }) => action).toSorted()).toEqual([
      ...Array(2).fill('flight_restriction.add'),
      ...Array(2).fill('flight_restriction.end'),
    ]);
  });

  it('are added once per key and page newest first', async () => {
    const first = await addFlightRestriction(scope, zone(), 'k');
    expect((await addFlightRestriction(scope, zone(), 'k')).id).toBe(first.id);
    const second = await addFlightRestriction(tenant.at(at(1)), zone({ name: 'Two', kind: 'GEOFENCE' }));
    const page = await listFlightRestrictions(scope, { first: 1 });
    expect(page.edges.map(({ node }) => node.id)).toEqual([second.id]);
    const rest = await listFlightRestrictions(scope, { first: 1, after: page.pageInfo.endCursor });
    expect(rest.edges.map(({ node }) => node.id)).toEqual([first.id]);
    const back = await listFlightRestrictions(scope, { last: 1, before: rest.pageInfo.startCursor });
    expect(back.edges.map(({ node }) => node.id)).toEqual([second.id]);
    expect((await restrictionsById(scope, [first.id, 'x']))[1]).toBeNull();
  });

  it.each<[string, Partial<RestrictionInput>, string]>([
    ['a latitude of 91', { lat: 91 }, 'center.lat'],
    ['(0,0)', { lat: 0, lon: 0 }, 'center'],
    ['a blank name', { name: '' }, 'name'],
    ['no radius', { radiusKm: 0 }, 'radiusKm'],
    ['half the world', { radiusKm: 2_001 }, 'radiusKm'],
    ['an end before its beginning', { activeFrom: at(10), activeTo: at(10) }, 'activeTo'],
    ['an end in the past', { activeFrom: at(-10), activeTo: at(-1) }, 'activeTo'],
  ])('refuse %s', async (_case, fields, field) => {
    const refused = addFlightRestriction(scope, zone(fields));
    await expect(refused).rejects.toMatchObject({ code: 'VALIDATION_ERROR', field });
  });
});
