import type { Money } from '../../kernel/money.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import { baselineOf, type RevenueBaseline, type WindowRevenue } from './baseline.ts';
import { divideHalfUp, growthPct, percentOf } from './percent.ts';
import { type KpiSource, sourcesAt, type Watermarks } from './sources.ts';

/** Trailing window of the 24-hour KPIs and of churn (spec a.2). */
export const WINDOW_MS = DAY_MS;
export const CHURN_WINDOW_MS = 30 * DAY_MS;

/** Everything a snapshot is computed from. Windows are half-open and end at `at` (weeks: 7, 14, 21, 28 days earlier). */
export interface SnapshotFacts {
  readonly at: Date;
  readonly intervalSec: number;
  readonly reportingCurrency: string;
  readonly baseline: RevenueBaseline;
  /** Captured and refunded in the last 24 h, one entry per currency. */
  readonly revenue: readonly Money[];
  readonly refunds: readonly Money[];
  /** The same 24 h in the reporting currency, the 24 h before, and the four weeks of the median. */
  readonly current: WindowRevenue;
  readonly previous: WindowRevenue;
  readonly weeks: readonly WindowRevenue[];
  readonly activeOrders: number;
  readonly abandonedOrders: number;
  readonly checkouts: number;
  readonly ordersPaid: number;
  readonly customersAtStart: number;
  readonly customersChurned: number;
  readonly firstAttempts: number;
  readonly firstSuccesses: number;
  readonly errorCount: number;
  readonly watermarks: Watermarks;
}

/** The KPIs of one instant. Percentages are decimals with 4 places; null where the denominator is missing. */
export interface KpiSnapshot {
  at: Date;
  windowFrom: Date;
  windowTo: Date;
  revenue: Money[];
  refunds: Money[];
  reportingCurrency: string;
  revenueMinor: bigint;
  previousRevenueMinor: bigint;
  revenueBaseline: RevenueBaseline;
  baselineMinor: bigint | null;
  baselinePayments: number;
  revenueGrowthPct: string | null;
  activeOrders: number;
  abandonedOrders: number;
  checkouts: number;
  ordersPaid: number;
  conversionRatePct: string | null;
  customersAtStart: number;
  customersChurned: number;
  churnRatePct: string | null;
  firstAttempts: number;
  firstSuccesses: number;
  paymentSuccessRatePct: string | null;
  errorCount: number;
  avgOrderValueMinor: bigint | null;
  sources: KpiSource[];
}

/** A snapshot as stored; `id` belongs to (tenant, at) for ever. */
export interface KpiSnapshotRow extends KpiSnapshot {
  id: string;
  cycleId: string | null;
}

/** Facts to KPIs (spec a.2): refunds are never netted, two currencies never added, nothing divided by zero. */
export function computeSnapshot(facts: SnapshotFacts): KpiSnapshot {
  const base = baselineOf(facts.baseline, facts.previous, facts.weeks);
  const { revenueMinor, captures } = facts.current;
  return {
    at: facts.at,
    windowFrom: addMs(facts.at, -WINDOW_MS),
    windowTo: facts.at,
    revenue: nonZero(facts.revenue),
    refunds: nonZero(facts.refunds),
    reportingCurrency: facts.reportingCurrency,
    revenueMinor,
    previousRevenueMinor: facts.previous.revenueMinor,
    revenueBaseline: facts.baseline,
    baselineMinor: base.amountMinor,
    baselinePayments: base.payments,
    revenueGrowthPct: growthPct(revenueMinor, base.amountMinor),
    activeOrders: facts.activeOrders,
    abandonedOrders: facts.abandonedOrders,
    checkouts: facts.checkouts,
    ordersPaid: facts.ordersPaid,
    conversionRatePct: percentOf(facts.ordersPaid, facts.checkouts),
    customersAtStart: facts.customersAtStart,
    customersChurned: facts.customersChurned,
    churnRatePct: percentOf(facts.customersChurned, facts.customersAtStart),
    firstAttempts: facts.firstAttempts,
    firstSuccesses: facts.firstSuccesses,
    paymentSuccessRatePct: percentOf(facts.firstSuccesses, facts.firstAttempts),
    errorCount: facts.errorCount,
    avgOrderValueMinor: captures > 0 ? divideHalfUp(revenueMinor, BigInt(captures)) : null,
    sources: sourcesAt(facts.at, facts.watermarks, facts.intervalSec),
  };
}

/** By currency code, without empty entries, so that equal facts make equal rows. */
function nonZero(amounts: readonly Money[]): Money[] {
  return amounts
    .filter(({ amountMinor }) => amountMinor !== 0n)
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}
