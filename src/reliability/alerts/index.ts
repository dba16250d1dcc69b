export { acknowledgeAlerts, resolveAlert } from './acknowledge.ts';
export type { Alert, AlertStatus, Suppression } from './alert.ts';
export { type AlertingHealth, alertingHealth } from './failures.ts';
export type { Matcher, Operator } from './match.ts';
export { pruneAlerts } from './prune.ts';
export {
  type AlertFilter,
  type AlertNotification,
  alertsById,
  listAlerts,
  listRoutes,
  listSilences,
  notificationsOf,
} from './read.ts';
export type { EscalationStep, Route } from './route.ts';
export { deleteRoute, type RouteChange, reorderRoutes, upsertRoute } from './routes.ts';
export { type ChannelResult, previewRouting, type Routing } from './routing.ts';
export { type AlertRequest, type SentAlert, sendAlert } from './send-alert.ts';
export type { Silence } from './silence.ts';
export { createSilence, endSilence, type NewSilence } from './silences.ts';
export { rewatchAlerts, type TickResult, tickAlerts } from './tick.ts';
