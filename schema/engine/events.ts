import { streamEvents } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';
import { EngineEventInterface, EventTypeEnum, eventType, instant, money, shared } from './event.ts';

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

eventType('SETTINGS_CHANGED').implement({
  ...shared('SETTINGS_CHANGED'),
  fields: (t) => ({
    by: t.string({ description: 'Who changed them.', resolve: (e) => e.payload.by }),
    changed: t.stringList({ description: 'Names of the settings.', resolve: (e) => e.payload.changed }),
  }),
});
