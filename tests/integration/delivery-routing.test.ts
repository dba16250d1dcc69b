import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decide, replayDecision } from '../../src/control/decisions/index.ts';
import {
  type HubInput,
  type LaunchSiteInput,
  launchSitesById,
  listLaunchSites,
  loadNetwork,
  type Place,
  previewRoute,
  pruneNetwork,
  type RouteAnswer,
  routeFormula,
  setHubEnabled,
  upsertHub,
  upsertLaunchSite,
} from '../../src/delivery/routing/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const SF = { lat: 37.7749, lon: -122.4194, country: 'US' };
const OAKLAND = { lat: 37.8044, lon: -122.2712, country: 'US' };
const SAN_JOSE = { lat: 37.3382, lon: -121.8863, country: 'US' };
const TOKYO = { lat: 35.6762, lon: 139.6503, country: 'JP' };
const SAO_PAULO = { lat: -23.5505, lon: -46.6333, country: 'BR' };

let test: OpenTestDatabase;
let scope: Scope;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const fresh = async () => {
  ({ scope } = await testScope(test.database, { now: NOW }));
};
const route = async (pickup: Place, delivery: Place, groundFallback = true): Promise<RouteAnswer> => {
  const network = await loadNetwork(scope.db, scope.tenantId, scope.now);
  return previewRoute(network, { pickup, delivery, weightKg: 0.5, groundFallback });
};
const hub = (fields: Partial<HubInput> & Pick<HubInput, 'nodeId' | 'region' | 'lat' | 'lon'>): HubInput => ({
  ...{
    name: fields.region,
    countries: [],
    coverageKm: 400,
    capacity: 20,
    successPct: 97,
    avgDeliveryMin: 30,
  },
  connected: ['us_west'],
  ...fields,
});
const site = (fields: Partial<LaunchSiteInput> = {}): LaunchSiteInput => ({
  ...{ id: 'SOUTH_BAY', hubId: 'NODE_US_W_001', name: 'South Bay', lat: 37.4, lon: -121.95 },
  ...fields,
});
const addDrone = (siteId: string, kind: string, state = 'IDLE') =>
  scope.db.run(
    `INSERT INTO drone (tenant_id, id, name, class, adapter, site_id, state, soc, lat, lon, updated_at)
     SELECT tenant_id, id || '_' || $3, 'Drone', $3, 'SIMULATOR', id, $4, 100, lat, lon, $5
     FROM launch_site WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, siteId, kind, state, NOW],
  );
const kinds = (answer: RouteAnswer) => (answer.ok ? answer.legs.map((leg) => leg.kind) : answer.code);

describe('hubs are data', () => {
  it('APAC and South America are added by mutation and routed over', async () => {
    await fresh();
    expect(await route(TOKYO, SAO_PAULO)).toMatchObject({ ok: false, code: 'UNKNOWN_REGION' });
    const { country: _jp, ...tokyo } = TOKYO;
    const { country: _br, ...saoPaulo } = SAO_PAULO;
    await upsertHub(scope, hub({ nodeId: 'NODE_AP_001', region: 'apac', countries: ['JP'], ...tokyo }));
    await upsertHub(
      scope,
      hub({ nodeId: 'NODE_SA_001', region: 'south_america', countries: ['BR'], ...saoPaulo }),
    );
    // Nobody ships to them yet, but they ship to San Francisco.
    expect(kinds(await route(TOKYO, OAKLAND))).toEqual(['GROUND', 'LINEHAUL', 'DRONE']);
    expect(await route(OAKLAND, TOKYO)).toMatchObject({ ok: false, code: 'NO_PATH' });
    const us = hub({
      ...{ nodeId: 'NODE_US_W_001', region: 'us_west', lat: SF.lat, lon: SF.lon, countries: ['US'] },
      ...{ coverageKm: 800, capacity: 40, successPct: 98 },
      connected: ['eu_central', 'in_mumbai', 'apac', 'south_america'],
    });
    await upsertHub(scope, us);
    const answer = await route(TOKYO, SAO_PAULO);
    expect(answer).toMatchObject({ ok: true, path: ['NODE_AP_001', 'NODE_US_W_001', 'NODE_SA_001'] });
    expect(kinds(answer)).toEqual(['GROUND', 'LINEHAUL', 'LINEHAUL', 'GROUND']);
    if (!answer.ok) return;
    expect(answer.successProbability).toBeCloseTo(0.97 * 0.98 * 0.97, 10);
    // 8,270 km and 10,433 km at 800 km/h, 120 min for each flight, 30 min at each hub.
    expect(answer.etaMin).toBeGreaterThan(1600);
    expect(answer.etaMin).toBe(Math.round(answer.legs.reduce((sum, leg) => sum + leg.minutes, 0)));
    expect(answer.reasons.map(({ code }) => code)).toContain('NO_LAUNCH_SITE');

    await upsertLaunchSite(scope, site({ id: 'SAMPA', hubId: 'NODE_SA_001', ...saoPaulo }));
    expect((await route(TOKYO, SAO_PAULO)).reasons.map(({ code }) => code)).toContain('NO_DRONES');
    await addDrone('SAMPA', 'PREMIUM');
    const flown = await route(TOKYO, SAO_PAULO, false);
    expect(kinds(flown)).toEqual(['GROUND', 'LINEHAUL', 'LINEHAUL', 'DRONE']);
    await setHubEnabled(scope, 'NODE_US_W_001', false);
    expect(await route(TOKYO, SAO_PAULO)).toMatchObject({ ok: false, code: 'NO_PATH' });
  });
});

describe('launch sites', () => {
  it('are one per hub for a new tenant, with the classes of their drones in service', async () => {
    await fresh();
    const rows = (await listLaunchSites(scope, {}, {})).edges.map(({ node }) => node);
    expect(rows.map(({ id, hubId, enabled }) => [id, hubId, enabled])).toEqual([
      ['NODE_EU_001_SITE', 'NODE_EU_001', true],
      ['NODE_IN_001_SITE', 'NODE_IN_001', true],
      ['NODE_US_W_001_SITE', 'NODE_US_W_001', true],
    ]);
    await upsertLaunchSite(scope, site());
    await addDrone('SOUTH_BAY', 'ELITE');
    await addDrone('SOUTH_BAY', 'BVLOS', 'MAINTENANCE');
    await addDrone('SOUTH_BAY', 'PREMIUM', 'OFFLINE');
    await addDrone('SOUTH_BAY', 'ECONOMY', 'RETURNING');
    const [found, none] = await launchSitesById(scope, ['SOUTH_BAY', 'NOWHERE']);
    expect(found?.classes).toEqual(['ECONOMY', 'ELITE']);
    expect(none).toBeNull();
  });

  it('bring drones within reach of places that had none', async () => {
    await fresh();
    expect(await route(SF, SAN_JOSE, false)).toMatchObject({ ok: false, code: 'NOT_FLYABLE' });
    await upsertLaunchSite(scope, site());
    expect((await route(SF, SAN_JOSE, false)).reasons[1]?.code).toBe('NO_DRONES');
    await addDrone('SOUTH_BAY', 'ELITE');
    expect(kinds(await route(SF, SAN_JOSE, false))).toEqual(['GROUND', 'DRONE']);
    await upsertLaunchSite(scope, site({ isEnabled: false }), 1);
    expect(await route(SF, SAN_JOSE, false)).toMatchObject({ ok: false, code: 'NOT_FLYABLE' });
  });

  it('are changed with version and audit, once per key', async () => {
    await fresh();
    expect(await upsertLaunchSite(scope, site(), null, 'k')).toMatchObject({ version: 1, enabled: true });
    expect((await upsertLaunchSite(scope, site(), null, 'k')).version).toBe(1);
    expect(await upsertLaunchSite(scope, site({ name: ' Bay ' }), 1)).toMatchObject({
      version: 2,
      name: 'Bay',
    });
    await expect(upsertLaunchSite(scope, site(), 1)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    const missing = upsertLaunchSite(scope, site({ id: 'ELSEWHERE' }), 1);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const trail = await scope.db.rows(
      `SELECT action, subject, before->>'name' AS before, after->>'name' AS after FROM audit_entry
       WHERE tenant_id = $1 AND action LIKE 'launch_site.%' ORDER BY (after->>'version')::int`,
      [scope.tenantId],
    );
    expect(trail).toEqual([
      { action: 'launch_site.upsert', subject: 'SOUTH_BAY', before: null, after: 'South Bay' },
      { action: 'launch_site.upsert', subject: 'SOUTH_BAY', before: 'South Bay', after: 'Bay' },
    ]);
  });

  it.each<[string, Partial<LaunchSiteInput>, string]>([
    ['an id in small letters', { id: 'bay' }, 'id'],
    ['the id of a hub', { id: 'NODE_US_W_001' }, 'id'],
    ['a blank name', { name: ' ' }, 'name'],
    ['a hub that is not there', { hubId: 'NODE_XX' }, 'hubId'],
    ['(0,0)', { lat: 0, lon: 0 }, 'location'],
    ['a latitude of 91', { lat: 91 }, 'location.lat'],
    ['a place its hub cannot reach', { lat: 47.6, lon: -122.3, hubId: 'NODE_EU_001' }, 'location'],
  ])('refuse %s', async (_case, fields, field) => {
    scope ?? (await fresh());
    await expect(upsertLaunchSite(scope, site(fields))).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      field,
    });
  });

  it('page by id', async () => {
    await fresh();
    const first = await listLaunchSites(scope, { first: 2 }, {});
    expect(first.pageInfo.hasNextPage).toBe(true);
    const rest = await listLaunchSites(scope, { first: 2, after: first.pageInfo.endCursor }, {});
    expect(rest.edges.map(({ node }) => node.id)).toEqual(['NODE_US_W_001_SITE']);
    expect((await listLaunchSites(scope, {}, { hubId: 'NODE_EU_001', isEnabled: true })).edges).toHaveLength(
      1,
    );
    expect((await listLaunchSites(scope, {}, { isEnabled: false })).edges).toHaveLength(0);
  });
});

describe('the network', () => {
  it('takes four statements and is kept, pruned, with a decision that replays to the same bytes', async () => {
    await fresh();
    const before = scope.db.statements;
    const network = await loadNetwork(scope.db, scope.tenantId, scope.now);
    expect(scope.db.statements - before).toBeLessThanOrEqual(4);
    const request = { pickup: SF, delivery: OAKLAND, weightKg: 1, groundFallback: false };
    const made = await scope.db.tx((tx) =>
      decide(scope, tx, routeFormula, {
        subject: 'test',
        inputs: { network: pruneNetwork(network, request), request },
      }),
    );
    expect(made.output).toMatchObject({ ok: true, legs: [{ kind: 'DRONE' }] });
    const replay = await replayDecision(scope, made.decisionId);
    expect(replay).toMatchObject({ isIdentical: true, outputHash: made.outputHash });
  });
});
