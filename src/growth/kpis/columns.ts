import { type Money, money } from '../../kernel/money.ts';
import type { KpiSnapshotRow } from './snapshot.ts';
import type { Kpi } from './sources.ts';

/** Column of kpi_snapshot → field; jsonb columns are the three at the end. */
const FIELDS = {
  id: 'id',
  at: 'at',
  cycle_id: 'cycleId',
  window_from: 'windowFrom',
  window_to: 'windowTo',
  reporting_currency: 'reportingCurrency',
  revenue_minor: 'revenueMinor',
  previous_revenue_minor: 'previousRevenueMinor',
  revenue_baseline: 'revenueBaseline',
  baseline_minor: 'baselineMinor',
  baseline_payments: 'baselinePayments',
  revenue_growth_pct: 'revenueGrowthPct',
  active_orders: 'activeOrders',
  abandoned_orders: 'abandonedOrders',
  checkouts: 'checkouts',
  orders_paid: 'ordersPaid',
  conversion_rate_pct: 'conversionRatePct',
  customers_at_start: 'customersAtStart',
  customers_churned: 'customersChurned',
  churn_rate_pct: 'churnRatePct',
  first_attempts: 'firstAttempts',
  first_successes: 'firstSuccesses',
  payment_success_rate_pct: 'paymentSuccessRatePct',
  error_count: 'errorCount',
  avg_order_value_minor: 'avgOrderValueMinor',
  revenue: 'revenue',
  refunds: 'refunds',
  sources: 'sources',
} as const satisfies Record<string, keyof KpiSnapshotRow>;

export const COLUMNS = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** Select list that yields a StoredSnapshot. */
export const SELECT_LIST = COLUMNS.map((column) => `${column} AS "${FIELDS[column]}"`).join(', ');

interface StoredMoney {
  currency: string;
  amountMinor: string;
}

/** A row as Postgres returns it: amounts inside jsonb are strings, because JSON numbers lose digits above 2^53. */
export type StoredSnapshot = Omit<KpiSnapshotRow, 'revenue' | 'refunds' | 'sources'> & {
  revenue: StoredMoney[];
  refunds: StoredMoney[];
  sources: { kpi: Kpi; watermark: string | null; isStale: boolean; ageIntervals: string | null }[];
};

/** The values of COLUMNS, in order. */
export function toValues(row: KpiSnapshotRow): unknown[] {
  return COLUMNS.map((column) => {
    const value = row[FIELDS[column]];
    return Array.isArray(value) ? JSON.stringify(value, bigintAsText) : value;
  });
}

/** A stored row with real amounts and instants. */
export function fromStored(row: StoredSnapshot): KpiSnapshotRow {
  const sources = row.sources.map((source) => ({
    ...source,
    watermark: source.watermark === null ? null : new Date(source.watermark),
  }));
  return { ...row, revenue: amounts(row.revenue), refunds: amounts(row.refunds), sources };
}

const amounts = (stored: StoredMoney[]): Money[] =>
  stored.map(({ amountMinor, currency }) => money(BigInt(amountMinor), currency));

const bigintAsText = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value;
