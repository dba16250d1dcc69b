export {
  type ComponentHealth,
  HEALTH_STATUSES,
  type HealthReport,
  type HealthStatus,
} from './component.ts';
export {
  checkHealth,
  configureHealth,
  healthCheck,
  healthTrends,
  MAX_TREND_REPORTS,
  pruneHealth,
  TREND_REPORTS,
} from './health.ts';
export type { ComponentTrend, HealthIncident, HealthTrends } from './trends.ts';
