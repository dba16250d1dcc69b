import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importCarts } from '../../src/commerce/carts/index.ts';
import { importCustomers } from '../../src/commerce/customers/index.ts';
import { importErrorEvents } from '../../src/commerce/errors/index.ts';
import { importOrders } from '../../src/commerce/orders/index.ts';
import { importPayments } from '../../src/commerce/payments/index.ts';
import { setIssueRule } from '../../src/growth/issues/index.ts';
import {
  findSnapshots,
  type KpiSnapshotRow,
  kpiSeries,
  latestSnapshot,
  takeSnapshot,
} from '../../src/growth/kpis/index.ts';
import { ValidationError } from '../../src/kernel/errors.ts';
import { money } from '../../src/kernel/money.ts';
import { addMs, DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

const AT = new Date('2026-11-20T12:34:56.789Z');
const source = 'shop';
let db: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  tenant = await testScope(db.database, { now: AT });
  scope = tenant.scope;
});

const ago = (ms: number): string => addMs(AT, -ms).toISOString();
let n = 0;
const payment = (agoMs: number, amountMinor: bigint | number, more: object = {}) => ({
  externalId: `p${++n}`,
  status: 'CAPTURED',
  currency: 'USD',
  amountMinor: String(amountMinor),
  attemptedAt: ago(agoMs),
  ...more,
});
const cart = (idleMs: number, more: object = {}) => ({
  externalId: `c${++n}`,
  currency: 'USD',
  valueMinor: '1000',
  email: 'ann@example.com',
  startedAt: ago(idleMs),
  ...more,
});

async function send(verb: typeof importPayments, items: object[]): Promise<void> {
  const results = await verb(scope, { source, items } as never);
  expect(results.filter((result) => result.outcome !== 'CREATED')).toEqual([]);
}

function snapshotAt(at: Date, intervalSec = 3600): Promise<KpiSnapshotRow> {
  const then = tenant.at(at);
  return then.db.tx((tx) => takeSnapshot(then, tx, { cycleId: null, asOf: at, intervalSec }));
}

describe('takeSnapshot', () => {
  test('revenue windows are half-open to the millisecond', async () => {
    await send(importPayments, [
      payment(DAY_MS, 1), // the first instant of today
      payment(1, 20), // the last one
      payment(DAY_MS + 1, 300), // the last instant of yesterday
      payment(2 * DAY_MS, 4_000), // the first one
      payment(2 * DAY_MS + 1, 50_000), // the day before yesterday
      payment(0, 600_000), // now: tomorrow's
    ]);
    const snapshot = await snapshotAt(AT);
    expect(snapshot).toMatchObject({
      windowFrom: addMs(AT, -DAY_MS),
      windowTo: AT,
      revenueMinor: 21n,
      previousRevenueMinor: 4_300n,
      baselineMinor: 4_300n,
      baselinePayments: 2,
      revenueGrowthPct: '-99.5116',
      avgOrderValueMinor: 11n,
    });
  });

  test('two currencies are never added, refunds stand beside revenue', async () => {
    await send(importPayments, [
      payment(HOUR_MS, 10_000),
      payment(HOUR_MS, 7_000, { currency: 'EUR' }),
      payment(3 * DAY_MS, 9_000, { status: 'REFUNDED', refundedAt: ago(2 * HOUR_MS) }),
      payment(30 * HOUR_MS, 5_000, { currency: 'EUR' }),
    ]);
    const snapshot = await snapshotAt(AT);
    expect(snapshot.revenue).toEqual([money(7_000n, 'EUR'), money(10_000n, 'USD')]);
    expect(snapshot.refunds).toEqual([money(9_000n, 'USD')]);
    expect(snapshot).toMatchObject({ reportingCurrency: 'USD', revenueMinor: 10_000n });
    // Yesterday had euros only: there is nothing to grow from in the reporting currency.
    expect(snapshot).toMatchObject({ previousRevenueMinor: 0n, revenueGrowthPct: null });
  });

  test('first attempts only: retries, pending and refunds without capture do not count', async () => {
    await send(importPayments, [
      payment(HOUR_MS, 100),
      payment(HOUR_MS, 100, { status: 'AUTHORIZED' }),
      payment(HOUR_MS, 100, { status: 'FAILED', declineCode: 'insufficient_funds' }),
      payment(HOUR_MS, 100, { status: 'FAILED', attempt: 2 }),
      payment(HOUR_MS, 100, { attempt: 3 }),
      payment(HOUR_MS, 100, { status: 'PENDING' }),
      payment(DAY_MS + 1, 100, { status: 'FAILED' }),
    ]);
    const snapshot = await snapshotAt(AT);
    expect(snapshot).toMatchObject({
      firstAttempts: 3,
      firstSuccesses: 2,
      paymentSuccessRatePct: '66.6667',
      revenueMinor: 200n,
    });
  });

  test('active and abandoned checkouts meet at exactly 60 minutes', async () => {
    await send(importCarts, [
      cart(60 * MINUTE_MS - 1),
      cart(60 * MINUTE_MS),
      cart(30 * DAY_MS),
      cart(30 * DAY_MS + 1),
      cart(5 * HOUR_MS, { valueMinor: '0' }),
      cart(5 * HOUR_MS, { email: null }),
      cart(5 * HOUR_MS, { status: 'ORDERED' }),
    ]);
    const snapshot = await snapshotAt(AT);
    expect(snapshot).toMatchObject({ activeOrders: 1, abandonedOrders: 2, checkouts: 5, ordersPaid: 0 });
    expect(snapshot.conversionRatePct).toBe('0.0000');
  });

  test('conversion counts carts and orders that are their own checkout', async () => {
    await send(importCarts, [cart(HOUR_MS, { externalId: 'x', status: 'ORDERED' }), cart(3 * HOUR_MS)]);
    const order = { currency: 'USD', totalMinor: '500', placedAt: ago(HOUR_MS), status: 'PAID' };
    await send(importOrders, [
      { ...order, externalId: 'o1', cartExternalId: 'x' },
      { ...order, externalId: 'o2', status: 'OPEN' },
    ]);
    expect(await snapshotAt(AT)).toMatchObject({
      checkouts: 3,
      ordersPaid: 1,
      conversionRatePct: '33.3333',
    });
  });

  test('churn over 30 days and errors over one interval', async () => {
    const customers = Array.from({ length: 1_000 }, (_, i) => ({
      externalId: `k${i}`,
      signedUpAt: ago(31 * DAY_MS),
      ...(i < 51 && { churnedAt: ago(i === 0 ? 30 * DAY_MS : i * HOUR_MS) }),
    }));
    await send(importCustomers, customers);
    await send(importCustomers, [
      { externalId: 'gone before', signedUpAt: ago(90 * DAY_MS), churnedAt: ago(30 * DAY_MS + 1) },
      { externalId: 'new', signedUpAt: ago(30 * DAY_MS) },
    ]);
    const error = { service: 'checkout', message: '500' };
    await send(importErrorEvents, [
      { ...error, externalId: 'e1', count: 50, occurredAt: ago(HOUR_MS) },
      { ...error, externalId: 'e2', count: 1, occurredAt: ago(1) },
      { ...error, externalId: 'e3', count: 9, occurredAt: ago(HOUR_MS + 1) },
    ]);
    expect(await snapshotAt(AT)).toMatchObject({
      customersAtStart: 1_000,
      customersChurned: 51,
      churnRatePct: '5.1000',
      errorCount: 51,
    });
    expect(await snapshotAt(AT, 7_200)).toMatchObject({ errorCount: 60 });
  });

  test('the median of the same weekday, without weeks that had nothing', async () => {
    const weekAgo = (weeks: number, amount: number) => payment(weeks * 7 * DAY_MS + HOUR_MS, amount);
    await send(importPayments, [
      payment(HOUR_MS, 90),
      payment(30 * HOUR_MS, 1_000),
      weekAgo(1, 100),
      weekAgo(2, 300),
      weekAgo(4, 120),
    ]);
    expect(await snapshotAt(AT)).toMatchObject({
      revenueBaseline: 'PREVIOUS_DAY',
      revenueGrowthPct: '-91.0000',
    });
    await setIssueRule(scope, { type: 'REVENUE_DROP', baseline: 'SAME_WEEKDAY_4W_MEDIAN' });
    expect(await snapshotAt(AT)).toMatchObject({
      revenueBaseline: 'SAME_WEEKDAY_4W_MEDIAN',
      baselineMinor: 120n,
      baselinePayments: 1,
      revenueGrowthPct: '-25.0000',
      previousRevenueMinor: 1_000n,
    });
  });

  test('staleness follows the newest fact of the KPI’s sources', async () => {
    await send(importPayments, [payment(2 * HOUR_MS, 100)]);
    await send(importCarts, [cart(2 * HOUR_MS + 1)]);
    const { sources } = await snapshotAt(AT);
    expect(sources.filter(({ isStale }) => isStale).map(({ kpi }) => kpi)).toEqual([
      'ACTIVE_ORDERS',
      'ABANDONED_ORDERS',
      'CONVERSION_RATE',
    ]);
    expect(sources.find(({ kpi }) => kpi === 'REVENUE')).toEqual({
      kpi: 'REVENUE',
      watermark: addMs(AT, -2 * HOUR_MS),
      isStale: false,
      ageIntervals: '2.0000',
    });
  });

  test('twice for one instant leaves one row with the newer values', async () => {
    const first = await snapshotAt(AT);
    await send(importPayments, [payment(HOUR_MS, 77)]);
    const second = await snapshotAt(AT);
    expect(second).toMatchObject({ id: first.id, revenueMinor: 77n });
    const row = await scope.db.row<{ n: bigint }>(
      'SELECT count(*) AS n FROM kpi_snapshot WHERE tenant_id = $1',
      [scope.tenantId],
    );
    expect(row?.n).toBe(1n);
    expect(await findSnapshots(scope, [second.id.toUpperCase(), 'nonsense'])).toEqual([second, null]);
  });

  test('takes at most 12 statements whatever there is', async () => {
    await send(
      importPayments,
      Array.from({ length: 500 }, (_, i) => payment(i * 6 * HOUR_MS, 100)),
    );
    const fresh = tenant.at(AT);
    await fresh.db.tx((tx) => takeSnapshot(fresh, tx, { cycleId: null, asOf: AT, intervalSec: 3600 }));
    expect(fresh.db.statements).toBeLessThanOrEqual(12);
  });

  test('another tenant sees none of it', async () => {
    const snapshot = await snapshotAt(AT);
    const other = (await testScope(db.database, { now: AT })).scope;
    expect(await findSnapshots(other, [snapshot.id])).toEqual([null]);
    expect(await latestSnapshot(other)).toBeNull();
    expect(await kpiSeries(other, { from: addMs(AT, -DAY_MS), to: addMs(AT, 1) })).toEqual([]);
  });
});

describe('readers', () => {
  test('latestSnapshot is the newest one that is not in the future', async () => {
    expect(await latestSnapshot(scope)).toBeNull();
    const first = await snapshotAt(addMs(AT, -HOUR_MS));
    await snapshotAt(addMs(AT, HOUR_MS));
    expect(await latestSnapshot(scope)).toEqual(first);
  });

  test('kpiSeries: half-open, oldest first, last of each step', async () => {
    const day = new Date('2026-11-10T00:00:00Z');
    for (let hour = 0; hour < 49; hour += 8) await snapshotAt(addMs(day, hour * HOUR_MS));
    const hours = async (every: number | null, to = 48) =>
      (await kpiSeries(scope, { from: day, to: addMs(day, to * HOUR_MS), everySec: every })).map(
        (snapshot) => (snapshot.at.getTime() - day.getTime()) / HOUR_MS,
      );
    expect(await hours(null)).toEqual([0, 8, 16, 24, 32, 40]);
    expect(await hours(86_400)).toEqual([16, 40]);
    expect(await hours(86_400, 49)).toEqual([16, 40, 48]);
    expect(await hours(3_600)).toEqual([0, 8, 16, 24, 32, 40]);
  });

  test('kpiSeries thins evenly past 2,000 points and keeps the newest', async () => {
    const first = await snapshotAt(addMs(AT, -5_000 * HOUR_MS));
    const columns = await scope.db.rows<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = 'kpi_snapshot'
       AND column_name NOT IN ('id', 'at')`,
    );
    const names = columns.map(({ name }) => name).join(', ');
    await scope.db.run(
      `INSERT INTO kpi_snapshot (id, at, ${names})
       SELECT gen_random_uuid(), at + make_interval(hours => h), ${names} FROM kpi_snapshot, generate_series(1, 4999) h
       WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    const range = { from: first.at, to: AT };
    const points = await kpiSeries(scope, range);
    expect(points.length).toBeLessThanOrEqual(2_000);
    expect(points.length).toBeGreaterThan(1_600);
    expect(points.at(-1)?.at).toEqual(addMs(AT, -HOUR_MS));
    const hours = points.map((point) => (AT.getTime() - point.at.getTime()) / HOUR_MS);
    const gaps = hours.slice(1).map((hour, i) => (hours[i] as number) - hour);
    expect(new Set(gaps.slice(1, -1))).toEqual(new Set([3]));
    expect(await kpiSeries(scope, { ...range, everySec: 60 })).toHaveLength(points.length);
    expect(await kpiSeries(scope, { ...range, everySec: 604_800 })).toHaveLength(31);
  });

  test.each([
    [AT, AT, null, 'to'],
    [AT, addMs(AT, -1), null, 'to'],
    [AT, addMs(AT, 1), 59, 'every'],
    [AT, addMs(AT, 1), 60.5, 'every'],
  ])('kpiSeries refuses %s..%s every %s', async (from, to, everySec, field) => {
    const refusal = kpiSeries(scope, { from, to, everySec });
    await expect(refusal).rejects.toThrow(ValidationError);
    await expect(refusal).rejects.toMatchObject({ field });
  });
});
