import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decisionsById, replayDecision } from '../../src/control/decisions/index.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import {
  chargeOf,
  deliveries,
  expectInvariants,
  fleetOwner,
  isWatched,
  minutes,
  offerOf,
  onlyDelivery,
  paid,
  slots,
  statusOf,
  tick,
  told,
} from './dispatch-kit.ts';

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
    ['flag off', { droneDeliveryEnabled: false }, 'FLAG_OFF:FLAG_DRONE_DELIVERY_ENABLED'],
    ['mode OFF', { dispatchMode: 'OFF' as const }, 'MODE_OFF'],
    ['mode OBSERVE', { dispatchMode: 'OBSERVE' as const }, 'DRY_RUN'],
    ['mode APPROVE', { dispatchMode: 'APPROVE' as const }, 'APPROVAL'],
    ['money at risk', { moneyAtRiskMinor: 1000n }, 'CAP:MONEY_AT_RISK'],
  ])('holds a paid offer: %s; the decision is recorded once', async (_name, settings, reason) => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await updateSettings(scope, settings);
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
    await updateSettings(scope, { dispatchMode: 'AUTO', stabiliseMode: true });
    await tick(at(minutes(2)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'IN_TRANSIT' });
  });
});
