import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { CostCategory } from './fact.ts';

/** What was spent on a UTC day. */
export interface DailyCost {
  readonly category: CostCategory;
  readonly currency: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly amountMinor: bigint;
}

/** Spending by category, currency and UTC day in [from, to). O(costs of the span) by (tenant, occurred_at). */
export function dailyCosts(sql: Sql, scope: Scope, from: Date, to: Date): Promise<DailyCost[]> {
  return sql.rows<DailyCost>(
    `SELECT category, currency, (occurred_at AT TIME ZONE 'UTC')::date::text AS day,
       sum(amount_minor)::bigint AS "amountMinor"
     FROM cost_entry WHERE tenant_id = $1 AND occurred_at >= $2 AND occurred_at < $3
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [scope.tenantId, from, to],
    'daily_costs',
  );
}

/** A sum in one currency. */
export interface CostTotal {
  readonly category: CostCategory;
  readonly currency: string;
  readonly amountMinor: bigint;
}

/** Spending by category and currency in [from, to). O(costs of the span) by (tenant, occurred_at). */
export function costTotals(sql: Sql, scope: Scope, from: Date, to: Date): Promise<CostTotal[]> {
  return sql.rows<CostTotal>(
    `SELECT category, currency, sum(amount_minor)::bigint AS "amountMinor"
     FROM cost_entry WHERE tenant_id = $1 AND occurred_at >= $2 AND occurred_at < $3 GROUP BY 1, 2 ORDER BY 1, 2`,
    [scope.tenantId, from, to],
    'cost_totals',
  );
}

/** Captured less refunded money in [from, to), by currency. A refund counts when it was made. */
export function revenueTotals(
  sql: Sql,
  scope: Scope,
  from: Date,
  to: Date,
): Promise<{ currency: string; amountMinor: bigint }[]> {
  return sql.rows(
    `SELECT currency, sum(amount)::bigint AS "amountMinor" FROM (
       SELECT currency, amount_minor AS amount FROM payment
       WHERE tenant_id = $1 AND captured_at >= $2 AND captured_at < $3
       UNION ALL
       SELECT currency, -refunded_minor FROM payment WHERE tenant_id = $1 AND refunded_at >= $2 AND refunded_at < $3
     ) AS movement GROUP BY currency ORDER BY currency`,
    [scope.tenantId, from, to],
    'revenue_totals',
  );
}

/** Unpaid conversions by currency. */
export function unpaidConversions(
  sql: Sql,
  scope: Scope,
): Promise<{ currency: string; amountMinor: bigint }[]> {
  return sql.rows(
    `SELECT currency, sum(amount_minor)::bigint AS "amountMinor" FROM partner_conversion
     WHERE tenant_id = $1 AND paid_at IS NULL GROUP BY currency ORDER BY currency`,
    [scope.tenantId],
    'unpaid_conversions',
  );
}

/** Which kinds of facts the tenant has ever sent: what was never sent is not zero. */
export async function hasFacts(
  sql: Sql,
  { tenantId }: Scope,
): Promise<{ ai: boolean; infrastructure: boolean; payments: boolean }> {
  const booked = (category: CostCategory) =>
    `EXISTS (SELECT FROM cost_entry WHERE tenant_id = $1 AND category = '${category}')`;
  const row = await sql.row<{ ai: boolean; infrastructure: boolean; payments: boolean }>(
    `SELECT ${booked('AI')} AS ai, ${booked('INFRASTRUCTURE')} AS infrastructure,
       EXISTS (SELECT FROM payment WHERE tenant_id = $1) AS payments`,
    [tenantId],
    'has_facts',
  );
  return row ?? { ai: false, infrastructure: false, payments: false };
}
