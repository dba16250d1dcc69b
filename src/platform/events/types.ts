import type {
  AlertPayload,
  AnomalyPayload,
  DeliveryPayload,
  DronePayload,
  FlagPayload,
  FleetAlertPayload,
  IssuePayload,
  MoneyPayload,
  OfferPayload,
  PaymentPayload,
} from './payloads.ts';

/**
 * Every kind of fact that the tenant's event log carries, with the whole fact as payload (no re-read per
 * subscriber). Payloads are JSON: instants are ISO strings, money is {amountMinor: string, currency}.
 */
export interface EventPayloads {
  CYCLE_STARTED: { cycleId: string; asOf: string; trigger: string; attempt: number };
  PHASE_STARTED: { cycleId: string; phase: string; attempt: number };
  PHASE_COMPLETED: {
    cycleId: string;
    phase: string;
    status: string;
    durationMs: number;
    result: Record<string, unknown> | null;
    error: string | null;
  };
  CYCLE_COMPLETED: {
    cycleId: string;
    asOf: string;
    status: string;
    durationMs: number;
    report: Record<string, unknown>;
  };
  ISSUE_OPENED: IssuePayload;
  ISSUE_ACKNOWLEDGED: IssuePayload;
  ISSUE_RESOLVED: IssuePayload;
  OPPORTUNITY_DETECTED: {
    opportunityId: string;
    orderId: string;
    score: number;
    tier: string;
    isElite: boolean;
    isCrossBorder: boolean;
    destinationRegion: string | null;
    value: MoneyPayload;
    itemNames: string[];
  };
  ACTION_PROPOSED: OfferPayload;
  ACTION_EXPIRED: OfferPayload;
  ACTION_CANCELLED: OfferPayload;
  ACTION_ACCEPTED: OfferPayload;
  ACTION_DECLINED: OfferPayload;
  ACTION_EXECUTED: OfferPayload;
  ACTION_COMPLETED: OfferPayload;
  PAYMENT_CHANGED: PaymentPayload;
  DELIVERY_CHANGED: DeliveryPayload;
  DRONE_CHANGED: DronePayload;
  FLEET_ALERT: FleetAlertPayload;
  CAPACITY_ALERT: {
    hubId: string | null;
    free: number;
    capacity: number;
    freePct: number;
    isRaised: boolean;
  };
  OUTCOME_RECORDED: {
    actionId: string;
    kind: string;
    patternKey: string;
    isConverted: boolean;
    realized: MoneyPayload;
    score: number;
    status: string;
  };
  STRATEGY_CHANGED: {
    changeId: string;
    actionType: string;
    kind: string;
    status: string;
    before: Record<string, unknown>;
    after: Record<string, unknown>;
    decisionId: string;
  };
  EXPERIMENT_CHANGED: {
    experimentId: string;
    status: string;
    weightsVersion: number;
    weights: Record<string, number>;
    pausedArms: string[];
    message: string | null;
  };
  SETTINGS_CHANGED: { by: string; changed: string[] };
  FLAG_CHANGED: FlagPayload;
  STABILISE_CHANGED: { isOn: boolean; by: string; reason: string | null };
  ANOMALY_DETECTED: AnomalyPayload;
  ALERT_CHANGED: AlertPayload;
  NOTIFICATION_ENDED: {
    notificationId: string;
    alertIds: string[];
    channelId: string | null;
    channelKind: string | null;
    purpose: string;
    status: string;
    reason: string | null;
    attempts: number;
  };
  INCIDENT_CHANGED: {
    incidentId: string;
    title: string;
    severity: string;
    status: string;
    previousStatus: string | null;
    component: string;
    by: string;
    message: string;
  };
  SLO_CHANGED: {
    objectiveId: string;
    name: string;
    status: string;
    burnAlert: string;
    message: string;
  };
  SCALING_DECIDED: {
    action: string;
    before: number;
    after: number;
    reason: string;
    status: string;
    decisionId: string;
  };
  HEALTH_CHANGED: { status: string; previousStatus: string | null; unhealthy: string[]; degraded: string[] };
  KEY_CHANGED: {
    registrationId: string;
    name: string;
    /** REGISTERED STARTED ROTATED DELIVERED CLAIMED UPDATED RETIRED REVOKED FAILED DUE */
    change: string;
    securityLevel: string;
    nextRotationAt: string;
    reason: string | null;
  };
  SCHEDULE_CHANGED: { job: string; isPaused: boolean; by: string };
  PRICE_CHANGED: {
    priceId: string;
    subject: string;
    amount: MoneyPayload;
    status: string;
    previousStatus: string | null;
    decisionId: string;
    reason: string | null;
  };
  REPORT_MADE: { reportId: string; kind: string; reportKey: string; title: string };
  HUB_CHANGED: { hubId: string; region: string; isEnabled: boolean; capacity: number; change: string };
  ENGINE_STARTED: { by: string };
  ENGINE_STOPPED: { by: string };
}

export type EventType = keyof EventPayloads;

/** What every stream hands over: its place in the stream, and when it was. */
export interface Numbered {
  readonly seq: bigint;
  readonly at: Date;
}

/** A fact about to be appended. */
export type NewEvent = { [T in EventType]: { type: T; payload: EventPayloads[T] } }[EventType];

/** A fact in the log. `seq` is gapless per tenant and in commit order. */
export type LoggedEvent = NewEvent & { seq: bigint; at: Date };
