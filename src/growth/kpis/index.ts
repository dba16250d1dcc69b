export {
  type BaselineValue,
  baselineOf,
  REVENUE_BASELINES,
  type RevenueBaseline,
  type WindowRevenue,
} from './baseline.ts';
export { growthPct, percentOf } from './percent.ts';
export { findSnapshots, kpiSeries, latestSnapshot, MAX_POINTS, type SeriesRequest } from './read.ts';
export { computeSnapshot, type KpiSnapshot, type KpiSnapshotRow, type SnapshotFacts } from './snapshot.ts';
export { KPIS, type Kpi, type KpiSource, STALE_INTERVALS, sourcesAt, type Watermarks } from './sources.ts';
export { type SnapshotRequest, takeSnapshot } from './take-snapshot.ts';
