import { describe, expect, test } from 'vitest';
import { money } from '../../kernel/money.ts';
import { addMs, HOUR_MS } from '../../kernel/time.ts';
import { baselineOf, type WindowRevenue } from './baseline.ts';
import { divideHalfUp, growthPct, percentOf } from './percent.ts';
import { computeSnapshot, type SnapshotFacts } from './snapshot.ts';
import { sourcesAt } from './sources.ts';

const AT = new Date('2026-11-20T10:00:00Z');
const NEVER = { customers: null, orders: null, carts: null, payments: null, errors: null };
const week = (revenueMinor: bigint, captures = 10): WindowRevenue => ({ revenueMinor, captures });

function facts(change: Partial<SnapshotFacts> = {}): SnapshotFacts {
  return {
    at: AT,
    intervalSec: 3600,
    reportingCurrency: 'INR',
    baseline: 'PREVIOUS_DAY',
    revenue: [],
    refunds: [],
    current: week(0n, 0),
    previous: week(0n, 0),
    weeks: [],
    activeOrders: 0,
    abandonedOrders: 0,
    checkouts: 0,
    ordersPaid: 0,
    customersAtStart: 0,
    customersChurned: 0,
    firstAttempts: 0,
    firstSuccesses: 0,
    errorCount: 0,
    watermarks: NEVER,
    ...change,
  };
}

describe('percent', () => {
  test.each([
    [179, 200, '89.5000'],
    [180, 200, '90.0000'],
    [51, 1000, '5.1000'],
    [5, 100, '5.0000'],
    [1, 3, '33.3333'],
    [2, 3, '66.6667'],
    [0, 7, '0.0000'],
    [-1, 3, '-33.3333'],
    [3, 0, null],
    [3, -1, null],
  ])('%d of %d is %s', (num, den, pct) => expect(percentOf(num, den)).toBe(pct));

  test.each([
    [84_999n, 100_000n, '-15.0010'],
    [85_000n, 100_000n, '-15.0000'],
    [8_499_990n, 10_000_000n, '-15.0001'],
    // Half a ten-thousandth goes away from zero; less than that is the threshold itself.
    [84_999_950n, 100_000_000n, '-15.0001'],
    [84_999_951n, 100_000_000n, '-15.0000'],
    [0n, 1n, '-100.0000'],
    [9_223_372_036_854_775_807n, 1n, '9999999999999999.9999'],
    [1n, 0n, null],
    [1n, null, null],
  ])('from %s against %s is %s', (current, base, pct) => expect(growthPct(current, base)).toBe(pct));

  test.each([
    [5n, 2n, 3n],
    [-5n, 2n, -3n],
    [4n, 3n, 1n],
    [0n, 3n, 0n],
  ])('%s / %s is %s', (num, den, quotient) => expect(divideHalfUp(num, den)).toBe(quotient));
});

describe('baseline', () => {
  const previous = week(777n, 7);
  test('PREVIOUS_DAY is the window before, whatever the weeks say', () => {
    expect(baselineOf('PREVIOUS_DAY', previous, [week(1n)])).toEqual({ amountMinor: 777n, payments: 7 });
  });
  test.each<[string, WindowRevenue[], bigint | null, number]>([
    ['four weeks', [week(100n, 1), week(400n, 4), week(200n, 2), week(300n, 3)], 250n, 2],
    ['an odd half cent', [week(100n, 9), week(101n, 9)], 101n, 9],
    ['three weeks, one empty', [week(100n), week(0n, 0), week(900n), week(300n)], 300n, 10],
    ['one week', [week(0n, 0), week(0n, 0), week(0n, 0), week(55n, 3)], 55n, 3],
    ['none', [week(0n, 0), week(0n, 0)], null, 0],
  ])('SAME_WEEKDAY_4W_MEDIAN of %s', (_, weeks, amountMinor, payments) =>
    expect(baselineOf('SAME_WEEKDAY_4W_MEDIAN', previous, weeks)).toEqual({ amountMinor, payments }),
  );
});

describe('snapshot', () => {
  test('a tenant that never delivered anything has nulls and zeros and nothing stale', () => {
    const snapshot = computeSnapshot(facts());
    expect(snapshot).toMatchObject({
      revenue: [],
      revenueMinor: 0n,
      revenueGrowthPct: null,
      conversionRatePct: null,
      churnRatePct: null,
      paymentSuccessRatePct: null,
      avgOrderValueMinor: null,
      errorCount: 0,
    });
    expect(snapshot.sources.filter((source) => source.isStale || source.watermark)).toEqual([]);
  });

  test('window, currencies and averages', () => {
    const snapshot = computeSnapshot(
      facts({
        revenue: [money(600n, 'USD'), money(5_000_000n, 'INR'), money(0n, 'EUR')],
        refunds: [money(100n, 'INR')],
        current: week(5_000_000n, 3),
        previous: week(4_000_000n, 3),
        checkouts: 8,
        ordersPaid: 1,
      }),
    );
    expect(snapshot.windowFrom.toISOString()).toBe('2026-11-19T10:00:00.000Z');
    expect(snapshot.windowTo).toBe(AT);
    expect(snapshot.revenue).toEqual([money(5_000_000n, 'INR'), money(600n, 'USD')]);
    expect(snapshot.refunds).toEqual([money(100n, 'INR')]);
    expect(snapshot.revenueGrowthPct).toBe('25.0000');
    expect(snapshot.avgOrderValueMinor).toBe(1_666_667n);
    expect(snapshot.conversionRatePct).toBe('12.5000');
  });

  test('the other baseline', () => {
    const snapshot = computeSnapshot(
      facts({
        baseline: 'SAME_WEEKDAY_4W_MEDIAN',
        current: week(85n),
        previous: week(1_000n),
        weeks: [week(100n)],
      }),
    );
    expect(snapshot).toMatchObject({
      baselineMinor: 100n,
      previousRevenueMinor: 1_000n,
      revenueGrowthPct: '-15.0000',
      revenueBaseline: 'SAME_WEEKDAY_4W_MEDIAN',
    });
  });
});

describe('staleness', () => {
  const at = (ageMs: number) => ({ ...NEVER, payments: addMs(AT, -ageMs) });
  test.each([
    [0, false, '0.0000'],
    [-5_000, false, '0.0000'],
    [2 * HOUR_MS, false, '2.0000'],
    [2 * HOUR_MS + 1, true, '2.0001'],
    [5 * HOUR_MS, true, '5.0000'],
  ])('payments %d ms old: stale %s, %s intervals', (ageMs, isStale, ageIntervals) => {
    const source = sourcesAt(AT, at(ageMs), 3600).find(({ kpi }) => kpi === 'PAYMENT_SUCCESS_RATE');
    expect(source).toEqual({
      kpi: 'PAYMENT_SUCCESS_RATE',
      watermark: addMs(AT, -ageMs),
      isStale,
      ageIntervals,
    });
  });
  test('two intervals of a day are two days', () => {
    expect(sourcesAt(AT, at(47 * HOUR_MS), 86_400).some((source) => source.isStale)).toBe(false);
  });
  test('errors and sign-ups are rare by nature: any delivery keeps them fresh', () => {
    const watermarks = { ...NEVER, errors: addMs(AT, -90 * HOUR_MS), payments: AT, carts: addMs(AT, -9e7) };
    const stale = sourcesAt(AT, watermarks, 3600).filter((source) => source.isStale);
    expect(stale.map(({ kpi }) => kpi)).toEqual(['ACTIVE_ORDERS', 'ABANDONED_ORDERS', 'CONVERSION_RATE']);
  });
});
