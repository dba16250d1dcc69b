import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type HubInput,
  type HubRow,
  hubsById,
  listHubs,
  setHubEnabled,
  upsertHub,
} from '../../src/delivery/routing/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import './delivery-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let test: OpenTestDatabase;
let scope: Scope;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const fresh = async () => {
  ({ scope } = await testScope(test.database, { now: NOW }));
  return scope;
};
const input = (fields: Partial<HubInput> = {}): HubInput => ({
  nodeId: 'NODE_JP_001',
  region: 'jp_tokyo',
  name: 'Tokyo',
  countries: ['JP'],
  lat: 35.6762,
  lon: 139.6503,
  coverageKm: 400,
  capacity: 20,
  successPct: 97,
  avgDeliveryMin: 30,
  connected: ['us_west', 'NODE_IN_001'],
  ...fields,
});
const rows = async (s: Scope): Promise<HubRow[]> =>
  (await listHubs(s, { first: 100 }, {})).edges.map(({ node }) => node);
const audit = (s: Scope) =>
  s.db.rows<{ action: string; subject: string; before: unknown; after: { version: number } }>(
    `SELECT action, subject, before, after FROM audit_entry WHERE tenant_id = $1 AND action LIKE 'hub.%' ORDER BY (after->>'version')::int`,
    [s.tenantId],
  );

describe('hubs', () => {
  it('are the three of spec c.4 for a new tenant', async () => {
    const hubs = await rows(await fresh());
    expect(hubs.map((hub) => [hub.nodeId, hub.region, hub.lat, hub.lon, hub.coverageKm])).toEqual([
      ['NODE_EU_001', 'eu_central', 50.1109, 8.6821, 500],
      ['NODE_IN_001', 'in_mumbai', 19.076, 72.8777, 300],
      ['NODE_US_W_001', 'us_west', 37.7749, -122.4194, 800],
    ]);
    expect(hubs.map((hub) => [hub.capacity, hub.successPct, hub.avgDeliveryMin, hub.enabled])).toEqual([
      [50, 96, 45, true],
      [30, 94, 25, true],
      [40, 98, 30, true],
    ]);
  });

  it('are added and changed, with version, event and audit', async () => {
    await fresh();
    const added = await upsertHub(scope, input());
    expect(added).toMatchObject({ nodeId: 'NODE_JP_001', version: 1, enabled: true, reserved: 0 });
    const changed = await upsertHub(scope, input({ capacity: 25 }), 1);
    expect(changed).toMatchObject({ capacity: 25, version: 2 });
    await expect(upsertHub(scope, input(), 1)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    const missing = upsertHub(scope, input({ nodeId: 'NODE_XX_001', region: 'xx', countries: [] }), 1);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const events = (await scope.events.read(scope.db, 0n, 100)).filter(({ type }) => type === 'HUB_CHANGED');
    expect(events.map(({ payload }) => payload)).toEqual([
      { hubId: 'NODE_JP_001', region: 'jp_tokyo', isEnabled: true, capacity: 20, change: 'CREATED' },
      { hubId: 'NODE_JP_001', region: 'jp_tokyo', isEnabled: true, capacity: 25, change: 'UPDATED' },
    ]);
    const trail = await audit(scope);
    expect(trail.map((entry) => [entry.action, entry.subject, entry.after.version])).toEqual([
      ['hub.upsert', 'NODE_JP_001', 1],
      ['hub.upsert', 'NODE_JP_001', 2],
    ]);
  });

  it('do not change twice for one idempotency key', async () => {
    await fresh();
    await upsertHub(scope, input(), null, 'k');
    expect((await upsertHub(scope, input(), null, 'k')).version).toBe(1);
    await expect(upsertHub(scope, input({ capacity: 1 }), null, 'k')).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('are taken out of service and back, once each', async () => {
    await fresh();
    expect(await setHubEnabled(scope, 'NODE_EU_001', false)).toMatchObject({ enabled: false, version: 2 });
    expect(await setHubEnabled(scope, 'NODE_EU_001', false)).toMatchObject({ enabled: false, version: 2 });
    expect(await setHubEnabled(scope, 'NODE_EU_001', true, 2)).toMatchObject({ enabled: true, version: 3 });
    await expect(setHubEnabled(scope, 'NODE_EU_001', false, 1)).rejects.toMatchObject({
      code: 'VERSION_CONFLICT',
    });
    await expect(setHubEnabled(scope, 'NODE_NO_001', false)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await audit(scope)).map(({ action }) => action)).toEqual(['hub.disabled', 'hub.enabled']);
  });

  it.each<[string, Partial<HubInput>, string]>([
    ['a node id in small letters', { nodeId: 'node' }, 'nodeId'],
    ['a region in capitals', { region: 'JP' }, 'region'],
    ['a region somebody serves', { region: 'us_west', connected: [] }, 'region'],
    ['a blank name', { name: '  ' }, 'name'],
    ['an endless name', { name: 'x'.repeat(201) }, 'name'],
    ['a latitude of 91', { lat: 91 }, 'location.lat'],
    ['a longitude that is no number', { lon: Number.NaN }, 'location.lon'],
    ['(0,0)', { lat: 0, lon: 0 }, 'location'],
    ['no coverage', { coverageKm: 0 }, 'coverageKm'],
    ['endless coverage', { coverageKm: Number.POSITIVE_INFINITY }, 'coverageKm'],
    ['a negative capacity', { capacity: -1 }, 'capacity'],
    ['half a slot', { capacity: 1.5 }, 'capacity'],
    ['101 %', { successPct: 101 }, 'successPct'],
    ['no minutes', { avgDeliveryMin: 0 }, 'avgDeliveryMin'],
    ['a country in words', { countries: ['Japan'] }, 'countries.0'],
    ['a country twice', { countries: ['JP', 'JP'] }, 'countries.1'],
    ['a country of another hub', { countries: ['US'] }, 'countries.0'],
    ['a connection to nowhere', { connected: ['atlantis'] }, 'connected.0'],
    ['a connection to itself', { connected: ['jp_tokyo'] }, 'connected.0'],
  ])('refuse %s', async (_case, fields, field) => {
    scope ??= await fresh();
    const before = await rows(scope);
    await expect(upsertHub(scope, input(fields))).rejects.toMatchObject({ code: 'VALIDATION_ERROR', field });
    expect(await rows(scope)).toEqual(before);
  });

  it('page by node id, and are found by id in the order asked', async () => {
    await fresh();
    const first = await listHubs(scope, { first: 2 }, {});
    expect(first.edges.map(({ node }) => node.nodeId)).toEqual(['NODE_EU_001', 'NODE_IN_001']);
    const rest = await listHubs(scope, { first: 2, after: first.pageInfo.endCursor }, {});
    expect(rest.edges.map(({ node }) => node.nodeId)).toEqual(['NODE_US_W_001']);
    const back = await listHubs(scope, { last: 2, before: rest.pageInfo.startCursor }, {});
    expect(back.edges.map(({ node }) => node.nodeId)).toEqual(['NODE_EU_001', 'NODE_IN_001']);
    const found = await hubsById(scope, ['NODE_US_W_001', 'NODE_XX', 'NODE_EU_001']);
    expect(found.map((hub) => hub?.nodeId ?? null)).toEqual(['NODE_US_W_001', null, 'NODE_EU_001']);
    expect((await listHubs(scope, {}, { region: 'us_west' })).edges).toHaveLength(1);
    expect((await listHubs(scope, {}, { isEnabled: false })).edges).toHaveLength(0);
  });
});
