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

export type EventType = keyof EventPayloads;

/** A fact about to be appended. */
export type NewEvent = { [T in EventType]: { type: T; payload: EventPayloads[T] } }[EventType];

/** A fact in the log. `seq` is gapless per tenant and in commit order. */
export type LoggedEvent = NewEvent & { seq: bigint; at: Date };
