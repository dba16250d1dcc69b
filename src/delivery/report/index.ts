export type { BundleCount, NodeSlots } from './facts.ts';
export { ALERT_STATES, type AlertState, type DroneKpi, type DroneKpiKey, KPI_KEYS } from './kpi.ts';
export {
  type BundleConversion,
  type DeliveryTotals,
  type DroneReport,
  deliveryTotals,
  droneReport,
} from './report.ts';
