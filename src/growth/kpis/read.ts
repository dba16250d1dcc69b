import { ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { RevenueBaseline } from './baseline.ts';
import { fromStored, SELECT_LIST, type StoredSnapshot } from './columns.ts';
import type { KpiSnapshotRow } from './snapshot.ts';

/** A chart never gets more points than this. */
export const MAX_POINTS = 2_000;

/** A stretch of history `[from, to)`; `everySec` asks for at most one point per that many seconds. */
export interface SeriesRequest {
  from: Date;
  to: Date;
  everySec?: number | null | undefined;
}

/** The revenue baseline the tenant chose for REVENUE_DROP; the seed's day over day without a choice. */
export async function tenantBaseline(sql: Sql, tenantId: string): Promise<RevenueBaseline> {
  const row = await sql.row<{ baseline: RevenueBaseline | null }>(
    `SELECT baseline FROM issue_rule WHERE tenant_id = $1 AND type = 'REVENUE_DROP'`,
    [tenantId],
    'kpi_baseline',
  );
  return row?.baseline ?? 'PREVIOUS_DAY';
}

/** The newest snapshot that is not after `scope.now`; null before the first cycle. */
export async function latestSnapshot(scope: Scope, sql: Sql = scope.db): Promise<KpiSnapshotRow | null> {
  const row = await sql.row<StoredSnapshot>(
    `SELECT ${SELECT_LIST} FROM kpi_snapshot WHERE tenant_id = $1 AND at <= $2 ORDER BY at DESC LIMIT 1`,
    [scope.tenantId, scope.now],
    'kpi_latest',
  );
  return row ? fromStored(row) : null;
}

/** Snapshots by id in the order asked; null where this tenant has none. One statement for any number. */
export async function findSnapshots(
  scope: Scope,
  ids: readonly string[],
): Promise<(KpiSnapshotRow | null)[]> {
  const rows = await scope.db.rows<StoredSnapshot>(
    `SELECT ${SELECT_LIST} FROM kpi_snapshot WHERE tenant_id = $1 AND id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'kpis_by_id',
  );
  const found = new Map(rows.map((row) => [row.id, fromStored(row)]));
  return ids.map((id) => found.get(id.toLowerCase()) ?? null);
}

const EXTENT = `SELECT min(at) AS first, max(at) AS last, count(*)::int AS n
  FROM kpi_snapshot WHERE tenant_id = $1 AND at >= $2 AND at < $3`;

// The last snapshot of each bucket; buckets are counted from Monday 2001-01-01, so that days and weeks are UTC's.
const SERIES = `
  SELECT DISTINCT ON (date_bin(make_interval(secs => $4), at, '2001-01-01T00:00Z')) ${SELECT_LIST}
  FROM kpi_snapshot WHERE tenant_id = $1 AND at >= $2 AND at < $3
  ORDER BY date_bin(make_interval(secs => $4), at, '2001-01-01T00:00Z'), at DESC`;

const ALL = `SELECT ${SELECT_LIST} FROM kpi_snapshot
  WHERE tenant_id = $1 AND at >= $2 AND at < $3 ORDER BY at`;

/**
 * Snapshots of `[from, to)` for a chart, oldest first, at most 2,000: when the buckets asked for would be more,
 * they are widened evenly over the stretch that has data. Throws ValidationError when `to` is not after `from`.
 */
export async function kpiSeries(scope: Scope, request: SeriesRequest): Promise<KpiSnapshotRow[]> {
  const { from, to, everySec } = request;
  if (to <= from) throw new ValidationError('to', 'The end of the stretch must be after its start.');
  if (everySec != null && !(Number.isInteger(everySec) && everySec >= 60)) {
    throw new ValidationError('every', 'Points are at least 60 whole seconds apart.');
  }
  const range = [scope.tenantId, from, to];
  const extent = await scope.db.row<Extent>(EXTENT, range, 'kpi_extent');
  const widthSec = bucketWidth(extent, everySec ?? 0);
  const rows = widthSec
    ? await scope.db.rows<StoredSnapshot>(SERIES, [...range, widthSec], 'kpi_series')
    : await scope.db.rows<StoredSnapshot>(ALL, range, 'kpi_all');
  return rows.slice(-MAX_POINTS).map(fromStored);
}

interface Extent {
  first: Date | null;
  last: Date | null;
  n: number;
}

/** Seconds per bucket; 0 when every snapshot fits as it is. */
function bucketWidth(extent: Extent | undefined, everySec: number): number {
  if (!extent?.first || !extent.last || extent.n <= 1) return 0;
  if (!everySec && extent.n <= MAX_POINTS) return 0;
  const spanSec = (extent.last.getTime() - extent.first.getTime()) / 1000;
  // One bucket less than the limit: buckets start on round instants, so a stretch touches one more of them.
  const widest = Math.max(everySec, spanSec / (MAX_POINTS - 1));
  // Whole hours (or minutes, or seconds), so that snapshots of a steady cycle stay the same distance apart.
  const grain = widest > 3_600 ? 3_600 : widest > 60 ? 60 : 1;
  return Math.ceil(widest / grain) * grain;
}
