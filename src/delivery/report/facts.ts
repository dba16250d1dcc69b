import type { Sql } from '../../platform/db/sql.ts';
import type { HubSlots } from './kpi.ts';

/** Amounts per currency as jsonb holds them. */
export type StoredAmounts = Record<string, string | number>;

/** How offers of one bundle were answered. */
export interface BundleCount {
  readonly bundleName: string;
  readonly offered: number;
  readonly accepted: number;
}

/** A hub as the report shows it. */
export interface NodeSlots extends HubSlots {
  readonly region: string;
  readonly isEnabled: boolean;
}

/** Counts of a window and of now, as one statement finds them. */
export interface ReportFacts {
  readonly eligibleOrders: number;
  readonly detected: number;
  readonly elite: number;
  readonly crossBorder: number;
  /** Orders of the window that became an opportunity. */
  readonly foundOrders: number;
  readonly offered: number;
  readonly accepted: number;
  readonly crossBorderEnded: number;
  readonly crossBorderDelivered: number;
  readonly queued: number;
  readonly dispatched: number;
  readonly captures: number;
  readonly revenue: StoredAmounts;
  readonly bundles: readonly BundleCount[];
  readonly nodes: readonly NodeSlots[];
}

/**
 * What does not depend on a window, and what does for `$2`, `$3`. An offer is answered within 7 days and sent soon
 * after, so 60 days of offers hold all that a window can be about, and history costs nothing.
 */
const offerFacts = (recent: (table: string) => string, inWindow: (column: string) => string): string => `
  offers AS MATERIALIZED (
    SELECT f.status, f.bundle_name, f.offered_at, f.accepted_at, f.dispatched_at, f.opportunity_id
    FROM offer f WHERE f.tenant_id = $1 ${recent('f')}
  ), sums AS (
    SELECT count(*) FILTER (WHERE ${inWindow('offered_at')})::int AS offered,
      count(*) FILTER (WHERE ${inWindow('offered_at')} AND accepted_at IS NOT NULL)::int AS accepted,
      count(*) FILTER (WHERE ${inWindow('dispatched_at')})::int AS dispatched
    FROM offers
  ), bundles AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('bundleName', bundle_name, 'offered', offered,
      'accepted', accepted) ORDER BY bundle_name), '[]') AS bundles
    FROM (SELECT bundle_name, count(*)::int AS offered, count(accepted_at)::int AS accepted
      FROM offers WHERE ${inWindow('offered_at')} GROUP BY bundle_name) b
  ), queue AS (
    SELECT count(*)::int AS queued FROM offer WHERE tenant_id = $1
      AND status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED')
  ), revenue AS (
    SELECT coalesce(sum(n), 0)::int AS captures, coalesce(jsonb_object_agg(currency, minor), '{}') AS revenue
    FROM (SELECT c.currency, count(*) AS n, sum(c.captured_minor - c.refunded_minor)::text AS minor
      FROM charge c JOIN charge_entry e ON e.tenant_id = c.tenant_id AND e.charge_id = c.id AND e.kind = 'CAPTURE'
      WHERE c.tenant_id = $1 ${recent('c')} AND ${inWindow('e.at')} GROUP BY c.currency) r
  ), nodes AS (
    SELECT coalesce(jsonb_agg(jsonb_build_object('hubId', id, 'region', region, 'isEnabled', is_enabled,
      'capacity', capacity, 'free', capacity - reserved) ORDER BY id), '[]') AS nodes
    FROM hub WHERE tenant_id = $1
  )`;

const WINDOW = `WITH ${offerFacts(
  (table) => `AND ${table}.created_at >= $2::timestamptz - interval '60 days' AND ${table}.created_at < $3`,
  (column) => `${column} >= $2 AND ${column} < $3`,
)}, abroad AS (
    SELECT count(*) FILTER (WHERE o.status <> 'DISPATCHED')::int AS "crossBorderEnded",
      count(*) FILTER (WHERE o.status = 'DELIVERED')::int AS "crossBorderDelivered"
    FROM offers o JOIN opportunity p ON p.tenant_id = $1 AND p.id = o.opportunity_id
    WHERE o.dispatched_at >= $2 AND o.dispatched_at < $3 AND p.is_cross_border
  ), found AS (
    SELECT count(*)::int AS detected, count(*) FILTER (WHERE is_elite)::int AS elite,
      count(*) FILTER (WHERE is_cross_border)::int AS "crossBorder",
      count(DISTINCT order_id) FILTER (WHERE order_placed_at >= $2 AND order_placed_at < $3)::int AS "foundOrders"
    FROM opportunity WHERE tenant_id = $1 AND detected_at >= $2 AND detected_at < $3
  ), eligible AS (
    SELECT count(*)::int AS "eligibleOrders" FROM orders
    WHERE tenant_id = $1 AND placed_at >= $2 AND placed_at < $3 AND status IN ('OPEN', 'PAID', 'FULFILLED')
      AND pickup_country IS NOT NULL AND delivery_country IS NOT NULL AND pickup_lat IS NOT NULL
      AND pickup_lon IS NOT NULL AND delivery_lat IS NOT NULL AND delivery_lon IS NOT NULL
      AND weight_grams > 0 AND NOT is_hazardous
  )
  SELECT * FROM found, eligible, sums, abroad, bundles, queue, revenue, nodes`;

const LIFETIME = `WITH ${offerFacts(
  () => '',
  (column) => `${column} IS NOT NULL`,
)}
  SELECT * FROM sums, bundles, queue, revenue, nodes`;

/** The counts of `[from, to)` and of now; one statement over the window's rows only. */
export async function windowFacts(
  sql: Sql,
  tenantId: string,
  window: { from: Date; to: Date },
): Promise<ReportFacts> {
  const row = await sql.row<ReportFacts>(WINDOW, [tenantId, window.from, window.to], 'drone_report');
  return row as ReportFacts;
}

/** The same of all time, without detection, whose lifetime counters the engine keeps; one statement. */
export async function lifetimeFacts(
  sql: Sql,
  tenantId: string,
): Promise<Pick<ReportFacts, 'queued' | 'dispatched' | 'revenue' | 'nodes' | 'bundles'>> {
  const row = await sql.row<ReportFacts>(LIFETIME, [tenantId], 'delivery_totals');
  return row as ReportFacts;
}
