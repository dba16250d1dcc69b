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
  SETTINGS_CHANGED: { by: string; changed: string[]; stabiliseMode: boolean };
  HUB_CHANGED: { hubId: string; region: string; isEnabled: boolean; capacity: number; change: string };
  ENGINE_STARTED: { by: string };
  ENGINE_STOPPED: { by: string };
}

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
