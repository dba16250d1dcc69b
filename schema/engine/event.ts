import type { EventPayloads, EventType, LoggedEvent } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';

const DESCRIPTIONS: Record<EventType, string> = {
  CYCLE_STARTED: 'A cycle began, or was resumed after its instance died (attempt ≥ 2).',
  PHASE_STARTED: 'A phase of a cycle began.',
  PHASE_COMPLETED: 'A phase ended: COMPLETED, SKIPPED or FAILED.',
  CYCLE_COMPLETED: 'A cycle ended.',
  ISSUE_OPENED: 'A rule found something wrong.',
  ISSUE_ACKNOWLEDGED: 'A person took an issue.',
  ISSUE_RESOLVED: 'An issue ended, by two clean cycles or by a person.',
  OPPORTUNITY_DETECTED: 'A rare package was found.',
  ACTION_PROPOSED: 'An upsell offer was created.',
  ACTION_EXPIRED: 'An upsell offer ran out of time.',
  ACTION_CANCELLED:
    'An upsell offer was withdrawn, or its payment or dispatch failed before it was captured.',
  ACTION_ACCEPTED: 'A customer accepted an offer: capacity is held, payment is being authorised.',
  ACTION_DECLINED: 'A customer declined an offer.',
  ACTION_EXECUTED: 'An accepted and paid offer was dispatched.',
  ACTION_COMPLETED: 'A dispatched offer ended: DELIVERED or REFUNDED.',
  PAYMENT_CHANGED: 'A payment was authorised, declined, captured, voided or refunded.',
  DELIVERY_CHANGED: 'A delivery went a step further, or started or stopped being suspect.',
  DRONE_CHANGED: 'A drone changed its state.',
  FLEET_ALERT: 'Something about a drone or a delivery needs a person.',
  CAPACITY_ALERT: 'Less than 20 % of a hub’s slots, or of all, are free; or again more than that.',
  OUTCOME_RECORDED: 'It became known how an action ended.',
  STRATEGY_CHANGED: 'Learning changed a threshold or a price, proposed to, or a person reverted it.',
  EXPERIMENT_CHANGED: 'A price experiment was started, reweighted, guarded, stopped or completed.',
  SETTINGS_CHANGED: 'The engine settings were changed.',
  FLAG_CHANGED: 'A flag was made, changed, overridden, killed or deleted, or a change of it was asked for.',
  STABILISE_CHANGED: 'Automatic changes were frozen, or may happen again.',
  ANOMALY_DETECTED: 'A metric did something unusual, shifted its level or fell silent.',
  ALERT_CHANGED: 'An alert fired, changed, was acknowledged, escalated, suppressed or resolved.',
  NOTIFICATION_ENDED: 'A message to a channel was sent, failed, or was not sent for a reason.',
  INCIDENT_CHANGED: 'An incident was opened, seen again, taken, mitigated, noted on or resolved.',
  SLO_CHANGED: 'An objective is breached or burns its budget too fast, or no longer.',
  SCALING_DECIDED: 'The autoscaler decided something else than before.',
  HEALTH_CHANGED: 'The overall health became another.',
  KEY_CHANGED: 'A registered key was rotated, delivered, claimed, retired, revoked, or is due.',
  SCHEDULE_CHANGED: 'A scheduled job was paused or resumed.',
  PRICE_CHANGED: 'A price was proposed, approved, applied, superseded, rejected, or could not be applied.',
  REPORT_MADE: 'A report was made.',
  HUB_CHANGED: 'A routing hub was added, changed, enabled or disabled.',
  ENGINE_STARTED: 'The clock may start cycles.',
  ENGINE_STOPPED: 'The clock may not start cycles.',
};

export const EventTypeEnum = builder.enumType('EngineEventType', {
  description: 'Every kind of event.',
  values: Object.fromEntries(
    Object.entries(DESCRIPTIONS).map(([type, description]) => [type, { description }]),
  ) as Record<EventType, { description: string }>,
});

/** `CYCLE_STARTED` → `CycleStartedEvent`. */
const typeName = (type: EventType): string =>
  `${type.toLowerCase().replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase())}Event`;

export const EngineEventInterface = builder.interfaceRef<LoggedEvent>('EngineEvent').implement({
  description:
    'A fact in the tenant’s log. seq is gapless and in commit order: resume with after: <last seq you saw>.',
  resolveType: (event) => typeName(event.type),
  fields: (t) => ({
    seq: t.field({ type: 'Seq', description: 'Position in the log.', resolve: (event) => event.seq }),
    at: t.field({
      type: 'DateTime',
      description: 'When it was committed, by the database’s clock.',
      resolve: (event) => event.at,
    }),
    type: t.field({ type: EventTypeEnum, description: 'Kind of event.', resolve: (event) => event.type }),
  }),
});

export type Of<T extends EventType> = { seq: bigint; at: Date; type: T; payload: EventPayloads[T] };

/** One object type per kind, whose fields read the payload. */
export function eventType<T extends EventType>(type: T) {
  return builder.objectRef<Of<T>>(typeName(type));
}

/** What the types of all kinds share. */
export const shared = (type: EventType) => ({
  description: DESCRIPTIONS[type],
  interfaces: [EngineEventInterface] as never[],
});
/** An instant of a payload. */
export const instant = (text: string) => new Date(text);
/** An amount of a payload. */
export const money = (m: { amountMinor: string; currency: string }) => ({
  amountMinor: BigInt(m.amountMinor),
  currency: m.currency,
});
