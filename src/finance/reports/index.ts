export type { SummaryFacts } from './facts.ts';
export { listReports, previewSummary, type Report, sendOpsSummary } from './ops-summary.ts';
export { pruneReports } from './prune.ts';
