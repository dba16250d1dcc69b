import { setEngineStatus, type TenantRow } from '../../src/control/tenancy/index.ts';
import {
  type EngineCounters,
  type EngineStatus,
  engineStatus,
  listSchedules,
  type ScheduleView,
} from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { EngineStatusEnum, TenantType } from '../control/tenants.ts';
import { DeliveryFiguresInterface } from '../delivery/figures.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { CycleType } from './cycles.ts';

const CountersType = builder.objectRef<EngineCounters>('EngineCounters').implement({
  description: 'Lifetime counters; they survive restarts.',
  fields: (t) => ({
    cycles: t.field({ type: 'BigInt', description: 'Cycles closed.', resolve: (c) => c.cycles }),
    failedPhases: t.field({
      type: 'BigInt',
      description: 'Phases that failed three times.',
      resolve: (c) => c.failedPhases,
    }),
    issuesOpened: t.field({ type: 'BigInt', description: 'Issues opened.', resolve: (c) => c.issuesOpened }),
    deliveryOpportunitiesDetected: t.field({
      type: 'BigInt',
      description: 'Rare packages found (score ≥ opportunityThreshold).',
      resolve: (c) => c.opportunities,
    }),
    eliteOpportunities: t.field({
      type: 'BigInt',
      description: 'Of these, elite ones.',
      resolve: (c) => c.elite,
    }),
    crossBorderOrders: t.field({
      type: 'BigInt',
      description: 'Of these, cross-border ones.',
      resolve: (c) => c.crossBorder,
    }),
    actionsCreated: t.field({
      type: 'BigInt',
      description: 'Upsell offers created by cycles.',
      resolve: (c) => c.offers,
    }),
  }),
});

const EngineStatusType = builder.objectRef<EngineStatus>('EngineStatus').implement({
  description: 'Where the tenant’s engine stands, with the delivery wing’s figures of all time.',
  interfaces: [DeliveryFiguresInterface],
  fields: (t) => ({
    state: t.field({
      type: EngineStatusEnum,
      description: 'RUNNING or STOPPED.',
      resolve: (s) => s.tenant.engineStatus,
    }),
    counters: t.field({ type: CountersType, description: 'Lifetime counters.', resolve: (s) => s.counters }),
    runningCycle: t.field({
      type: CycleType,
      nullable: true,
      description: 'The cycle under way.',
      resolve: (s) => s.runningCycle,
    }),
    lastCycle: t.field({
      type: CycleType,
      nullable: true,
      description: 'The last real cycle.',
      resolve: (s) => s.lastCycle,
    }),
    nextCycleAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Next nominal cycle; null when stopped.',
      resolve: (s) => s.nextCycleAt,
    }),
    pendingOrders: t.exposeInt('pendingOrders', {
      description: 'Orders that detection has not looked at yet.',
    }),
  }),
});

const RunStatusEnum = builder.enumType('ScheduleRunStatus', {
  description: 'How a tick of a job went.',
  values: {
    QUEUED: { description: 'Claimed and waiting for a worker.' },
    RUNNING: { description: 'Under way.' },
    COMPLETED: { description: 'Done.' },
    FAILED: { description: 'Ended with an error.' },
    SKIPPED_OVERLAP: {
      description: 'The one before was still running, or a later instant had been looked at already.',
    },
  },
});

const ScheduleType = builder.objectRef<ScheduleView>('Schedule').implement({
  description: 'A job that the clock starts, each instant once over all instances.',
  fields: (t) => ({
    job: t.exposeString('job', { description: 'Name of the job.' }),
    isOwn: t.exposeBoolean('isOwn', {
      description: 'True for the tenant’s own cycle, false for platform jobs that visit it.',
    }),
    pattern: t.exposeString('pattern', { description: 'When: a cron pattern or a sentence.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA zone of the pattern.' }),
    catchUp: t.exposeString('catchUp', {
      description: 'What happens to missed instants: SKIP, LATEST or ALL.',
    }),
    nextAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Next nominal instant.',
      resolve: (s) => s.nextAt,
    }),
    lastScheduledFor: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Last nominal instant that was claimed.',
      resolve: (s) => s.last?.scheduledFor ?? null,
    }),
    lastStatus: t.field({
      type: RunStatusEnum,
      nullable: true,
      description: 'How that one went.',
      resolve: (s) => s.last?.status ?? null,
    }),
    lastFinishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (s) => s.last?.finishedAt ?? null,
    }),
    lastError: t.string({
      nullable: true,
      description: 'Why it failed.',
      resolve: (s) => s.last?.error ?? null,
    }),
  }),
});

builder.queryFields((t) => ({
  engineStatus: t.field({
    type: EngineStatusType,
    description: 'Where the tenant’s engine stands: state, counters, cycles.',
    resolve: (_root, _args, { scope }) => engineStatus(scope),
  }),
  schedules: t.field({
    type: [ScheduleType],
    description: 'Every job the clock starts, with its next and last instant.',
    resolve: (_root, _args, { scope }) => listSchedules(scope),
  }),
}));

const SwitchPayload = builder.objectRef<{ tenant: TenantRow }>('EngineSwitchPayload').implement({
  description: 'The tenant after the switch.',
  fields: (t) => ({
    tenant: t.field({ type: TenantType, description: 'With its engineState.', resolve: (p) => p.tenant }),
  }),
});

builder.mutationFields((t) => ({
  startEngine: t.field({
    type: SwitchPayload,
    description: 'Lets the clock start this tenant’s cycles. Audited; starting twice changes nothing.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    resolve: async (_root, _args, { scope }) => ({ tenant: await setEngineStatus(scope, 'RUNNING') }),
  }),
  stopEngine: t.field({
    type: SwitchPayload,
    description: 'Keeps the clock from starting this tenant’s cycles; a running one ends normally. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    resolve: async (_root, _args, { scope }) => ({ tenant: await setEngineStatus(scope, 'STOPPED') }),
  }),
}));
