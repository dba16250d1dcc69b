/*
 * What events carry, where several kinds carry the same. Payloads are JSON: instants are ISO texts, amounts are
 * {amountMinor: text, currency}.
 */

export interface MoneyPayload {
  amountMinor: string;
  currency: string;
}

export interface IssuePayload {
  issueId: string;
  type: string;
  dimension: string;
  severity: string;
  confidence: string;
  status: string;
  value: string;
  threshold: string;
  occurrences: number;
  isFlapping: boolean;
  message: string;
}

export interface OfferPayload {
  offerId: string;
  opportunityId: string;
  actionType: string;
  bundleName: string;
  bundlePrice: MoneyPayload;
  status: string;
  expiresAt: string;
  reason: string | null;
}

export interface PaymentPayload {
  chargeId: string;
  offerId: string;
  provider: string;
  status: string;
  amount: MoneyPayload;
  captured: MoneyPayload;
  refunded: MoneyPayload;
  reason: string | null;
}

export interface DeliveryPayload {
  deliveryId: string;
  offerId: string;
  opportunityId: string;
  status: string;
  previousStatus: string | null;
  priority: string;
  destinationRegion: string;
  routePath: string[];
  legIndex: number;
  legKind: string | null;
  droneId: string | null;
  attempts: number;
  isSuspect: boolean;
  etaMin: number;
  reason: string | null;
}

export interface DronePayload {
  droneId: string;
  state: string;
  previousState: string | null;
  soc: number;
  lat: number;
  lon: number;
  deliveryId: string | null;
  reason: string | null;
}

export interface FleetAlertPayload {
  /** LINK_LOST BATTERY_CRITICAL FLEET_UNAVAILABLE NO_FEASIBLE_DRONE DELIVERY_FAILED */
  kind: string;
  droneId: string | null;
  deliveryId: string | null;
  message: string;
}

export interface FlagPayload {
  key: string;
  /** CREATED CHANGED DELETED OVERRIDDEN OVERRIDE_REMOVED KILLED REVIVED REQUESTED REJECTED SCHEDULED CANCELLED */
  change: string;
  /** True when the installation's flag changed: everybody's value may be another now. */
  isInstallations: boolean;
  version: number;
  /** What this tenant gets now, when no context is given. */
  value: unknown;
  by: string;
  reason: string | null;
}

export interface AnomalyPayload {
  anomalyId: string;
  seriesId: string;
  metric: string;
  labels: Record<string, string>;
  /** ANOMALY LEVEL_SHIFT SILENCE */
  kind: string;
  severity: string;
  at: string;
  value: number | null;
  score: number;
  expected: number | null;
  reason: string;
}

export interface AlertPayload {
  alertId: string;
  level: string;
  type: string;
  component: string;
  title: string | null;
  message: string;
  labels: Record<string, string>;
  /** FIRING RESOLVED */
  status: string;
  /** FIRED CHANGED ACKNOWLEDGED ESCALATED SUPPRESSED RESOLVED */
  change: string;
  count: string;
  suppression: string | null;
  incidentId: string | null;
}
