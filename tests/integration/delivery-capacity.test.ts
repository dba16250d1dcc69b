import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CapacityView,
  capacityView,
  checkCapacityAlerts,
  confirmHubs,
  expireHolds,
  HOLD_MS,
  recordHubOutcome,
  releaseHubs,
  reserveHubs,
} from '../../src/delivery/capacity/index.ts';
import { hubsById, loadHubs, setHubEnabled, upsertHub } from '../../src/delivery/routing/index.ts';
import { addMs, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { bareOpportunities } from '../kit/opportunities.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const [EU, IN, US] = ['NODE_EU_001', 'NODE_IN_001', 'NODE_US_W_001'];

let test: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;
let ids: string[];
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const fresh = async (count: number): Promise<void> => {
  tenant = await testScope(test.database, { now: NOW });
  scope = tenant.scope;
  ids = await bareOpportunities(scope, count);
};
const reserve = (id: string, hubIds: readonly string[], by = scope, ttlMs = HOLD_MS): Promise<void> =>
  by.db.tx((tx) => reserveHubs(by, tx, { opportunityId: id, hubIds, ttlMs }));
const confirm = (id: string) => scope.db.tx((tx) => confirmHubs(scope, tx, id));
const release = (id: string, hubIds?: string[]) => scope.db.tx((tx) => releaseHubs(scope, tx, id, hubIds));
const expire = (by: Scope) => by.db.tx((tx) => expireHolds(by, tx));
const check = (by = scope) => by.db.tx((tx) => checkCapacityAlerts(by, tx));

/** hub: [held, confirmed, free], after making sure that what hubs count is what reservations say. */
async function slots(): Promise<Record<string, number[]>> {
  const view: CapacityView = await capacityView(scope.db, scope.tenantId);
  const reserved = new Map(
    (await loadHubs(scope.db, scope.tenantId)).map((hub) => [hub.nodeId, hub.reserved]),
  );
  for (const { hubId, held, confirmed } of view.hubs) expect(held + confirmed).toBe(reserved.get(hubId));
  const rows = [...view.hubs, { ...view.total, hubId: 'total' }];
  return Object.fromEntries(rows.map(({ hubId, held, confirmed, free }) => [hubId, [held, confirmed, free]]));
}
const settled = async (work: Promise<void>[]) => {
  const answers = await Promise.allSettled(work);
  const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
  return { ok: answers.length - refused.length, refused };
};

describe('reservations (spec c.6)', () => {
  it('200 concurrent calls for 160 opportunities, half in reversed order: exactly 30 each, no deadlock', async () => {
    await fresh(160);
    const calls = Array.from({ length: 200 }, (_, i) =>
      reserve(ids[i % 160] as string, i % 2 ? [IN, US] : [US, IN]),
    );
    const { ok, refused } = await settled(calls);
    for (const error of refused)
      expect(error).toMatchObject({ code: 'CAPACITY_EXHAUSTED', details: { hub: IN } });
    const rows = await scope.db.rows<{ id: string; hubs: string[] }>(
      `SELECT opportunity_id AS id, array_agg(hub_id ORDER BY hub_id) AS hubs FROM hub_reservation
       WHERE tenant_id = $1 AND state = 'HELD' GROUP BY 1`,
      [scope.tenantId],
    );
    expect(rows).toHaveLength(30);
    for (const { hubs } of rows) expect(hubs).toEqual([IN, US]);
    // Every call for an opportunity that holds its hubs has succeeded, the repeated ones too.
    const holding = new Set(rows.map(({ id }) => id));
    expect(ok).toBe(
      Array.from({ length: 200 }, (_, i) => ids[i % 160]).filter((id) => holding.has(id as string)).length,
    );
    expect(await slots()).toMatchObject({
      [IN]: [30, 0, 0],
      [US]: [30, 0, 10],
      [EU]: [0, 0, 50],
      total: [60, 0, 60],
    });
    for (const { id } of rows) await reserve(id, [US, IN]);
    expect(await slots()).toMatchObject({ [IN]: [30, 0, 0], [US]: [30, 0, 10] });
  });

  it('31 for 30 slots: 30 and one refusal; when one hold runs out the next succeeds', async () => {
    await fresh(32);
    const [late, ...others] = ids.slice(0, 31) as [string, ...string[]];
    await reserve(late, [IN], scope, MINUTE_MS);
    const { ok, refused } = await settled(others.map((id) => reserve(id, [IN])));
    expect(ok).toBe(29);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({
      code: 'CAPACITY_EXHAUSTED',
      message: 'NODE_IN_001 has no free slot: all 30 are taken.',
      details: { hub: IN },
    });
    const next = ids[31] as string;
    const soon = tenant.at(addMs(NOW, MINUTE_MS - 1));
    expect(await expire(soon)).toEqual([]);
    await expect(reserve(next, [IN], soon)).rejects.toMatchObject({ code: 'CAPACITY_EXHAUSTED' });
    const then = tenant.at(addMs(NOW, MINUTE_MS));
    expect(await expire(then)).toEqual([late]);
    expect(await expire(then)).toEqual([]);
    await reserve(next, [IN], then);
    await expect(reserve(late, [IN], then)).rejects.toMatchObject({ code: 'CAPACITY_EXHAUSTED' });
    expect(await slots()).toMatchObject({ [IN]: [30, 0, 0] });
  });

  it('all or nothing: a full hub leaves the others as they were', async () => {
    await fresh(2);
    await scope.db.run('UPDATE hub SET capacity = 0 WHERE tenant_id = $1 AND id = $2', [scope.tenantId, US]);
    await expect(reserve(ids[0] as string, [EU, IN, US])).rejects.toMatchObject({ details: { hub: US } });
    expect(await slots()).toMatchObject({ [EU]: [0, 0, 50], [IN]: [0, 0, 30] });
  });

  it('go HELD → CONFIRMED → RELEASED, give back once, and may begin again', async () => {
    await fresh(1);
    const [id] = ids as [string];
    await reserve(id, [EU, US, EU]);
    expect(await slots()).toMatchObject({ [EU]: [1, 0, 49], [US]: [1, 0, 39], total: [2, 0, 118] });
    expect([await confirm(id), await confirm(id)]).toEqual([2, 0]);
    await reserve(id, [EU, US]);
    expect(await slots()).toMatchObject({ [EU]: [0, 1, 49], [US]: [0, 1, 39] });
    expect(await expire(tenant.at(addMs(NOW, 10 * HOLD_MS)))).toEqual([]);
    expect(await release(id, [EU])).toBe(1);
    expect(await slots()).toMatchObject({ [EU]: [0, 0, 50], [US]: [0, 1, 39] });
    expect([await release(id), await release(id)]).toEqual([1, 0]);
    await reserve(id, [EU, IN]);
    expect(await slots()).toMatchObject({ [EU]: [1, 0, 49], [IN]: [1, 0, 29], [US]: [0, 0, 40] });
    expect(await release(id)).toBe(2);
    expect(await slots()).toMatchObject({ total: [0, 0, 120] });
  });

  it('are refused for a hub that is out of service', async () => {
    await fresh(1);
    await setHubEnabled(scope, US, false);
    const refused = reserve(ids[0] as string, [EU, US]);
    await expect(refused).rejects.toMatchObject({ code: 'NOT_ROUTABLE', details: { hub: US } });
    expect(await slots()).toMatchObject({ total: [0, 0, 80] });
  });

  it('survive every edit of their hub', async () => {
    await fresh(3);
    for (const id of ids) await reserve(id, [US]);
    const [hub] = await hubsById(scope, [US]);
    if (!hub) throw new Error('no hub');
    expect(hub).toMatchObject({ held: 3, confirmed: 0, reserved: 3 });
    const { nodeId, region, name, countries, lat, lon, coverageKm, avgDeliveryMin, connected } = hub;
    const same = { nodeId, region, name, countries, lat, lon, coverageKm, avgDeliveryMin, connected };
    const edit = (capacity: number) => upsertHub(scope, { ...same, successPct: 90, capacity });
    await expect(edit(2)).rejects.toMatchObject({ code: 'VALIDATION_ERROR', field: 'capacity' });
    expect(await edit(3)).toMatchObject({ capacity: 3, reserved: 3, held: 3 });
    expect(await setHubEnabled(scope, US, false)).toMatchObject({ reserved: 3, held: 3, enabled: false });
    expect(await setHubEnabled(scope, US, true)).toMatchObject({ reserved: 3, held: 3, successPct: 90 });
    expect(await slots()).toMatchObject({ [US]: [3, 0, 0] });
  });

  it('leave a hold alone that somebody is working on', async () => {
    if (!test.isServer) return;
    await fresh(2);
    for (const id of ids) await reserve(id, [IN], scope, MINUTE_MS);
    const later = tenant.at(addMs(NOW, MINUTE_MS));
    const expired = await scope.db.tx(async (tx) => {
      await tx.run('SELECT 1 FROM opportunity WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [
        scope.tenantId,
        ids[0],
      ]);
      return expire(later);
    });
    expect(expired).toEqual([ids[1]]);
    expect(await expire(later)).toEqual([ids[0]]);
    expect(await slots()).toMatchObject({ total: [0, 0, 120] });
  });
});

describe('outcomes of hubs (spec c.4)', () => {
  it('move their chance of success, not what was set', async () => {
    await fresh(0);
    await scope.db.tx(async (tx) => {
      for (let i = 0; i < 9; i++) await recordHubOutcome(tx, scope.tenantId, [US, IN], true);
      await recordHubOutcome(tx, scope.tenantId, [IN], false);
      await recordHubOutcome(tx, scope.tenantId, [], false);
    });
    const [us, india] = await hubsById(scope, [US, IN]);
    expect(us).toMatchObject({ priorSuccessPct: 98, delivered: 9, failed: 0 });
    expect(us?.successPct).toBeCloseTo((49 + 9) / 0.59, 10);
    expect(india?.successPct).toBeCloseTo((47 + 9) / 0.6, 10);
    await setHubEnabled(scope, IN, false);
    const [after] = await hubsById(scope, [IN]);
    expect(after).toMatchObject({ priorSuccessPct: 94, delivered: 9, failed: 1 });
  });
});

describe('capacity alerts (spec c.9)', () => {
  const alerts = async () =>
    (await scope.events.read(scope.db, 0n, 1000)).flatMap((event) =>
      event.type === 'CAPACITY_ALERT'
        ? [[event.payload.hubId, event.payload.free, event.payload.freePct, event.payload.isRaised]]
        : [],
    );
  const isAlert = async () => {
    const { hubs, total } = await capacityView(scope.db, scope.tenantId);
    return [hubs.find(({ hubId }) => hubId === IN)?.isAlert, total.isAlert];
  };

  it('are raised below 20 % free and over at 25 %, once each, per hub and in total', async () => {
    await fresh(25);
    for (const id of ids.slice(0, 24)) await reserve(id, [IN]);
    await check();
    expect(await alerts()).toEqual([]); // 6 of 30 are free: 20 %
    await reserve(ids[24] as string, [IN]);
    await check();
    await check();
    expect(await alerts()).toEqual([[IN, 5, 16.67, true]]);
    expect(await isAlert()).toEqual([true, false]);
    await setHubEnabled(scope, EU, false);
    await setHubEnabled(scope, US, false);
    await check();
    expect((await alerts()).slice(1)).toEqual([[null, 5, 16.67, true]]);
    await release(ids[0] as string);
    await release(ids[1] as string);
    await check(); // 7 of 30: 23.3 %, not calm yet
    expect(await alerts()).toHaveLength(2);
    await release(ids[2] as string);
    await check();
    await check();
    expect((await alerts()).slice(2)).toEqual([
      [IN, 8, 26.67, false],
      [null, 8, 26.67, false],
    ]);
    expect(await isAlert()).toEqual([false, false]);
  });

  it('are over for a hub that is taken out of service', async () => {
    await fresh(25);
    for (const id of ids) await reserve(id, [IN]);
    await check();
    await setHubEnabled(scope, IN, false);
    await check();
    expect((await alerts()).map(([hub, , , isRaised]) => [hub, isRaised])).toEqual([
      [IN, true],
      [IN, false],
    ]);
  });
});
