/** Every KPI of a snapshot, as named in issues, sources and the API. */
export const KPIS = [
  'REVENUE',
  'REVENUE_GROWTH',
  'ACTIVE_ORDERS',
  'ABANDONED_ORDERS',
  'CONVERSION_RATE',
  'CHURN_RATE',
  'PAYMENT_SUCCESS_RATE',
  'ERROR_COUNT',
  'AVG_ORDER_VALUE',
] as const;
export type Kpi = (typeof KPIS)[number];

/** Newest fact of each source, by the source's clock; null when it never delivered anything. */
export interface Watermarks {
  readonly customers: Date | null;
  readonly orders: Date | null;
  readonly carts: Date | null;
  readonly payments: Date | null;
  readonly errors: Date | null;
}

/** How fresh a KPI's facts are. `ageIntervals` counts engine intervals, 4 places; null without a watermark. */
export interface KpiSource {
  readonly kpi: Kpi;
  readonly watermark: Date | null;
  readonly isStale: boolean;
  readonly ageIntervals: string | null;
}

/** Facts older than this many engine intervals are stale (spec a.2). */
export const STALE_INTERVALS = 2;

/*
 * A KPI is as fresh as the newest of its sources. Sign-ups, churn and errors are rare by nature and their silence is
 * good news, so for them any delivery at all proves that the tenant's pipe is alive.
 */
const ANY = ['customers', 'orders', 'carts', 'payments', 'errors'] as const;
const SOURCES_OF: Record<Kpi, readonly (keyof Watermarks)[]> = {
  REVENUE: ['payments'],
  REVENUE_GROWTH: ['payments'],
  ACTIVE_ORDERS: ['carts', 'orders'],
  ABANDONED_ORDERS: ['carts', 'orders'],
  CONVERSION_RATE: ['carts', 'orders'],
  CHURN_RATE: ANY,
  PAYMENT_SUCCESS_RATE: ['payments'],
  ERROR_COUNT: ANY,
  AVG_ORDER_VALUE: ['payments'],
};

/**
 * Freshness of every KPI at an instant. A source that never delivered has no watermark and is not stale: there
 * is nothing that stopped; its KPI is null or 0 by its own definition.
 */
export function sourcesAt(at: Date, watermarks: Watermarks, intervalSec: number): KpiSource[] {
  return KPIS.map((kpi) => {
    const known = SOURCES_OF[kpi].map((source) => watermarks[source]?.getTime() ?? Number.NEGATIVE_INFINITY);
    const newest = Math.max(...known);
    if (newest === Number.NEGATIVE_INFINITY) {
      return { kpi, watermark: null, isStale: false, ageIntervals: null };
    }
    const ageMs = Math.max(0, at.getTime() - newest);
    const isStale = ageMs > STALE_INTERVALS * intervalSec * 1000;
    return { kpi, watermark: new Date(newest), isStale, ageIntervals: age(ageMs, intervalSec, isStale) };
  });
}

/** Four places; rounded up when stale, so that a hair past the limit never reads as the limit itself. */
function age(ageMs: number, intervalSec: number, isStale: boolean): string {
  const tenThousandths = (ageMs * 10) / intervalSec;
  return ((isStale ? Math.ceil(tenThousandths) : Math.floor(tenThousandths)) / 10_000).toFixed(4);
}
