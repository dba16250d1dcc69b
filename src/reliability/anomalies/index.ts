export { deleteMetricSeries, type SeriesPatch, updateMetricSeries } from './administer.ts';
export type { ColumnInput, IngestInput, Refusal, SampleInput } from './batch.ts';
export {
  type Baseline,
  blankDetection,
  createDetector,
  type Detection,
  type DetectorKind,
  restoreDetector,
  type WeekStats,
} from './detect/index.ts';
export {
  MAX_POINTS,
  type Point,
  pointsOf,
  type Stats,
  type Stretch,
  statsOf,
  type Training,
} from './figures.ts';
export { CALM_MS, CALM_SAMPLES, type FindingKind } from './incident.ts';
export { type Ingested, ingestMetrics } from './ingest.ts';
export { feedKpis } from './kpi-feed.ts';
export { pruneMetrics } from './prune.ts';
export {
  type Anomaly,
  type AnomalyFilter,
  anomaliesByIds,
  listAnomalies,
  listSeries,
  type SeriesFilter,
  seriesByIds,
} from './read.ts';
export { type Retrained, retrainSeries } from './retrain.ts';
export { REFUSALS, type RefusalReason } from './samples.ts';
export { type Score, type ScoreRequest, scoreMetric } from './score.ts';
export { MAX_SAMPLES, MAX_SERIES, nameOf, type Series, type Severity } from './series.ts';
