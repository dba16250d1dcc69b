import {
  type EventPayloads,
  type EventType,
  type LoggedEvent,
  streamEvents,
} from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';

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
  ACTION_CANCELLED: 'An upsell offer was withdrawn.',
  HUB_CHANGED: 'A routing hub was added, changed, enabled or disabled.',
  ENGINE_STARTED: 'The clock may start cycles.',
  ENGINE_STOPPED: 'The clock may not start cycles.',
};

const EventTypeEnum = builder.enumType('EngineEventType', {
  description: 'Every kind of event.',
  values: Object.fromEntries(
    Object.entries(DESCRIPTIONS).map(([type, description]) => [type, { description }]),
  ) as Record<EventType, { description: string }>,
});

/** `CYCLE_STARTED` → `CycleStartedEvent`. */
const typeName = (type: EventType): string =>
  `${type.toLowerCase().replace(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase())}Event`;

const EngineEventInterface = builder.interfaceRef<LoggedEvent>('EngineEvent').implement({
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

type Of<T extends EventType> = { seq: bigint; at: Date; type: T; payload: EventPayloads[T] };

/** One object type per kind, whose fields read the payload. */
function eventType<T extends EventType>(type: T) {
  return builder.objectRef<Of<T>>(typeName(type));
}

const shared = (type: EventType) => ({
  description: DESCRIPTIONS[type],
  interfaces: [EngineEventInterface] as never[],
});
const instant = (text: string) => new Date(text);
const money = (m: { amountMinor: string; currency: string }) => ({
  amountMinor: BigInt(m.amountMinor),
  currency: m.currency,
});

eventType('CYCLE_STARTED').implement({
  ...shared('CYCLE_STARTED'),
  fields: (t) => ({
    cycleId: t.id({ description: 'Plain id of the cycle.', resolve: (e) => e.payload.cycleId }),
    asOf: t.field({
      type: 'DateTime',
      description: 'Instant it reasons about.',
      resolve: (e) => instant(e.payload.asOf),
    }),
    trigger: t.string({ description: 'SCHEDULE, MANUAL or REPLAY.', resolve: (e) => e.payload.trigger }),
    attempt: t.int({ description: '1, or more when resumed.', resolve: (e) => e.payload.attempt }),
  }),
});

eventType('PHASE_STARTED').implement({
  ...shared('PHASE_STARTED'),
  fields: (t) => ({
    cycleId: t.id({ description: 'Plain id of the cycle.', resolve: (e) => e.payload.cycleId }),
    phase: t.string({ description: 'Name of the phase.', resolve: (e) => e.payload.phase }),
    attempt: t.int({ description: 'How often it was begun.', resolve: (e) => e.payload.attempt }),
  }),
});

eventType('PHASE_COMPLETED').implement({
  ...shared('PHASE_COMPLETED'),
  fields: (t) => ({
    cycleId: t.id({ description: 'Plain id of the cycle.', resolve: (e) => e.payload.cycleId }),
    phase: t.string({ description: 'Name of the phase.', resolve: (e) => e.payload.phase }),
    status: t.string({ description: 'COMPLETED, SKIPPED or FAILED.', resolve: (e) => e.payload.status }),
    durationMs: t.int({ description: 'Milliseconds.', resolve: (e) => e.payload.durationMs }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Its counters; a flat object.',
      resolve: (e) => e.payload.result,
    }),
    error: t.string({ nullable: true, description: 'Why it failed.', resolve: (e) => e.payload.error }),
  }),
});

eventType('CYCLE_COMPLETED').implement({
  ...shared('CYCLE_COMPLETED'),
  fields: (t) => ({
    cycleId: t.id({ description: 'Plain id of the cycle.', resolve: (e) => e.payload.cycleId }),
    asOf: t.field({
      type: 'DateTime',
      description: 'Instant it reasoned about.',
      resolve: (e) => instant(e.payload.asOf),
    }),
    status: t.string({
      description: 'COMPLETED, COMPLETED_WITH_ERRORS or FAILED.',
      resolve: (e) => e.payload.status,
    }),
    durationMs: t.int({ description: 'Milliseconds.', resolve: (e) => e.payload.durationMs }),
    report: t.field({
      type: 'JSON',
      description: 'Summary; a flat object.',
      resolve: (e) => e.payload.report,
    }),
  }),
});

for (const type of ['ISSUE_OPENED', 'ISSUE_ACKNOWLEDGED', 'ISSUE_RESOLVED'] as const) {
  eventType(type).implement({
    ...shared(type),
    fields: (t) => ({
      issueId: t.id({ description: 'Plain id of the issue.', resolve: (e) => e.payload.issueId }),
      issueType: t.string({
        description: 'Rule that found it, e.g. REVENUE_DROP.',
        resolve: (e) => e.payload.type,
      }),
      severity: t.string({
        description: 'CRITICAL, HIGH, MEDIUM or LOW.',
        resolve: (e) => e.payload.severity,
      }),
      confidence: t.string({
        description: 'HIGH, or LOW on little data.',
        resolve: (e) => e.payload.confidence,
      }),
      measured: t.string({ description: 'Measured value, a decimal.', resolve: (e) => e.payload.value }),
      threshold: t.string({
        description: 'Limit it crossed, a decimal.',
        resolve: (e) => e.payload.threshold,
      }),
      isFlapping: t.boolean({
        description: 'Reopened within 24 h: do not notify again.',
        resolve: (e) => e.payload.isFlapping,
      }),
      message: t.string({ description: 'For people.', resolve: (e) => e.payload.message }),
    }),
  });
}

eventType('OPPORTUNITY_DETECTED').implement({
  ...shared('OPPORTUNITY_DETECTED'),
  fields: (t) => ({
    opportunityId: t.id({ description: 'Plain id ("opp_…").', resolve: (e) => e.payload.opportunityId }),
    orderId: t.id({ description: 'Plain id of the order.', resolve: (e) => e.payload.orderId }),
    score: t.float({ description: 'Rarity, 0–100.', resolve: (e) => e.payload.score }),
    tier: t.string({ description: 'FREE, BASIC, PRO, ENTERPRISE or ELITE.', resolve: (e) => e.payload.tier }),
    isElite: t.boolean({ description: 'Eligible for the upsell.', resolve: (e) => e.payload.isElite }),
    isCrossBorder: t.boolean({
      description: 'Pickup and delivery countries differ.',
      resolve: (e) => e.payload.isCrossBorder,
    }),
    destinationRegion: t.string({
      nullable: true,
      description: 'Hub region that would deliver; null when unserved.',
      resolve: (e) => e.payload.destinationRegion,
    }),
    value: t.field({
      type: MoneyType,
      description: 'Value of the package.',
      resolve: (e) => money(e.payload.value),
    }),
    itemNames: t.stringList({ description: 'What is in it.', resolve: (e) => e.payload.itemNames }),
  }),
});

for (const type of ['ACTION_PROPOSED', 'ACTION_EXPIRED', 'ACTION_CANCELLED'] as const) {
  eventType(type).implement({
    ...shared(type),
    fields: (t) => ({
      offerId: t.id({ description: 'Plain id of the offer.', resolve: (e) => e.payload.offerId }),
      opportunityId: t.id({
        description: 'Plain id of its opportunity.',
        resolve: (e) => e.payload.opportunityId,
      }),
      bundleName: t.string({ description: 'What is offered.', resolve: (e) => e.payload.bundleName }),
      bundlePrice: t.field({
        type: MoneyType,
        description: 'Its price.',
        resolve: (e) => money(e.payload.bundlePrice),
      }),
      status: t.string({
        description: 'PENDING, OFFERED, EXPIRED or CANCELLED.',
        resolve: (e) => e.payload.status,
      }),
      expiresAt: t.field({
        type: 'DateTime',
        description: 'When it runs out.',
        resolve: (e) => instant(e.payload.expiresAt),
      }),
      reason: t.string({ nullable: true, description: 'Why it ended.', resolve: (e) => e.payload.reason }),
    }),
  });
}

eventType('HUB_CHANGED').implement({
  ...shared('HUB_CHANGED'),
  fields: (t) => ({
    hubId: t.id({ description: 'Plain id of the hub.', resolve: (e) => e.payload.hubId }),
    region: t.string({ description: 'Its region.', resolve: (e) => e.payload.region }),
    isEnabled: t.boolean({ description: 'Whether routes may use it.', resolve: (e) => e.payload.isEnabled }),
    capacity: t.int({ description: 'Slots in flight it can hold.', resolve: (e) => e.payload.capacity }),
    change: t.string({ description: 'What happened.', resolve: (e) => e.payload.change }),
  }),
});

for (const type of ['ENGINE_STARTED', 'ENGINE_STOPPED'] as const) {
  eventType(type).implement({
    ...shared(type),
    fields: (t) => ({ by: t.string({ description: 'Who switched it.', resolve: (e) => e.payload.by }) }),
  });
}

builder.subscriptionField('engineEvents', (t) =>
  t.field({
    type: EngineEventInterface,
    description:
      'The tenant’s events: first what was committed behind `after`, then live, without gap or repeat across instances and restarts. EVENTS_EXPIRED when `after` is older than retention.',
    authScopes: { viewer: true },
    args: {
      after: t.arg({
        type: 'Seq',
        description: 'Last seq you have seen; "0" for everything kept; omit for from now on.',
      }),
      types: t.arg({ type: [EventTypeEnum], description: 'Only these kinds. Default all.' }),
    },
    subscribe: (_root, { after, types }, { scope, feeds }) =>
      streamEvents(feeds, scope, { after: after ?? null, types: types ?? null }),
    resolve: (event) => event,
  }),
);
