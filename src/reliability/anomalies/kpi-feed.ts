import { type KpiSnapshotRow, kpiSeries, latestSnapshot } from '../../growth/kpis/index.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { TenantCache } from '../../platform/cache/tenant-cache.ts';
import type { Scope } from '../../platform/scope.ts';
import type { SampleInput } from './batch.ts';
import { ingestMetrics } from './ingest.ts';
import { KEPT_DAYS, type Labels, seriesId, seriesKey } from './series.ts';

/** What the engine was not seen doing for longer than the newest of these is not made up for. */
const MOST_SNAPSHOTS = 1_000;

/** The KPIs of a snapshot by series: amounts are minor units of the reporting currency, shares are percent. */
function kpisOf(snapshot: KpiSnapshotRow): [metric: string, labels: Labels, value: unknown][] {
  const currency = { currency: snapshot.reportingCurrency };
  const { avgOrderValueMinor } = snapshot;
  return [
    ['kpi.revenue', currency, Number(snapshot.revenueMinor)],
    ['kpi.avg_order_value', currency, avgOrderValueMinor === null ? null : Number(avgOrderValueMinor)],
    ['kpi.active_orders', {}, snapshot.activeOrders],
    ['kpi.abandoned_orders', {}, snapshot.abandonedOrders],
    ['kpi.orders_paid', {}, snapshot.ordersPaid],
    ['kpi.conversion_pct', {}, snapshot.conversionRatePct],
    ['kpi.churn_pct', {}, snapshot.churnRatePct],
    ['kpi.payment_success_pct', {}, snapshot.paymentSuccessRatePct],
    ['kpi.errors', {}, snapshot.errorCount],
  ];
}

/** The samples of these snapshots; a share whose denominator was missing is no sample. */
const samplesOf = (snapshots: readonly KpiSnapshotRow[]): SampleInput[] =>
  snapshots.flatMap((snapshot) =>
    kpisOf(snapshot)
      .filter(([, , value]) => value !== null)
      .map(([metric, labels, value]) => ({ metric, labels, at: snapshot.at, value })),
  );

/**
 * Watches the shop itself: the KPI snapshots since the last feeding become samples, each instant once whoever feeds it.
 * One statement when there is nothing new; a cycle pays nothing. Answers how many samples were taken.
 */
export async function feedKpis(scope: Scope): Promise<number> {
  const newest = await latestSnapshot(scope);
  if (!newest) return 0;
  const known = fedBy(scope);
  const at = newest.at.getTime();
  const oldest = scope.now.getTime() - KEPT_DAYS * DAY_MS;
  if (at < oldest || known.get(scope.tenantId) === at) return 0;
  const last = await lastFed(scope, newest.reportingCurrency);
  const isFed = last !== null && at <= last;
  const accepted = isFed ? 0 : await feed(scope, new Date(Math.max((last ?? 0) + 1, oldest)), newest.at);
  known.set(scope.tenantId, at);
  return accepted;
}

async function feed(scope: Scope, from: Date, newest: Date): Promise<number> {
  const snapshots = await kpiSeries(scope, { from, to: addMs(newest, 1) });
  const { accepted, refused } = await ingestMetrics(scope, {
    samples: samplesOf(snapshots.slice(-MOST_SNAPSHOTS)),
    // Two instances may have seen the same snapshots at once.
    idempotencyKey: `kpi-feed ${from.toISOString()} ${newest.toISOString()}`,
  });
  if (refused.length > 0) {
    // Nobody else hears of it: a tenant whose labels explode has no place left for its own KPIs.
    scope.log.warn({ refused: refused.length, reason: refused[0]?.reason }, 'KPIs are not watched');
  }
  return accepted;
}

/** The newest snapshot fed per tenant, as far as this process knows. */
const fed = new WeakMap<TenantCache, Map<string, number>>();

function fedBy(scope: Scope): Map<string, number> {
  const known = fed.get(scope.cache) ?? new Map<string, number>();
  fed.set(scope.cache, known);
  return known;
}

async function lastFed(scope: Scope, currency: string): Promise<number | null> {
  const id = seriesId(scope.tenantId, seriesKey({ metric: 'kpi.revenue', labels: { currency } }));
  const row = await scope.db.row<{ at: Date | null }>(
    'SELECT last_at AS at FROM metric_series WHERE tenant_id = $1 AND id = $2',
    [scope.tenantId, id],
  );
  return row?.at?.getTime() ?? null;
}
