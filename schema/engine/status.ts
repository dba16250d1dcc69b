import { setEngineStatus, type TenantRow } from '../../src/control/tenancy/index.ts';
import { type EngineCounters, type EngineStatus, engineStatus } from '../../src/engine/index.ts';
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

builder.queryFields((t) => ({
  engineStatus: t.field({
    type: EngineStatusType,
    description: 'Where the tenant’s engine stands: state, counters, cycles.',
    resolve: (_root, _args, { scope }) => engineStatus(scope),
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
