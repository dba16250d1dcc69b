import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionsById, replayDecision } from '../../src/control/decisions/index.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import {
  cancelDelivery,
  deliveriesById,
  dispatchCrossBorder,
  dispatchOffer,
  dispatchPaid,
} from '../../src/delivery/dispatch/index.ts';
import { setHubEnabled, upsertHub } from '../../src/delivery/routing/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { setDrones, setStabilised } from '../kit/flags.ts';
import {
  chargeOf,
  deliveries,
  expectInvariants,
  fleetOwner,
  isWatched,
  minutes,
  offered,
  offerOf,
  onlyDelivery,
  paid,
  slots,
  statusOf,
  tick,
  told,
} from './dispatch-kit.ts';
import { type Chain, chainOf } from './invariants-kit.ts';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

describe('a package from Frankfurt to Oakland', () => {
  it('is dispatched, flown and delivered leg by leg, and its money is captured at the pickup', async () => {
    const { scope, at } = await fleetOwner(test.database);
    const chain = await paid(scope, 1);
    expect(await slots(scope)).toEqual({ NODE_EU_001: 1, NODE_US_W_001: 1 });
    await tick(at(minutes(1)));
    const started = await onlyDelivery(scope);
    expect(started).toMatchObject({
      ...{ status: 'IN_TRANSIT', priority: 'VIP_RARE', destinationRegion: 'us_west', legIndex: 0 },
      ...{ routePath: ['NODE_EU_001', 'NODE_US_W_001'], etaMin: 880, attempts: 0, reason: null },
      ...{ pickedUpAt: minutes(1), currency: 'INR' },
    });
    expect(started.legs.map(({ kind, state }) => [kind, state])).toEqual([
      ['GROUND', 'ACTIVE'],
      ['LINEHAUL', 'PENDING'],
      ['DRONE', 'PENDING'],
    ]);
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'DISPATCHED', dispatchedAt: minutes(1) });
    expect(await statusOf(scope, chain)).toBe('DISPATCHED');
    expect(await chargeOf(scope, chain)).toBe('CAPTURED');
    await expectInvariants(scope);

    await tick(at(minutes(45.9)));
    expect((await onlyDelivery(scope)).legIndex).toBe(0);
    await tick(at(minutes(46)));
    expect(await onlyDelivery(scope)).toMatchObject({ legIndex: 1, status: 'IN_TRANSIT' });
    await tick(at(minutes(46 + 806)));
    const waiting = await onlyDelivery(scope);
    expect(waiting).toMatchObject({ legIndex: 2, droneId: expect.any(String) });
    expect(waiting.legs[2]).toMatchObject({ state: 'ACTIVE', startedAt: null, droneId: waiting.droneId });
    await expectInvariants(scope);

    for (let n = 0; n < 30; n += 5) await tick(at(minutes(852 + n)));
    await tick(at(minutes(900)));
    const delivered = await onlyDelivery(scope);
    expect(delivered).toMatchObject({
      ...{ status: 'DELIVERED', droneId: null, reason: null },
      proof: { lat: 37.8044, lon: -122.2712, droneId: waiting.droneId, note: null },
    });
    expect(delivered.legs.every(({ state }) => state === 'DONE')).toBe(true);
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'DELIVERED' });
    expect(await statusOf(scope, chain)).toBe('DELIVERED');
    expect(await slots(scope)).toEqual({});
    expect(await told(scope, ['DELIVERY_CHANGED', 'ACTION_EXECUTED', 'ACTION_COMPLETED'])).toEqual([
      'DELIVERY_CHANGED PENDING',
      'ACTION_EXECUTED DISPATCHED',
      'DELIVERY_CHANGED ASSIGNED',
      'DELIVERY_CHANGED PICKED_UP',
      'DELIVERY_CHANGED IN_TRANSIT',
      'DELIVERY_CHANGED IN_TRANSIT',
      'DELIVERY_CHANGED IN_TRANSIT',
      'DELIVERY_CHANGED IN_TRANSIT',
      'DELIVERY_CHANGED IN_TRANSIT',
      'DELIVERY_CHANGED IN_TRANSIT',
      'ACTION_COMPLETED DELIVERED',
      'DELIVERY_CHANGED DELIVERED',
    ]);
    await expectInvariants(scope);
    // The drone flies home and charges; then nothing is left to look at.
    await tick(at(minutes(1100)));
    await tick(at(minutes(1200)));
    expect(await isWatched(scope)).toBe(false);
    const hubs = await scope.db.rows('SELECT delivered, failed FROM hub WHERE tenant_id = $1 ORDER BY id', [
      scope.tenantId,
    ]);
    expect(hubs).toEqual([
      { delivered: 1, failed: 0 },
      { delivered: 0, failed: 0 },
      { delivered: 1, failed: 0 },
    ]);
  });

  it('is decided on with everything it depends on, and the decision can be replayed', async () => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await tick(at(minutes(1)));
    const { decisionId, costMinor } = await onlyDelivery(scope);
    const [decision] = await decisionsById(scope, [decisionId as string]);
    expect(decision).toMatchObject({ kind: 'delivery.dispatch', verdict: 'ALLOW', verdictReason: null });
    expect(decision?.output).toMatchObject({ priority: 'VIP_RARE', costMinor: `${costMinor}` });
    expect(await replayDecision(scope, decisionId as string)).toMatchObject({ isIdentical: true });
  });

  it('arrives in 3,600 times real time within seconds, whenever somebody looks', async () => {
    const { scope, at } = await fleetOwner(test.database, { simulationSpeed: 3600 });
    await paid(scope, 1);
    for (let n = 0; n < 20; n++) await tick(at(minutes(n / 30)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'DELIVERED' });
    await expectInvariants(scope);
  });
});

describe('the gate', () => {
  it.each([
    ['flag off', null, 'FLAG_OFF:FLAG_DRONE_DELIVERY_ENABLED'],
    ['mode OFF', { dispatchMode: 'OFF' as const }, 'MODE_OFF'],
    ['mode OBSERVE', { dispatchMode: 'OBSERVE' as const }, 'DRY_RUN'],
    ['mode APPROVE', { dispatchMode: 'APPROVE' as const }, 'APPROVAL'],
    ['money at risk', { moneyAtRiskMinor: 1000n }, 'CAP:MONEY_AT_RISK'],
  ])('holds a paid offer: %s; the decision is recorded once', async (_name, settings, reason) => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await (settings ? updateSettings(scope, settings) : setDrones(scope, false));
    for (let n = 1; n < 4; n++) await tick(at(minutes(n)));
    expect(await deliveries(scope)).toEqual([]);
    const decisions = await scope.db.rows(
      `SELECT verdict_reason AS reason FROM decision WHERE tenant_id = $1 AND kind = 'delivery.dispatch'`,
      [scope.tenantId],
    );
    expect(decisions).toEqual([{ reason }]);
    expect(await isWatched(scope)).toBe(true);
    await expectInvariants(scope);
  });

  it('lets it go when nothing holds it any more', async () => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await updateSettings(scope, { dispatchMode: 'OBSERVE' });
    await tick(at(minutes(1)));
    await updateSettings(scope, { dispatchMode: 'AUTO' });
    await setStabilised(scope, true);
    await tick(at(minutes(2)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'IN_TRANSIT' });
  });
});

describe('an operator', () => {
  it('dispatches what waits for approval, once; flag and caps hold all the same', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchMode: 'APPROVE' });
    const chain = await paid(scope, 1);
    await tick(at(minutes(1)));
    expect(await deliveries(scope)).toEqual([]);
    await setDrones(scope, false);
    const held = dispatchOffer(scope, { id: chain.offer });
    await expect(held).rejects.toMatchObject({
      code: 'HELD',
      details: { reason: 'FLAG_OFF:FLAG_DRONE_DELIVERY_ENABLED' },
    });
    await setDrones(scope, true);
    await updateSettings(scope, { moneyAtRiskMinor: 1000n });
    await expect(dispatchOffer(scope, { id: chain.offer })).rejects.toMatchObject({
      details: { reason: 'CAP:MONEY_AT_RISK' },
    });
    await updateSettings(scope, { moneyAtRiskMinor: 1_000_000n });
    const delivery = await dispatchOffer(at(minutes(2)), { id: chain.offer });
    expect(delivery).toMatchObject({ status: 'PENDING', createdAt: minutes(2) });
    expect((await dispatchOffer(scope, { id: chain.offer })).id).toBe(delivery.id);
    await tick(at(minutes(3)));
    expect(await onlyDelivery(scope)).toMatchObject({ id: delivery.id, status: 'IN_TRANSIT' });
    await expectInvariants(scope);
  });

  it('cannot dispatch what is not paid, not there, or has no way', async () => {
    const { scope } = await fleetOwner(test.database, {
      dispatchMode: 'APPROVE',
      dispatchGroundFallback: false,
    });
    const open = await offered(scope, 1);
    await expect(dispatchOffer(scope, { id: open.offer })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
    });
    await expect(dispatchOffer(scope, { id: chainOf(9).offer })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const chain = await paid(scope, 2);
    await scope.db.run(`UPDATE drone SET state = 'MAINTENANCE' WHERE tenant_id = $1`, [scope.tenantId]);
    await expect(dispatchOffer(scope, { id: chain.offer })).rejects.toMatchObject({ code: 'NOT_FLYABLE' });
    await setHubEnabled(scope, 'NODE_US_W_001', false);
    await expect(dispatchOffer(scope, { id: chain.offer })).rejects.toMatchObject({ code: 'NOT_ROUTABLE' });
    expect(await deliveries(scope)).toEqual([]);
    await expectInvariants(scope);
  });

  it('sends it over the border to the computed region, or insists on another, which is audited', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchMode: 'APPROVE' });
    const [first, second] = [await paid(scope, 1), await paid(scope, 2)];
    const to = (chain: Chain, destinationRegion: string, override = false) =>
      dispatchCrossBorder(scope, { opportunityId: chain.opportunity, destinationRegion, override });
    await expect(to(first, 'in_mumbai')).rejects.toMatchObject({
      ...{ code: 'VALIDATION_ERROR', field: 'destinationRegion' },
      message: 'Routing sends it to us_west, not in_mumbai; set override to insist.',
    });
    const usual = await to(first, 'us_west');
    expect(usual).toMatchObject({
      ...{ destinationRegion: 'us_west', isRegionOverridden: false, etaMin: 880 },
      routePath: ['NODE_EU_001', 'NODE_US_W_001'],
    });
    expect(usual.successProbability).toBeCloseTo(0.9408 * 0.999, 10);
    // No drone and no courier of Mumbai reaches Oakland.
    await expect(to(second, 'in_mumbai', true)).rejects.toMatchObject({ code: 'NOT_ROUTABLE' });
    await expect(to(second, 'nowhere', true)).rejects.toMatchObject({ code: 'NOT_ROUTABLE' });
    await upsertHub(scope, {
      ...{ nodeId: 'NODE_US_2', region: 'us_2', name: 'Sacramento', countries: [], lat: 38.58, lon: -121.49 },
      ...{ coverageKm: 800, capacity: 2, successPct: 90, avgDeliveryMin: 30, connected: [] },
    });
    await scope.db.run(
      `UPDATE hub SET connected = connected || ARRAY['us_2'] WHERE tenant_id = $1 AND id = 'NODE_EU_001'`,
      [scope.tenantId],
    );
    const meant = await to(second, 'us_2', true);
    expect(meant).toMatchObject({
      ...{ destinationRegion: 'us_2', isRegionOverridden: true, routePath: ['NODE_EU_001', 'NODE_US_2'] },
    });
    expect((await to(second, 'us_2')).id).toBe(meant.id);
    expect(await slots(scope)).toEqual({ NODE_EU_001: 2, NODE_US_2: 1, NODE_US_W_001: 1 });
    const audited = await scope.db.rows(
      `SELECT subject, before, after FROM audit_entry WHERE tenant_id = $1 AND action = 'delivery.override-region'`,
      [scope.tenantId],
    );
    expect(audited).toEqual([
      {
        subject: second.opportunity,
        before: { destinationRegion: 'us_west' },
        after: { destinationRegion: 'us_2' },
      },
    ]);
    await tick(at(minutes(1)));
    await expectInvariants(scope);
  });

  it('of another tenant sees nothing of it', async () => {
    const { scope } = await fleetOwner(test.database);
    const chain = await paid(scope, 1);
    await tick(scope);
    const { id } = await onlyDelivery(scope);
    const other = await fleetOwner(test.database);
    expect(await deliveries(other.scope)).toEqual([]);
    expect(await deliveriesById(other.scope, [id])).toEqual([null]);
    await expect(cancelDelivery(other.scope, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(dispatchOffer(other.scope, { id: chain.offer })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('many packages', () => {
  it('are dispatched in one transaction of few statements and all arrive, the most urgent first in the air', async () => {
    const { scope, at } = await fleetOwner(test.database, {
      simulationSpeed: 60,
      moneyAtRiskMinor: 100_000_000n,
    });
    for (let n = 1; n <= 8; n++) {
      await paid(scope, n, { opportunity: { tier: n === 8 ? 'ELITE' : 'ENTERPRISE' } });
    }
    const before = scope.db.statements;
    const { dispatched } = await scope.db.tx((tx) => dispatchPaid(scope, tx));
    expect(dispatched).toBe(8);
    expect(scope.db.statements - before).toBeLessThanOrEqual(16);
    for (let n = 0; n < 16; n += 0.5) await tick(at(minutes(n)));
    const all = await deliveries(scope);
    // Four drones stand at San Francisco, for eight packages.
    const first = all.filter(({ legs }) => legs[2]?.droneId !== null);
    expect(first.length).toBeGreaterThanOrEqual(4);
    expect(first.some(({ priority }) => priority === 'VIP_RARE')).toBe(true);
    for (let n = 16; n < 60; n++) await tick(at(minutes(n)));
    expect((await deliveries(scope)).map(({ status }) => status)).toEqual(Array(8).fill('DELIVERED'));
    await expectInvariants(scope);
  });
});
