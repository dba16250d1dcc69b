import { expect } from 'vitest';
import { recomputeHours, watermarks } from '../../src/commerce/rollups/index.ts';
import type { Scope } from '../../src/platform/scope.ts';

const ROLLUP = `SELECT hour, currency, revenue_minor AS "revenueMinor", refunds_minor AS "refundsMinor", captures,
    first_attempts AS "firstAttempts", first_successes AS "firstSuccesses", checkouts,
    orders_paid AS "ordersPaid", open_checkouts AS "openCheckouts", customers_gained AS "customersGained",
    customers_churned AS "customersChurned", errors
  FROM kpi_hour WHERE tenant_id = $1 ORDER BY hour, currency`;

const isEmpty = (row: object): boolean =>
  Object.entries(row).every(([key, value]) => key === 'hour' || key === 'currency' || !value);

/** kpi_hour equals what the raw tables say, hour by hour, and the totals of import_state equal both. */
export async function expectExactRollups(scope: Scope): Promise<void> {
  const stored = await scope.db.rows<object>(ROLLUP, [scope.tenantId]);
  const computed = await recomputeHours(scope.db, scope.tenantId);
  expect(stored.filter((row) => !isEmpty(row))).toEqual(computed.filter((row) => !isEmpty(row)));
  const totals = await scope.db.row(
    `SELECT s.customers_gained = (SELECT count(*) FROM customer WHERE tenant_id = $1) AS gained,
       s.customers_churned = (SELECT count(churned_at) FROM customer WHERE tenant_id = $1) AS churned
     FROM import_state s WHERE tenant_id = $1`,
    [scope.tenantId],
  );
  expect(totals).toEqual({ gained: true, churned: true });
  expect(await watermarks(scope.db, scope.tenantId)).toBeTruthy();
}
