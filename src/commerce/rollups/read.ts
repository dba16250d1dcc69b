import { addMs, ceilHour, DAY_MS, floorHour } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import { FACTS } from './facts-sql.ts';
import type { CurrencyTotals, CustomerTotals, DayRevenue, Watermarks, WindowTotals } from './types.ts';

/** The whole hours inside `[from, to)` and the raw edges beside them; inside one hour all of it is one edge. */
export function splitWindow(from: Date, to: Date) {
  const first = ceilHour(from);
  const last = floorHour(to);
  return first < last ? { first, last } : { first: to, last: to };
}

const WINDOW = `
  WITH edge (f, t) AS (VALUES ($2::timestamptz, $3::timestamptz), ($4::timestamptz, $5::timestamptz)),
  part AS (
    SELECT currency, revenue_minor, refunds_minor, captures, first_attempts, first_successes, checkouts,
      orders_paid, customers_gained, customers_churned, errors
    FROM kpi_hour WHERE tenant_id = $1 AND hour >= $3 AND hour < $4
    UNION ALL ${FACTS}
  )
  SELECT currency, sum(revenue_minor)::int8 AS "revenueMinor", sum(refunds_minor)::int8 AS "refundsMinor",
    sum(captures)::int AS captures, sum(first_attempts)::int AS "firstAttempts",
    sum(first_successes)::int AS "firstSuccesses", sum(checkouts)::int AS checkouts,
    sum(orders_paid)::int AS "ordersPaid", sum(customers_gained)::int AS "customersGained",
    sum(customers_churned)::int AS "customersChurned", sum(errors)::int AS errors
  FROM part GROUP BY currency ORDER BY currency`;

type WindowRow = CurrencyTotals & Omit<WindowTotals, 'currencies'>;

const NO_COUNTERS = {
  firstAttempts: 0,
  firstSuccesses: 0,
  checkouts: 0,
  ordersPaid: 0,
  customersGained: 0,
  customersChurned: 0,
  errors: 0,
};

/** Everything in `[from, to)`, exact to the millisecond: whole hours from rollups, edges from raw facts. One statement. */
export async function sumWindow(sql: Sql, tenantId: string, from: Date, to: Date): Promise<WindowTotals> {
  const { first, last } = splitWindow(from, to);
  const rows = await sql.rows<WindowRow>(WINDOW, [tenantId, from, first, last, to], 'rollup_window');
  const { revenueMinor, refundsMinor, captures, currency, ...counters } = rows.find(
    (row) => row.currency === 'XXX',
  ) ?? { ...NO_COUNTERS, revenueMinor: 0n, refundsMinor: 0n, captures: 0, currency: 'XXX' };
  const currencies = rows
    .filter((row) => row.currency !== 'XXX' && (row.captures || row.revenueMinor || row.refundsMinor))
    .map((row) => ({
      currency: row.currency,
      revenueMinor: row.revenueMinor,
      refundsMinor: row.refundsMinor,
      captures: row.captures,
    }));
  return { currencies, ...counters };
}

const OPEN = `
  WITH edge (f, t) AS (VALUES ($2::timestamptz, $3::timestamptz), ($4::timestamptz, $5::timestamptz))
  SELECT (
    coalesce((SELECT sum(open_checkouts) FROM kpi_hour
      WHERE tenant_id = $1 AND hour >= $3 AND hour < $4 AND currency = 'XXX'), 0)
    + (SELECT count(*) FROM edge, LATERAL (SELECT FROM cart WHERE tenant_id = $1 AND status = 'OPEN'
        AND last_activity_at >= f AND last_activity_at < t
        AND value_minor > 0 AND (customer_id IS NOT NULL OR email IS NOT NULL) OFFSET 0) c)
    + (SELECT count(*) FROM edge, LATERAL (SELECT FROM orders WHERE tenant_id = $1 AND status = 'OPEN'
        AND cart_id IS NULL AND placed_at >= f AND placed_at < t AND total_minor > 0 AND customer_id IS NOT NULL
        OFFSET 0) o)
  )::int AS n`;

/**
 * Unpaid, contactable checkouts with a value whose last activity lies in `[from, to)`: active ones with
 * `(now − 60 min, now)`, abandoned ones with `(now − 30 d, now − 60 min)` (spec a.2). They are counted as they
 * stand now: a checkout that was paid since is no longer open, whatever `to` is.
 */
export async function openCheckoutsBetween(
  sql: Sql,
  tenantId: string,
  from: Date,
  to: Date,
): Promise<number> {
  const { first, last } = splitWindow(from, to);
  const row = await sql.row<{ n: number }>(OPEN, [tenantId, from, first, last, to], 'rollup_open_checkouts');
  return row?.n ?? 0;
}

/*
 * Totals of all time minus what came at or after `at`: the cost follows the stretch from `at` to the newest
 * fact, not the length of the history.
 */
const CUSTOMERS = `
  WITH edge (f, t) AS (VALUES ($2::timestamptz, $3::timestamptz)),
  since AS (
    SELECT customers_gained AS g, customers_churned AS c FROM kpi_hour
      WHERE tenant_id = $1 AND hour >= $3 AND currency = 'XXX'
    UNION ALL SELECT 1, 0 FROM edge, LATERAL (SELECT FROM customer
      WHERE tenant_id = $1 AND signed_up_at >= f AND signed_up_at < t OFFSET 0) gained
    UNION ALL SELECT 0, 1 FROM edge, LATERAL (SELECT FROM customer
      WHERE tenant_id = $1 AND churned_at >= f AND churned_at < t OFFSET 0) churned
  )
  SELECT s.customers_gained - coalesce((SELECT sum(g) FROM since), 0)::int AS gained,
    s.customers_churned - coalesce((SELECT sum(c) FROM since), 0)::int AS churned
  FROM import_state s WHERE s.tenant_id = $1`;

/** Customers at the instant `at`: the denominator of the churn rate is `active` at the window's start (spec a.2). */
export async function customerTotals(sql: Sql, tenantId: string, at: Date): Promise<CustomerTotals> {
  const row = await sql.row<{ gained: number; churned: number }>(
    CUSTOMERS,
    [tenantId, at, ceilHour(at)],
    'rollup_customers',
  );
  const { gained, churned } = row ?? { gained: 0, churned: 0 };
  return { gained, churned, active: gained - churned };
}

/* One lateral aggregate per window and part, for the reason that facts-sql.ts gives: an index range each time. */
const DAILY = `
  WITH w (n, f, h1, h2, t) AS (
    SELECT * FROM unnest($3::int[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
  )
  SELECT n, sum(r)::int8 AS "revenueMinor", sum(c)::int AS captures FROM w, LATERAL (
    SELECT sum(revenue_minor) AS r, sum(captures) AS c FROM kpi_hour
      WHERE tenant_id = $1 AND currency = $2 AND hour >= h1 AND hour < h2
    UNION ALL SELECT sum(amount_minor), count(*) FROM payment
      WHERE tenant_id = $1 AND currency = $2 AND captured_at >= f AND captured_at < h1
    UNION ALL SELECT sum(amount_minor), count(*) FROM payment
      WHERE tenant_id = $1 AND currency = $2 AND captured_at >= h2 AND captured_at < t
  ) AS part GROUP BY n`;

/**
 * Revenue of the 24-hour windows that end `daysBack` days before `to`, in the order asked: [0, 1] is today and
 * the day before, [7, 14, 21, 28] the same weekday of four weeks. One statement.
 */
export async function dailyRevenue(
  sql: Sql,
  tenantId: string,
  currency: string,
  to: Date,
  daysBack: readonly number[],
): Promise<DayRevenue[]> {
  const windows = daysBack.map((days) => {
    const end = addMs(to, -days * DAY_MS);
    const from = addMs(end, -DAY_MS);
    return { days, from, to: end, ...splitWindow(from, end) };
  });
  const rows = await sql.rows<{ n: number; revenueMinor: bigint; captures: number }>(
    DAILY,
    [
      tenantId,
      currency,
      windows.map((w) => w.days),
      windows.map((w) => w.from),
      windows.map((w) => w.first),
      windows.map((w) => w.last),
      windows.map((w) => w.to),
    ],
    'rollup_daily',
  );
  return windows.map(({ days, from, to: end }) => {
    const found = rows.find((row) => row.n === days);
    return {
      daysBack: days,
      from,
      to: end,
      revenueMinor: found?.revenueMinor ?? 0n,
      captures: found?.captures ?? 0,
    };
  });
}

/** How far each source's facts are known. One statement, one row. */
export async function watermarks(sql: Sql, tenantId: string): Promise<Watermarks> {
  const row = await sql.row<Watermarks>(
    `SELECT last_customer_at AS customers, last_order_at AS orders, last_cart_at AS carts,
       last_payment_at AS payments, last_error_at AS errors FROM import_state WHERE tenant_id = $1`,
    [tenantId],
    'rollup_watermarks',
  );
  return row ?? { customers: null, orders: null, carts: null, payments: null, errors: null };
}
