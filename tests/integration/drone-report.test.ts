import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DroneKpiKey, droneReport } from '../../src/delivery/report/index.ts';
import { engineStatus } from '../../src/engine/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { type Chain, chainOf, putCharge, putOffer, putOpportunity } from './invariants-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const ago = (ms: number): Date => new Date(NOW.getTime() - ms);

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

interface Story {
  at?: Date;
  isElite?: boolean;
  isCrossBorder?: boolean;
  /** How far its offer got; none: only detected. */
  offer?: 'OFFERED' | 'ACCEPTED' | 'DISPATCHED' | 'DELIVERED' | 'REFUNDED' | 'EXPIRED';
  currency?: string;
}

/** Opportunities `from`, `from + 1`, … that all went the same way. */
async function put(scope: Scope, from: number, count: number, story: Story): Promise<void> {
  for (let n = from; n < from + count; n++) await putOne(scope, chainOf(n), story);
}

async function putOne(scope: Scope, chain: Chain, story: Story): Promise<void> {
  const { at = ago(HOUR_MS), isElite = false, isCrossBorder = false, offer, currency = 'INR' } = story;
  await putOpportunity(scope, chain, {
    ...{ is_elite: isElite, is_cross_border: isCrossBorder, detected_at: at, order_placed_at: at },
  });
  if (!offer) return;
  const isAccepted = !['OFFERED', 'EXPIRED'].includes(offer);
  const isSent = ['DISPATCHED', 'DELIVERED', 'REFUNDED'].includes(offer);
  await putOffer(scope, chain, {
    ...{ status: offer, created_at: at, offered_at: at, accepted_at: isAccepted ? at : null, currency },
    ...{ authorized_at: isAccepted ? at : null, dispatched_at: isSent ? at : null },
  });
  const refunded = offer === 'REFUNDED' ? 500_000 : 0;
  const status = refunded ? 'REFUNDED' : isSent ? 'CAPTURED' : 'AUTHORIZED';
  const sums = { authorized: 500_000, captured: isSent ? 500_000 : 0, refunded };
  if (!isAccepted) return;
  await putCharge(scope, chain, status, sums, { currency, created_at: at });
}

describe('droneReport', () => {
  it('counts the window, and only the window, in one statement', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    await put(scope, 0, 20, {});
    await put(scope, 20, 1, { isElite: true });
    await put(scope, 21, 1, { isElite: true, isCrossBorder: true, offer: 'OFFERED' });
    await put(scope, 22, 1, { isElite: true, offer: 'ACCEPTED' });
    await put(scope, 23, 1, { isElite: true, isCrossBorder: true, offer: 'DISPATCHED' });
    await put(scope, 24, 1, { isElite: true, isCrossBorder: true, offer: 'DELIVERED', currency: 'EUR' });
    await put(scope, 25, 1, { isElite: true, isCrossBorder: true, offer: 'REFUNDED' });
    await put(scope, 26, 1, { at: ago(2 * DAY_MS), isElite: true, isCrossBorder: true, offer: 'DELIVERED' });
    const before = scope.db.statements;
    const report = await droneReport(scope);
    expect(scope.db.statements - before).toBe(1);
    expect(report).toMatchObject({
      ...{ deliveryOpportunitiesDetected: 26, eliteOpportunities: 6, crossBorderOrders: 4 },
      ...{ droneActionsQueued: 2, droneActionsDispatched: 3, eligibleOrders: 26 },
      detectedPerThousandOrders: 1_000,
      // The refunded one is not revenue; rupees and euros are not added.
      totalDroneRevenue: [
        { amountMinor: 500_000n, currency: 'EUR' },
        { amountMinor: 500_000n, currency: 'INR' },
      ],
      upsellConversionByBundle: [
        { bundleName: 'Rare drone-drop bundle', offered: 5, accepted: 4, conversionPct: 80 },
      ],
    });
    expect(report.worldwideNodes.map(({ hubId, capacity, free }) => [hubId, capacity, free])).toEqual([
      ['NODE_EU_001', 50, 50],
      ['NODE_IN_001', 30, 30],
      ['NODE_US_W_001', 40, 40],
    ]);
    const states = Object.fromEntries(
      report.kpis.map(({ key, value, state, n }) => [key, { value, state, n }]),
    );
    expect(states).toEqual({
      DETECTION_RATE: { value: 1.08, state: 'OFF_TARGET', n: 26 },
      ELITE_SHARE: { value: 23.08, state: 'OFF_TARGET', n: 26 },
      UPSELL_CONVERSION: { value: 80, state: 'SUPPRESSED', n: 5 },
      // The one in the air is not counted yet.
      CROSS_BORDER_SUCCESS: { value: 50, state: 'SUPPRESSED', n: 2 },
      REVENUE_CAPTURED: { value: null, state: 'INFORMATIONAL', n: 3 },
      CAPACITY_REMAINING: { value: 100, state: 'OK', n: 120 },
    } satisfies Record<DroneKpiKey, unknown>);
    const wider = await droneReport(scope, { from: ago(3 * DAY_MS), to: ago(DAY_MS) });
    expect([wider.deliveryOpportunitiesDetected, wider.droneActionsDispatched]).toEqual([1, 1]);
    expect(wider.kpis[0]).toMatchObject({ state: 'SUPPRESSED', value: 0.02, n: 1 });
  });

  it('is empty, not broken, without a fact', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    const report = await droneReport(scope);
    expect(report.kpis.map(({ state }) => state)).toEqual([
      ...['SUPPRESSED', 'SUPPRESSED', 'SUPPRESSED', 'SUPPRESSED', 'INFORMATIONAL', 'OK'],
    ]);
    expect([report.totalDroneRevenue, report.upsellConversionByBundle]).toEqual([[], []]);
  });

  it('refuses a window that is none, and one without an end in sight', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    await expect(droneReport(scope, { from: NOW, to: NOW })).rejects.toMatchObject({ field: 'to' });
    const long = droneReport(scope, { from: ago(93 * DAY_MS), to: NOW });
    await expect(long).rejects.toMatchObject({ field: 'from' });
  });

  it('does not look at another tenant', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    const { scope: other } = await testScope(test.database, { now: NOW });
    await put(scope, 0, 1, { offer: 'DELIVERED' });
    expect(await droneReport(other)).toMatchObject({
      ...{ deliveryOpportunitiesDetected: 0, droneActionsDispatched: 0, totalDroneRevenue: [] },
    });
  });
});

it('the engine’s status carries the seed’s fields of all time', async () => {
  const { scope } = await testScope(test.database, { now: NOW });
  await put(scope, 0, 1, { at: ago(200 * DAY_MS), offer: 'DELIVERED' });
  await put(scope, 1, 1, { offer: 'ACCEPTED' });
  await put(scope, 2, 1, { offer: 'EXPIRED' });
  const status = await engineStatus(scope);
  expect(status).toMatchObject({
    ...{ droneActionsQueued: 1, droneActionsDispatched: 1 },
    totalDroneRevenue: [{ amountMinor: 500_000n, currency: 'INR' }],
    upsellConversionByBundle: [{ offered: 3, accepted: 2, conversionPct: 66.67 }],
  });
  expect(status.worldwideNodes).toHaveLength(3);
});
