import { NotFoundError, ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Baseline, Detector, DetectorKind } from './detect/index.ts';
import { revived } from './detectors.ts';
import { hasEffect } from './incident.ts';
import { knownDetectors } from './known.ts';
import { relearned } from './relearn.ts';
import { isMetric, REFUSALS, readLabels, readValue } from './samples.ts';
import { nameOf, type Series, type Severity, seriesId, seriesKey } from './series.ts';
import { SERIES_COLUMNS, storedOf } from './store.ts';
import { methodOf } from './words.ts';

export interface ScoreRequest {
  readonly metric: string;
  readonly labels?: unknown;
  readonly value: unknown;
  /** Default now. */
  readonly at?: Date | null | undefined;
  /** Default the series' own; another one learns from the newest kept samples for this answer alone. */
  readonly detector?: DetectorKind | null | undefined;
}

/** What would be said of a value; `{ready: false, reason: "model_not_trained"}` while too little is known. */
export interface Score {
  readonly series: Series;
  readonly ready: boolean;
  readonly reason: string;
  readonly score: number | null;
  readonly anomaly: boolean | null;
  readonly zScore: number | null;
  readonly robustZ: number | null;
  readonly method: string | null;
  readonly severity: Severity | null;
  readonly expected: number | null;
  /** What it was compared with. */
  readonly baseline: Baseline | null;
}

/**
 * Scores a value against its series and changes nothing (spec j.6; the document's GET did). Throws NotFoundError for a
 * series that has never been sent, ValidationError for a value that is no finite number. Two statements at most.
 */
export async function scoreMetric(scope: Scope, request: ScoreRequest): Promise<Score> {
  if (!isMetric(request.metric)) throw new ValidationError('metric', REFUSALS.INVALID_METRIC);
  const labels = readLabels(request.labels);
  if (!labels) throw new ValidationError('labels', REFUSALS.INVALID_LABELS);
  const value = readValue(request.value);
  if (Number.isNaN(value)) throw new ValidationError('value', REFUSALS.INVALID_VALUE);
  const series = await seriesNamed(scope, { metric: request.metric, labels });
  const detector = await detectorFor(scope, series, request.detector ?? series.detector);
  const found = detector.score((request.at ?? scope.now).getTime(), value);
  if (!found.isReady) {
    return {
      ...{ series, ready: false, reason: found.reason, score: null, anomaly: null, zScore: null },
      ...{ robustZ: null, method: null, severity: null, expected: null, baseline: null },
    };
  }
  const isSmall = found.isAnomaly && !hasEffect(series, found.expected, value);
  return {
    ...{ series, ready: true, reason: isSmall ? 'NORMAL' : found.reason, score: found.score },
    ...{ anomaly: found.isAnomaly && !isSmall, zScore: found.z, robustZ: found.robustZ },
    ...{ method: methodOf(detector.kind), severity: isSmall ? null : found.severity },
    expected: found.expected,
    baseline: found.baseline,
  };
}

async function seriesNamed(scope: Scope, name: Pick<Series, 'metric' | 'labels'>): Promise<Series> {
  const series = await scope.db.row<Series>(
    `SELECT ${SERIES_COLUMNS} FROM metric_series s WHERE s.tenant_id = $1 AND s.id = $2`,
    [scope.tenantId, seriesId(scope.tenantId, seriesKey(name))],
    'series_named',
  );
  if (!series) throw new NotFoundError('metric series', nameOf(name));
  return series;
}

async function detectorFor(scope: Scope, series: Series, kind: DetectorKind): Promise<Detector> {
  if (kind !== series.detector) return relearned(scope.db, scope.tenantId, series.id, kind);
  const known = knownDetectors(scope).peek(scope.tenantId, series);
  if (known) return known;
  const stored = (await storedOf(scope.db, scope.tenantId, [series.id])).get(series.id);
  return revived(scope, series, stored ?? { state: null, tail: new Uint8Array() });
}
