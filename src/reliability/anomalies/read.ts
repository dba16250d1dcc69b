import { ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import { type Connection, newestFirst, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import type { FindingKind } from './incident.ts';
import { REFUSALS, readLabels } from './samples.ts';
import type { Labels, Series, Severity } from './series.ts';
import { SERIES_COLUMNS } from './store.ts';

export interface SeriesFilter {
  readonly metric?: string | null | undefined;
  /** Series that have these labels, whatever others. */
  readonly labels?: unknown;
  readonly isSilent?: boolean | null | undefined;
  readonly isAlerting?: boolean | null | undefined;
}

/** Series by metric name, then id. One statement with keyset paging. Throws ValidationError for labels that are none. */
export async function listSeries(
  scope: Scope,
  args: PageArgs,
  filter: SeriesFilter = {},
): Promise<Connection<Series>> {
  const page = pageOf(args, 2);
  const [metric = null, id = null] = page.cursor ?? [];
  if (id !== null && !isUuid(id))
    throw new ValidationError('after', 'This cursor was not made by this list.');
  const labels = readLabels(filter.labels);
  if (!labels) throw new ValidationError('filter.labels', REFUSALS.INVALID_LABELS);
  const [edge, way] = page.isForward ? ['>', 'ASC'] : ['<', 'DESC'];
  const rows = await scope.db.rows<Series>(
    `SELECT ${SERIES_COLUMNS} FROM metric_series s WHERE s.tenant_id = $1
       AND ($3::text IS NULL OR s.metric = $3) AND s.labels @> $4::jsonb
       AND ($5::bool IS NULL OR s.is_silent = $5) AND ($6::bool IS NULL OR (s.alert_since IS NOT NULL) = $6)
       AND ($7::text IS NULL OR (s.metric, s.id) ${edge} ($7, $8::uuid))
     ORDER BY s.metric ${way}, s.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.metric ?? null, JSON.stringify(labels)],
      ...[filter.isSilent ?? null, filter.isAlerting ?? null, metric, id],
    ],
    `series_${way}`,
  );
  return toConnection(rows, page, (series) => [series.metric, series.id]);
}

/** Series by id, in the order asked; null where there is none. */
export async function seriesByIds(scope: Scope, ids: readonly string[]): Promise<(Series | null)[]> {
  const rows = await scope.db.rows<Series>(
    `SELECT ${SERIES_COLUMNS} FROM metric_series s WHERE s.tenant_id = $1 AND s.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'series_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** A finding as it is kept for 90 days. */
export interface Anomaly {
  readonly id: string;
  readonly seriesId: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly at: Date;
  readonly kind: FindingKind;
  readonly severity: Severity;
  readonly value: number | null;
  readonly score: number;
  readonly expected: number | null;
  readonly reason: string;
}

export interface AnomalyFilter {
  readonly seriesId?: string | null | undefined;
  readonly metric?: string | null | undefined;
  readonly kind?: readonly FindingKind[] | null | undefined;
  /** `[from, to)` */
  readonly from?: Date | null | undefined;
  readonly to?: Date | null | undefined;
}

const ANOMALY = `SELECT a.id, a.series_id AS "seriesId", s.metric, s.labels, a.at, a.kind, a.severity, a.value, a.score,
    a.expected, a.reason
  FROM anomaly a JOIN metric_series s ON s.tenant_id = a.tenant_id AND s.id = a.series_id
  WHERE a.tenant_id = $1`;

/** Anomalies, newest first. One statement with keyset paging. */
export async function listAnomalies(
  scope: Scope,
  args: PageArgs,
  filter: AnomalyFilter = {},
): Promise<Connection<Anomaly>> {
  const page = newestFirst(args);
  const { at, id, edge, way } = page;
  const rows = await scope.db.rows<Anomaly>(
    `${ANOMALY} AND ($3::uuid IS NULL OR a.series_id = $3) AND ($4::text IS NULL OR s.metric = $4)
       AND ($5::text[] IS NULL OR a.kind = ANY($5))
       AND ($6::timestamptz IS NULL OR a.at >= $6) AND ($7::timestamptz IS NULL OR a.at < $7)
       AND ($8::timestamptz IS NULL OR (a.at, a.id) ${edge} ($8, $9::uuid))
     ORDER BY a.at ${way}, a.id ${way} LIMIT $2`,
    [
      ...[scope.tenantId, page.size + 1, filter.seriesId ?? null, filter.metric ?? null],
      ...[filter.kind ?? null, filter.from ?? null, filter.to ?? null, at, id],
    ],
    `anomalies_${way}`,
  );
  return toConnection(rows, page, (anomaly) => [anomaly.at, anomaly.id]);
}

/** Anomalies by id, in the order asked; null where there is none. */
export async function anomaliesByIds(scope: Scope, ids: readonly string[]): Promise<(Anomaly | null)[]> {
  const rows = await scope.db.rows<Anomaly>(
    `${ANOMALY} AND a.id = ANY($2::uuid[])`,
    [scope.tenantId, ids.filter(isUuid)],
    'anomalies_by_id',
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}
