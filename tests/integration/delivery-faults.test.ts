import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { acceptOffer } from '../../src/delivery/acceptance/index.ts';
import { configurePayments, takeWebhook } from '../../src/delivery/charges/index.ts';
import { cancelDelivery, recordLeg } from '../../src/delivery/dispatch/index.ts';
import {
  listDrones,
  recordTelemetry,
  setDroneMaintenance,
  type TelemetrySample,
  upsertDrone,
} from '../../src/delivery/fleet/index.ts';
import { setHubEnabled, upsertHub } from '../../src/delivery/routing/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { FakeStripe } from '../kit/payment-servers.ts';
import {
  chargeOf,
  expectInvariants,
  fleetOwner,
  minutes,
  NOW,
  offered,
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

const AT_HUB = 45 + 806;

/** Puts every drone out of service but these. */
async function ground(scope: Scope, except: readonly string[] = []): Promise<void> {
  const { edges } = await listDrones(scope, { first: 100 }, {});
  for (const { node } of edges)
    if (!except.includes(node.id)) await setDroneMaintenance(scope, node.id, true);
}

const external = (scope: Scope, id: string) =>
  upsertDrone(scope, {
    ...{ id, name: id, class: 'ELITE', adapter: 'EXTERNAL', siteId: 'NODE_US_W_001_SITE' },
  });

/** The package is at the hub of San Francisco and its drone, one of these, has been claimed. */
async function atTheHub(at: (now: Date) => Scope, drones: readonly string[]) {
  const scope = at(NOW);
  await ground(scope);
  for (const id of drones) await external(scope, id);
  const chain = await paid(scope, 1);
  await tick(at(NOW));
  await tick(at(minutes(AT_HUB)));
  return chain;
}

const say = (scope: Scope, droneId: string, more: Partial<TelemetrySample>) =>
  recordTelemetry(scope, [{ droneId, at: scope.now, lat: 37.79, lon: -122.35, soc: 80, ...more }]);

/** The database has heard nothing of the drone for so long. */
const silence = (scope: Scope, droneId: string, seconds: number) =>
  scope.db.run(
    `UPDATE drone SET seen_at = clock_timestamp() - make_interval(secs => $3) WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, droneId, seconds],
  );

describe('a drone that is lost in flight', () => {
  it('makes its delivery suspect, then another one with more than 50 % brings the package', async () => {
    const { scope, at } = await fleetOwner(test.database);
    const chain = await atTheHub(at, ['DRONE_A', 'DRONE_B', 'DRONE_C']);
    await scope.db.run(`UPDATE drone SET soc = 50 WHERE tenant_id = $1 AND id = 'DRONE_B'`, [scope.tenantId]);
    const { droneId } = await onlyDelivery(scope);
    expect(droneId).toBe('DRONE_A');
    await say(at(minutes(AT_HUB + 2)), 'DRONE_A', { state: 'DELIVERING' });
    await tick(at(minutes(AT_HUB + 2)));
    await silence(scope, 'DRONE_A', 61);
    await tick(at(minutes(AT_HUB + 4)));
    expect(await onlyDelivery(scope)).toMatchObject({
      isSuspect: true,
      reason: 'LINK_LOST',
      droneId: 'DRONE_A',
    });
    expect(await told(scope, ['FLEET_ALERT'])).toEqual(['FLEET_ALERT LINK_LOST']);
    await expectInvariants(scope);

    await silence(scope, 'DRONE_A', 121);
    await tick(at(minutes(AT_HUB + 5)));
    const again = await onlyDelivery(scope);
    expect(again).toMatchObject({ attempts: 1, droneId: 'DRONE_C', status: 'IN_TRANSIT' });
    // The package is where the lost drone was last heard of.
    expect(again.legs[2]).toMatchObject({ state: 'ACTIVE', fromPoint: { lat: 37.79, lon: -122.35 } });
    await expectInvariants(scope);
    await say(at(minutes(AT_HUB + 6)), 'DRONE_C', { state: 'DELIVERING' });
    await tick(at(minutes(AT_HUB + 6)));
    await say(at(minutes(AT_HUB + 9)), 'DRONE_C', { state: 'RETURNING' });
    await tick(at(minutes(AT_HUB + 9)));
    expect(await onlyDelivery(scope)).toMatchObject({
      ...{ status: 'DELIVERED', isSuspect: false },
      proof: { droneId: 'DRONE_C' },
    });
    expect(await chargeOf(scope, chain)).toBe('CAPTURED');
    await expectInvariants(scope);
  });

  it('is found again when it reports before anybody was sent', async () => {
    const { scope, at } = await fleetOwner(test.database);
    await atTheHub(at, ['DRONE_A']);
    await say(at(minutes(AT_HUB + 2)), 'DRONE_A', { state: 'DELIVERING' });
    await tick(at(minutes(AT_HUB + 2)));
    await silence(scope, 'DRONE_A', 90);
    await tick(at(minutes(AT_HUB + 4)));
    expect((await onlyDelivery(scope)).isSuspect).toBe(true);
    await say(at(minutes(AT_HUB + 5)), 'DRONE_A', { state: 'DELIVERING' });
    await tick(at(minutes(AT_HUB + 5)));
    expect(await onlyDelivery(scope)).toMatchObject({ isSuspect: false, attempts: 0, droneId: 'DRONE_A' });
    await expectInvariants(scope);
  });

  it('costs three tries at most, then the money goes back', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchGroundFallback: false });
    const chain = await atTheHub(at, ['DRONE_A', 'DRONE_B', 'DRONE_C']);
    for (let n = 1; n <= 3; n++) {
      const { droneId } = await onlyDelivery(scope);
      const then = at(minutes(AT_HUB + 2 * n));
      await say(then, droneId as string, { isAborted: true });
      await tick(then);
      await tick(then);
      await expectInvariants(scope);
    }
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'FAILED', attempts: 3, droneId: null });
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'REFUNDED' });
    expect(await statusOf(scope, chain)).toBe('FAILED');
    expect(await chargeOf(scope, chain)).toBe('REFUNDED');
    expect(await slots(scope)).toEqual({});
    await expectInvariants(scope);
  });

  it('before the pickup costs the customer nothing: after the third try the authorisation is void', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchGroundFallback: false });
    await ground(scope);
    for (const id of ['DRONE_A', 'DRONE_B', 'DRONE_C']) await external(scope, id);
    const chain = await paid(scope, 1, { pickup: 'sanFrancisco' });
    await tick(at(NOW));
    expect(await onlyDelivery(scope)).toMatchObject({
      status: 'ASSIGNED',
      legs: [{ kind: 'DRONE', from: 'pickup' }],
    });
    for (let n = 1; n <= 3; n++) {
      const { droneId } = await onlyDelivery(scope);
      expect((await offerOf(scope, chain)).status).toBe('PAYMENT_AUTHORIZED');
      await say(at(minutes(n)), droneId as string, { isAborted: true });
      await tick(at(minutes(n)));
      await expectInvariants(scope);
    }
    await tick(at(minutes(4)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'FAILED', attempts: 3, pickedUpAt: null });
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'CANCELLED', dispatchedAt: null });
    expect(await chargeOf(scope, chain)).toBe('VOIDED');
    const statuses = (await told(scope, ['DELIVERY_CHANGED'])).map((line) => line.split(' ')[1]);
    expect(statuses).toEqual(['PENDING', 'ASSIGNED', 'PENDING', 'ASSIGNED', 'PENDING', 'ASSIGNED', 'FAILED']);
    await expectInvariants(scope);
  });

  it('of the simulator whose battery runs low goes to a site, and the package is brought from there', async () => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await tick(at(NOW));
    await tick(at(minutes(AT_HUB)));
    await scope.db.run(`UPDATE flight SET plan = jsonb_set(plan, '{startSoc}', '12') WHERE tenant_id = $1`, [
      scope.tenantId,
    ]);
    for (let n = 1; n < 40; n += 2) await tick(at(minutes(AT_HUB + n)));
    expect(await told(scope, ['FLEET_ALERT'])).toContain('FLEET_ALERT BATTERY_CRITICAL');
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'DELIVERED', attempts: 1 });
    await expectInvariants(scope);
  });
});

describe('a fleet that cannot fly', () => {
  it('lets a paid offer wait 30 minutes for its drones; then the authorisation is void', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchGroundFallback: false });
    const chain = await paid(scope, 1);
    await ground(scope);
    await tick(at(NOW));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'PENDING', legs: [], reason: 'NOT_FLYABLE' });
    await tick(at(minutes(15)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'PENDING', attempts: 2 });
    await expectInvariants(scope);
    await tick(at(minutes(29.9)));
    expect((await onlyDelivery(scope)).status).toBe('PENDING');
    await tick(at(minutes(30)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'FAILED', attempts: 3, reason: 'NOT_FLYABLE' });
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'CANCELLED', closedReason: 'NOT_FLYABLE' });
    expect(await statusOf(scope, chain)).toBe('FAILED');
    expect(await chargeOf(scope, chain)).toBe('VOIDED');
    expect(await slots(scope)).toEqual({});
    expect(await told(scope, ['FLEET_ALERT'])).toEqual(['FLEET_ALERT DELIVERY_FAILED']);
    await expectInvariants(scope);
  });

  it('that comes back in time is used', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchGroundFallback: false });
    await paid(scope, 1);
    await ground(scope);
    await tick(at(NOW));
    await setDroneMaintenance(scope, 'NODE_US_W_001_ELITE', false);
    await tick(at(minutes(20)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'IN_TRANSIT', reason: null });
    await expectInvariants(scope);
  });

  it('at the last hub waits 30 minutes and then sends a courier, if the tenant allows couriers', async () => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await tick(at(NOW));
    await ground(scope);
    await tick(at(minutes(AT_HUB)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'IN_TRANSIT', reason: 'FLEET_UNAVAILABLE' });
    await tick(at(minutes(AT_HUB + 29)));
    expect(await told(scope, ['FLEET_ALERT'])).toEqual(['FLEET_ALERT FLEET_UNAVAILABLE']);
    await tick(at(minutes(AT_HUB + 31)));
    expect((await onlyDelivery(scope)).legs[2]).toMatchObject({ kind: 'GROUND', state: 'ACTIVE' });
    await tick(at(minutes(AT_HUB + 61)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'DELIVERED', proof: { droneId: null } });
    await expectInvariants(scope);
  });

  it('at the last hub of a tenant without couriers: the money is given back', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchGroundFallback: false });
    const chain = await paid(scope, 1);
    await tick(at(NOW));
    await ground(scope);
    await tick(at(minutes(AT_HUB)));
    await tick(at(minutes(AT_HUB + 31)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'FAILED', reason: 'FLEET_UNAVAILABLE' });
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'REFUNDED' });
    expect(await chargeOf(scope, chain)).toBe('REFUNDED');
    await expectInvariants(scope);
  });
});

describe('a hub that is disabled', () => {
  const second = {
    ...{ nodeId: 'NODE_US_W_002', region: 'us_west_2', name: 'Sacramento', countries: [] },
    ...{ lat: 38.58, lon: -121.49, coverageKm: 800, capacity: 2, successPct: 90, avgDeliveryMin: 30 },
    connected: ['eu_central'],
  };

  async function withSecond(settings = {}) {
    const tenant = await fleetOwner(test.database, settings);
    await upsertHub(tenant.scope, second);
    const hub = await tenant.scope.db.row<Record<string, unknown>>(
      'SELECT name, countries FROM hub WHERE tenant_id = $1 AND id = $2',
      [tenant.scope.tenantId, 'NODE_EU_001'],
    );
    await upsertHub(tenant.scope, {
      ...{
        nodeId: 'NODE_EU_001',
        region: 'eu_central',
        name: String(hub?.name),
        countries: ['DE', 'FR', 'GB'],
      },
      ...{ lat: 50.1109, lon: 8.6821, coverageKm: 500, capacity: 50, successPct: 96, avgDeliveryMin: 45 },
      connected: ['us_west', 'in_mumbai', 'us_west_2'],
    });
    return tenant;
  }

  it('sends what is under way another way, once, and moves its slots along', async () => {
    const { scope, at } = await withSecond();
    await paid(scope, 1);
    await tick(at(NOW));
    await tick(at(minutes(100)));
    expect(await onlyDelivery(scope)).toMatchObject({
      legIndex: 1,
      routePath: ['NODE_EU_001', 'NODE_US_W_001'],
    });
    await setHubEnabled(scope, 'NODE_US_W_001', false);
    await tick(at(minutes(101)));
    const rerouted = await onlyDelivery(scope);
    expect(rerouted).toMatchObject({
      ...{ status: 'IN_TRANSIT', isRerouted: true, routePath: ['NODE_EU_001', 'NODE_US_W_002'] },
      ...{ destinationRegion: 'us_west_2', legIndex: 2 },
    });
    expect(rerouted.legs.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
      'GROUND DONE',
      'LINEHAUL FAILED',
      'LINEHAUL ACTIVE',
      'GROUND PENDING',
    ]);
    expect(await slots(scope)).toEqual({ NODE_EU_001: 1, NODE_US_W_002: 1 });
    await expectInvariants(scope);
    await tick(at(minutes(101 + 810)));
    await tick(at(minutes(101 + 850)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'DELIVERED' });
    await expectInvariants(scope);
  });

  it('and then a second one: the delivery fails and the money is given back', async () => {
    const { scope, at } = await withSecond();
    const chain = await paid(scope, 1);
    await tick(at(NOW));
    await setHubEnabled(scope, 'NODE_US_W_001', false);
    await tick(at(minutes(1)));
    expect((await onlyDelivery(scope)).isRerouted).toBe(true);
    await setHubEnabled(scope, 'NODE_US_W_002', false);
    await tick(at(minutes(2)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'FAILED', reason: 'HUB_DISABLED' });
    expect(await chargeOf(scope, chain)).toBe('REFUNDED');
    expect(await slots(scope)).toEqual({});
    await expectInvariants(scope);
  });

  it('with no slot free anywhere else: the delivery fails', async () => {
    const { scope, at } = await withSecond();
    await paid(scope, 1);
    await tick(at(NOW));
    await scope.db.run(`UPDATE hub SET capacity = 0 WHERE tenant_id = $1 AND id = 'NODE_US_W_002'`, [
      scope.tenantId,
    ]);
    await setHubEnabled(scope, 'NODE_US_W_001', false);
    await tick(at(minutes(2)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'FAILED', reason: 'HUB_DISABLED' });
    await expectInvariants(scope);
  });

  it('before the dispatch: another way is found, with slots of its own', async () => {
    const { scope, at } = await withSecond();
    await paid(scope, 1);
    await setHubEnabled(scope, 'NODE_US_W_001', false);
    await tick(at(minutes(1)));
    expect(await onlyDelivery(scope)).toMatchObject({
      ...{ status: 'IN_TRANSIT', isRerouted: false, routePath: ['NODE_EU_001', 'NODE_US_W_002'] },
    });
    expect(await slots(scope)).toEqual({ NODE_EU_001: 1, NODE_US_W_002: 1 });
    await expectInvariants(scope);
  });
});

describe('people who change their minds', () => {
  it.each([
    ['before anything moved', 0, 'VOIDED', 'CANCELLED'],
    ['on the road', 10, 'REFUNDED', 'REFUNDED'],
    ['in the air', AT_HUB + 3, 'REFUNDED', 'REFUNDED'],
  ])('cancel a delivery %s', async (_name, minute, charge, offer) => {
    const { scope, at } = await fleetOwner(
      test.database,
      minute === 0 ? { dispatchGroundFallback: false } : {},
    );
    const chain = await paid(scope, 1);
    if (minute === 0) await ground(scope);
    for (const at_ of [0, 50, AT_HUB, minute]) if (at_ <= minute) await tick(at(minutes(at_)));
    const { id } = await onlyDelivery(scope);
    await cancelDelivery(at(minutes(minute)), { id, reason: 'wrong address' });
    await tick(at(minutes(minute + 1)));
    expect(await onlyDelivery(scope)).toMatchObject({
      status: 'CANCELLED',
      reason: 'wrong address',
      droneId: null,
    });
    expect(await offerOf(scope, chain)).toMatchObject({ status: offer });
    expect(await statusOf(scope, chain)).toBe('CANCELLED');
    expect(await chargeOf(scope, chain)).toBe(charge);
    expect(await slots(scope)).toEqual({});
    await expectInvariants(scope);
    await expect(cancelDelivery(scope, { id })).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
  });

  it('cancel the order: a paid offer is taken back, a delivery under way goes on', async () => {
    const { scope, at } = await fleetOwner(test.database);
    const [waiting, moving] = [await paid(scope, 1), await paid(scope, 2)];
    const gone = (order: string) =>
      scope.db.run(`UPDATE orders SET status = 'CANCELLED' WHERE tenant_id = $1 AND id = $2`, [
        scope.tenantId,
        order,
      ]);
    await updateSettings(scope, { dispatchMode: 'OBSERVE' });
    await gone(waiting.order);
    await tick(at(NOW));
    expect(await offerOf(scope, waiting)).toMatchObject({
      status: 'CANCELLED',
      closedReason: 'ORDER_CANCELLED',
    });
    await updateSettings(scope, { dispatchMode: 'AUTO' });
    await tick(at(minutes(1)));
    await gone(moving.order);
    await tick(at(minutes(2)));
    expect(await chargeOf(scope, waiting)).toBe('VOIDED');
    expect((await onlyDelivery(scope)).status).toBe('IN_TRANSIT');
    await expectInvariants(scope);
  });

  it('leave a paid offer lying for three days: its money and its slots go back', async () => {
    const { scope, at } = await fleetOwner(test.database, { dispatchMode: 'APPROVE' });
    const chain = await paid(scope, 1);
    await tick(at(minutes(71 * 60)));
    expect((await offerOf(scope, chain)).status).toBe('PAYMENT_AUTHORIZED');
    await tick(at(minutes(72 * 60)));
    expect(await offerOf(scope, chain)).toMatchObject({
      status: 'CANCELLED',
      closedReason: 'DISPATCH_TIMEOUT',
    });
    expect(await statusOf(scope, chain)).toBe('FAILED');
    expect(await chargeOf(scope, chain)).toBe('VOIDED');
    expect(await slots(scope)).toEqual({});
    await expectInvariants(scope);
  });
});

describe('carriers that report', () => {
  const report = (
    scope: Scope,
    deliveryId: string,
    legIndex: number,
    event: 'STARTED' | 'COMPLETED' | 'FAILED',
  ) => recordLeg(scope, { deliveryId, legIndex, event, note: event === 'FAILED' ? 'van broke down' : null });

  it('are waited for, and the drone flies as ever', async () => {
    const { scope, at } = await fleetOwner(test.database);
    await paid(scope, 1);
    await tick(at(NOW));
    const { id } = await onlyDelivery(scope);
    await report(at(minutes(1)), id, 0, 'STARTED');
    await tick(at(minutes(500)));
    expect((await onlyDelivery(scope)).legIndex).toBe(0);
    await report(at(minutes(501)), id, 0, 'COMPLETED');
    await report(at(minutes(502)), id, 0, 'COMPLETED');
    await report(at(minutes(503)), id, 1, 'STARTED');
    await expect(report(at(minutes(503)), id, 2, 'STARTED')).rejects.toMatchObject({ field: 'legIndex' });
    await report(at(minutes(600)), id, 1, 'COMPLETED');
    await expect(report(at(minutes(601)), id, 2, 'COMPLETED')).rejects.toMatchObject({ field: 'legIndex' });
    for (let n = 0; n < 40; n += 4) await tick(at(minutes(601 + n)));
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'DELIVERED' });
    await expectInvariants(scope);
  });

  it('fail three times: the money is given back', async () => {
    const { scope, at } = await fleetOwner(test.database);
    const chain = await paid(scope, 1);
    await tick(at(NOW));
    const { id } = await onlyDelivery(scope);
    for (let n = 1; n <= 3; n++) {
      await report(at(minutes(n)), id, 0, 'STARTED');
      await report(at(minutes(n)), id, 0, 'FAILED');
      await tick(at(minutes(n)));
      await expectInvariants(scope);
    }
    expect(await onlyDelivery(scope)).toMatchObject({
      status: 'FAILED',
      reason: 'van broke down',
      attempts: 3,
    });
    expect(await chargeOf(scope, chain)).toBe('REFUNDED');
    await expect(report(scope, id, 0, 'STARTED')).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
  });
});

describe('a payment provider that is away for an hour', () => {
  async function withStripe() {
    const stripe = await new FakeStripe().start();
    const payments = { stripeApiBase: stripe.url, timeoutMs: 500 };
    const { scope, at } = await fleetOwner(test.database, {}, { outbound: { payments } });
    stripe.clock = () => scope.now;
    const { secret, webhookSecret } = stripe;
    await configurePayments(scope, { provider: 'STRIPE', secret, webhookSecret });
    const chain = await offered(scope, 1);
    await acceptOffer(scope, { id: chain.offer, via: 'LINK' });
    const opened = stripe.sessions[0] as { id: string };
    const { body, headers } = stripe.event('payment_intent.amount_capturable_updated', stripe.pay(opened.id));
    await takeWebhook(scope, 'STRIPE', body, headers);
    expect((await offerOf(scope, chain)).status).toBe('PAYMENT_AUTHORIZED');
    await stripe.stop();
    return { scope, at, chain, stripe };
  }

  it('holds no package up: it is captured when the provider is back', async () => {
    const { scope, at, chain, stripe } = await withStripe();
    for (let n = 0; n < 60; n += 4) {
      await tick(at(minutes(n)));
      await expectInvariants(scope);
    }
    expect(await onlyDelivery(scope)).toMatchObject({ legIndex: 1, status: 'IN_TRANSIT' });
    expect(await chargeOf(scope, chain)).toBe('AUTHORIZED');
    await stripe.start();
    await tick(at(minutes(180)));
    expect(await chargeOf(scope, chain)).toBe('CAPTURED');
    await expectInvariants(scope);
    await stripe.stop();
  });

  it('gets to know of a delivery that failed meanwhile when it is back', async () => {
    const { scope, at, chain, stripe } = await withStripe();
    await tick(at(minutes(1)));
    const { id } = await onlyDelivery(scope);
    await cancelDelivery(at(minutes(10)), { id });
    for (let n = 10; n < 60; n += 10) await tick(at(minutes(n)));
    expect(await offerOf(scope, chain)).toMatchObject({ status: 'CANCELLED' });
    await expectInvariants(scope);
    await stripe.start();
    for (let n = 180; n < 600; n += 60) await tick(at(minutes(n)));
    expect(await chargeOf(scope, chain)).toMatch(/VOIDED|REFUNDED/);
    expect(await slots(scope)).toEqual({});
    await expectInvariants(scope);
    await stripe.stop();
  });
});
