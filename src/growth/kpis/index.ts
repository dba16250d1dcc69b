export { REVENUE_BASELINES, type RevenueBaseline } from './baseline.ts';
export { getSnapshot, kpiSeries, latestSnapshot, MAX_POINTS, type SeriesRequest } from './read.ts';
export type { KpiSnapshot, KpiSnapshotRow } from './snapshot.ts';
export { KPIS, type Kpi, type KpiSource, STALE_INTERVALS } from './sources.ts';
export { type SnapshotRequest, takeSnapshot } from './take-snapshot.ts';
