import {
  customerTotals,
  dailyRevenue,
  openCheckoutsBetween,
  sumWindow,
  watermarks,
} from '../../commerce/rollups/index.ts';
import { money } from '../../kernel/money.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { RevenueBaseline } from './baseline.ts';
import { CHURN_WINDOW_MS, type SnapshotFacts, WINDOW_MS } from './snapshot.ts';

/** Today, the day before, and the same weekday of four weeks, by the day each window ends before `at`. */
const WINDOWS = [0, 1, 7, 14, 21, 28];
const NOTHING = { revenueMinor: 0n, captures: 0 };

/**
 * Everything a snapshot at `at` is made of, through the doors of commerce: eight statements whose cost follows
 * the windows, not the history.
 */
export async function readFacts(
  scope: Scope,
  sql: Sql,
  at: Date,
  intervalSec: number,
  baseline: RevenueBaseline,
): Promise<SnapshotFacts> {
  const { tenantId, tenant } = scope;
  const day = await sumWindow(sql, tenantId, addMs(at, -WINDOW_MS), at);
  const interval = await sumWindow(sql, tenantId, addMs(at, -intervalSec * 1000), at);
  const [current, previous, ...weeks] = await dailyRevenue(
    sql,
    tenantId,
    tenant.reportingCurrency,
    at,
    WINDOWS,
  );
  // An activity exactly 60 minutes ago is abandoned; instants have milliseconds, so the border is one later.
  const idle = addMs(at, 1 - HOUR_MS);
  const activeOrders = await openCheckoutsBetween(sql, tenantId, idle, at);
  const abandonedOrders = await openCheckoutsBetween(sql, tenantId, addMs(at, -30 * DAY_MS), idle);
  const start = await customerTotals(sql, tenantId, addMs(at, -CHURN_WINDOW_MS));
  const end = await customerTotals(sql, tenantId, at);
  return {
    at,
    intervalSec,
    reportingCurrency: tenant.reportingCurrency,
    baseline,
    revenue: day.currencies.map((total) => money(total.revenueMinor, total.currency)),
    refunds: day.currencies.map((total) => money(total.refundsMinor, total.currency)),
    current: current ?? NOTHING,
    previous: previous ?? NOTHING,
    weeks,
    activeOrders,
    abandonedOrders,
    checkouts: day.checkouts,
    ordersPaid: day.ordersPaid,
    customersAtStart: start.active,
    customersChurned: end.churned - start.churned,
    firstAttempts: day.firstAttempts,
    firstSuccesses: day.firstSuccesses,
    errorCount: interval.errors,
    watermarks: await watermarks(sql, tenantId),
  };
}
