import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { cancelOffer } from '../../src/delivery/acceptance/index.ts';
import { expireOffers, generateNow, type Offer, offerAction } from '../../src/delivery/offers/index.ts';
import { setHubEnabled } from '../../src/delivery/routing/index.ts';
import { DAY_MS } from '../../src/kernel/time.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { detectAll, putOrders, type TestOrder } from './delivery-kit.ts';
import {
  allOffers as all,
  generate,
  later,
  logged,
  NOW,
  opportunityOf,
  rare,
  shopWith,
} from './offer-kit.ts';

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const shop = (orders: readonly TestOrder[]) => shopWith(test, orders);

describe('generateActions', () => {
  it('offers the ₹5,000 bundle for an elite opportunity, with its route, cost and expectation', async () => {
    const { scope } = await shop([rare('gold', { pickup: 'frankfurt', delivery: 'sanFrancisco' })]);
    const before = scope.db.statements;
    const made = await generate(scope);
    expect(scope.db.statements - before).toBeLessThanOrEqual(25);
    expect(made).toEqual({
      actionsCreated: 1,
      totalRevenue: { amountMinor: 500_000n, currency: 'INR' },
      expectedRevenue: { amountMinor: 150_000n, currency: 'INR' },
      held: {},
    });
    const [offer] = (await all(scope)) as [Offer];
    expect(offer).toMatchObject({
      status: 'OFFERED',
      actionType: 'rare_drone_drop_bundle',
      bundleName: 'Rare drone-drop bundle',
      bundleItems: ['gold-1', 'gold-2', 'gold-3', 'gold-4', 'gold-5'],
      currency: 'INR',
      bundlePriceMinor: 500_000n,
      expectedRevenueMinor: 150_000n,
      acceptProbability: 0.3,
      // 8000 + 1500 on the ground, 30000 + 9133.43 km × 6 + 25000 in the air, 12000 + 2000 for a drone at its site.
      deliveryCostMinor: 133_301n,
      rarityThreshold: 95,
      routePath: ['NODE_EU_001', 'NODE_US_W_001'],
      routeEtaMin: 880,
      isAutoExecutable: true,
      createdAt: NOW,
      offeredAt: NOW,
      expiresAt: later(24),
      closedAt: null,
    });
    expect(offer.routeSuccess).toBeCloseTo(0.9408 * 0.999, 10);
    expect(offer.reasons.map(({ code }) => code)).toContain('COST_COVERED');
    expect((await opportunityOf(scope, offer)).status).toBe('OFFERED');
    expect(await logged(scope)).toEqual([['ACTION_PROPOSED', 'OFFERED']]);
    expect((await generate(scope)).actionsCreated).toBe(0);
  });

  it.each([
    ['OFF', 0, { MODE_OFF: 1 }],
    ['OBSERVE', 0, { DRY_RUN: 1 }],
    ['APPROVE', 1, {}],
    ['AUTO', 1, {}],
  ] as const)('in mode %s makes %d and counts the rest as held', async (upsellMode, created, held) => {
    const { scope } = await shop([rare('gold')]);
    await updateSettings(scope, { upsellMode });
    expect(await generate(scope)).toMatchObject({ actionsCreated: created, held });
    const offers = await all(scope);
    expect(offers.map(({ status }) => status)).toEqual(
      upsellMode === 'APPROVE' ? ['PENDING'] : created ? ['OFFERED'] : [],
    );
  });

  it('refuses by reason and counts every refusal', async () => {
    const { scope } = await shop([
      rare('nobody', { customer: null }),
      rare('lyon', { delivery: 'lyon' }),
      rare('tokyo', { delivery: 'tokyo' }),
      rare('heavy', { weightGrams: 10_000 }),
      rare('berlin', { delivery: 'berlin' }),
      rare('first', { customer: 'same' }),
      rare('second', { customer: 'same' }),
      rare('old', { placedAt: new Date(NOW.getTime() - 31 * DAY_MS) }),
    ]);
    expect(await generate(scope)).toMatchObject({
      actionsCreated: 1,
      held: {
        NO_CUSTOMER: 1,
        DELIVERY_OUT_OF_COVERAGE: 1,
        UNKNOWN_REGION: 1,
        NOT_FLYABLE: 1,
        PRICE_BELOW_COST: 1,
        CUSTOMER_LIMIT: 1,
        STALE: 1,
      },
    });
    // What is stale is closed, what no network could carry is set aside; the rest waits for better days.
    expect((await generate(scope)).held).toEqual({
      NO_CUSTOMER: 1,
      PRICE_BELOW_COST: 1,
      CUSTOMER_LIMIT: 1,
    });
  });

  it('has no estimate, and so no offer, in a currency without tariffs', async () => {
    const { scope } = await shop([rare('gold')]);
    await updateSettings(scope, { bundleCurrency: 'JPY' });
    expect(await generate(scope)).toMatchObject({ actionsCreated: 0, held: { NO_COST_MODEL: 1 } });
  });

  it('keeps the daily limit over a rolling 24 h, the rarest first', async () => {
    const orders = [10, 20, 30].map((n) => rare(`r${n}`, { totalMinor: 1_000_000 * n }));
    const { scope, at } = await shop(orders);
    await updateSettings(scope, { offersPerDay: 2 });
    expect(await generate(scope)).toMatchObject({ actionsCreated: 2, held: { 'CAP:MESSAGES_PER_DAY': 1 } });
    expect(await generate(at(later(23)))).toMatchObject({
      actionsCreated: 0,
      held: { 'CAP:MESSAGES_PER_DAY': 1 },
    });
    expect(await generate(at(later(25)))).toMatchObject({ actionsCreated: 1, held: {} });
  });

  it('asks a customer once in 7 days', async () => {
    const { scope, at } = await shop([rare('first', { customer: 'same' })]);
    await generate(scope);
    const day6 = at(later(6 * 24));
    await putOrders(scope, [rare('second', { customer: 'same', placedAt: later(1) })]);
    await detectAll(day6);
    expect(await generate(day6)).toMatchObject({ actionsCreated: 0, held: { CUSTOMER_LIMIT: 1 } });
    expect(await generate(at(later(7 * 24 + 1)))).toMatchObject({ actionsCreated: 1 });
  });

  it('answers the same idempotency key with the same answer', async () => {
    const { scope } = await shop([rare('gold')]);
    const made = await generateNow(scope, 'once');
    expect(made.actionsCreated).toBe(1);
    expect(await generateNow(scope, 'once')).toEqual(made);
    expect((await generateNow(scope, 'twice')).actionsCreated).toBe(0);
  });

  it('takes an offer back when its order is cancelled', async () => {
    const { scope } = await shop([rare('gold')]);
    await generate(scope);
    await putOrders(scope, [rare('gold', { version: 2, status: 'CANCELLED' })]);
    await detectAll(scope);
    await generate(scope);
    const [offer] = (await all(scope)) as [Offer];
    expect(offer).toMatchObject({ status: 'CANCELLED', closedReason: 'ORDER_CANCELLED' });
    expect((await opportunityOf(scope, offer)).status).toBe('CANCELLED');
    expect(await logged(scope)).toEqual([
      ['ACTION_PROPOSED', 'OFFERED'],
      ['ACTION_CANCELLED', 'CANCELLED'],
    ]);
  });

  it('does not offer a new version of an order that is on offer already', async () => {
    const { scope } = await shop([rare('gold')]);
    await generate(scope);
    await putOrders(scope, [rare('gold', { version: 2, status: 'FULFILLED' })]);
    expect((await detectAll(scope)).result).toMatchObject({ detected: 0, skippedDuplicate: 1 });
    expect((await generate(scope)).actionsCreated).toBe(0);
    expect(await all(scope)).toHaveLength(1);
  });

  it.skipIf(!process.env.DATABASE_URL)('makes one live offer each when twenty runs race', async () => {
    const orders = Array.from({ length: 12 }, (_, n) => rare(`r${n}`, { totalMinor: 1_000_000 + n }));
    const { scope, at } = await shop(orders);
    const runs = await Promise.all(Array.from({ length: 20 }, () => generate(at(NOW))));
    expect(runs.reduce((sum, { actionsCreated }) => sum + actionsCreated, 0)).toBe(12);
    const offers = await all(scope);
    expect(new Set(offers.map(({ opportunityId }) => opportunityId)).size).toBe(12);
    expect(offers.every(({ status }) => status === 'OFFERED')).toBe(true);
    expect((await logged(scope)).length).toBe(12);
  });

  it.skipIf(!process.env.DATABASE_URL)('keeps the daily limit when twenty runs race', async () => {
    const orders = Array.from({ length: 6 }, (_, n) => rare(`r${n}`, { totalMinor: 1_000_000 + n }));
    const { scope, at } = await shop(orders);
    await updateSettings(scope, { offersPerDay: 4 });
    await Promise.all(Array.from({ length: 20 }, () => generate(at(NOW))));
    expect(await all(scope)).toHaveLength(4);
  });
});

describe('an offer', () => {
  it('expires, closes its opportunity and is not made again', async () => {
    const { scope, at } = await shop([rare('gold')]);
    await generate(scope);
    const sweep = (when: Date) => {
      const then = at(when);
      return then.db.tx((tx) => expireOffers(then, tx));
    };
    expect(await sweep(later(23.9))).toEqual({ expired: 0, withdrawn: 0 });
    expect(await sweep(later(24))).toEqual({ expired: 1, withdrawn: 0 });
    expect(await sweep(later(25))).toEqual({ expired: 0, withdrawn: 0 });
    const [offer] = (await all(scope)) as [Offer];
    expect(offer).toMatchObject({ status: 'EXPIRED', closedAt: later(24), closedReason: 'EXPIRED' });
    expect((await opportunityOf(scope, offer)).status).toBe('EXPIRED');
    expect((await generate(at(later(26)))).actionsCreated).toBe(0);
    expect(await logged(scope)).toEqual([
      ['ACTION_PROPOSED', 'OFFERED'],
      ['ACTION_EXPIRED', 'EXPIRED'],
    ]);
  });

  it('waits for approval and is then offered', async () => {
    const { scope, at } = await shop([rare('gold')]);
    await updateSettings(scope, { upsellMode: 'APPROVE' });
    await generate(scope);
    const [pending] = (await all(scope)) as [Offer];
    expect(pending).toMatchObject({ status: 'PENDING', offeredAt: null, isAutoExecutable: true });
    expect((await opportunityOf(scope, pending)).status).toBe('DETECTED');
    expect((await generate(scope)).actionsCreated).toBe(0);

    const wrong = offerAction(scope, { id: pending.id, expectedVersion: 7 });
    await expect(wrong).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await setHubEnabled(scope, 'NODE_EU_001', false);
    await expect(offerAction(scope, { id: pending.id })).rejects.toMatchObject({ code: 'NOT_ROUTABLE' });
    await setHubEnabled(scope, 'NODE_EU_001', true);
    await updateSettings(scope, { upsellMode: 'OBSERVE' });
    await expect(offerAction(scope, { id: pending.id })).rejects.toMatchObject({ code: 'HELD' });
    await updateSettings(scope, { upsellMode: 'APPROVE' });
    await expect(offerAction(at(later(24)), { id: pending.id })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
    });

    const offered = await offerAction(at(later(1)), { id: pending.id, expectedVersion: 1 });
    expect(offered).toMatchObject({ status: 'OFFERED', offeredAt: later(1), version: 2 });
    expect((await opportunityOf(scope, offered)).status).toBe('OFFERED');
    await expect(offerAction(scope, { id: pending.id })).rejects.toMatchObject({
      code: 'INVALID_TRANSITION',
    });
  });

  it('is cancelled with a reason, once, and closes its opportunity', async () => {
    const { scope } = await shop([rare('gold')]);
    await generate(scope);
    const [offer] = (await all(scope)) as [Offer];
    const cancelled = await cancelOffer(scope, { id: offer.id, reason: 'out of stock' });
    expect(cancelled).toMatchObject({ status: 'CANCELLED', closedReason: 'out of stock', closedAt: NOW });
    expect((await opportunityOf(scope, offer)).status).toBe('CANCELLED');
    await expect(cancelOffer(scope, { id: offer.id })).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    expect((await generate(scope)).actionsCreated).toBe(0);
  });

  it.each([['not a uuid'], ['018f0000-0000-7000-8000-000000000000']])('is NOT_FOUND as %s', async (id) => {
    const { scope } = await testScope(test.database, { now: NOW });
    await expect(cancelOffer(scope, { id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is invisible to another tenant', async () => {
    const { scope } = await shop([rare('gold')]);
    await generate(scope);
    const [offer] = (await all(scope)) as [Offer];
    const other = await testScope(test.database, { now: NOW });
    expect(await all(other.scope)).toEqual([]);
    await expect(cancelOffer(other.scope, { id: offer.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
