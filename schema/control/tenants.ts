import type { MODES } from '../../src/control/policy/index.ts';
import { getTenant, listTenants, type PLAN_TIERS, type TenantRow } from '../../src/control/tenancy/index.ts';
import { builder } from '../builder.ts';

export const PlanTierEnum = builder.enumType('PlanTier', {
  description: 'Price plan and size of a tenant (spec 0.7).',
  values: {
    STARTER: { description: 'USD 29 a month.' },
    PROFESSIONAL: { description: 'USD 99 a month.' },
    ENTERPRISE: { description: 'USD 499 a month.' },
  } satisfies Record<(typeof PLAN_TIERS)[number], { description: string }>,
});

export const EngineStatusEnum = builder.enumType('EngineState', {
  description: 'Whether the tenant’s cycles are started by the clock.',
  values: {
    RUNNING: { description: 'Cycles start by themselves.' },
    STOPPED: { description: 'Only executeCycle starts one.' },
  },
});

export const ModeEnum = builder.enumType('AutomationMode', {
  description: 'How far a subsystem may go by itself (spec 0.5).',
  values: {
    OFF: { description: 'It does nothing.' },
    OBSERVE: { description: 'It decides, records and counts, and does nothing.' },
    APPROVE: { description: 'What it decides waits for a person.' },
    AUTO: { description: 'It acts at once.' },
  } satisfies Record<(typeof MODES)[number], { description: string }>,
});

export const TenantType = builder.objectRef<TenantRow>('Tenant');

builder.node(TenantType, {
  description:
    'A shop or SaaS whose revenue the engine operates. Nothing of one tenant is visible to another.',
  id: { resolve: (tenant) => tenant.id },
  loadOne: async (id, context) => {
    const isVisible = context.isPlatformAdmin || context.scope.tenantId === id;
    return isVisible ? await getTenant(context.scope.db, id).catch(() => null) : null;
  },
  fields: (t) => ({
    slug: t.exposeString('slug', { description: 'Short name for headers and command lines; unique.' }),
    name: t.exposeString('name', { description: 'Name for people.' }),
    timeZone: t.field({
      type: 'TimeZone',
      description: 'IANA zone of the shop.',
      resolve: (tenant) => tenant.timeZone,
    }),
    reportingCurrency: t.field({
      type: 'Currency',
      description: 'Currency in which KPIs are compared.',
      resolve: (tenant) => tenant.reportingCurrency,
    }),
    planTier: t.field({
      type: PlanTierEnum,
      description: 'Price plan.',
      resolve: (tenant) => tenant.planTier,
    }),
    engineState: t.field({
      type: EngineStatusEnum,
      description: 'RUNNING or STOPPED.',
      resolve: (tenant) => tenant.engineStatus,
    }),
    cycleIntervalSec: t.exposeInt('cycleIntervalSec', {
      description: 'Seconds between cycles; at least 60.',
    }),
    isDemo: t.exposeBoolean('isDemo', { description: 'True for the generated demo shop.' }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was created.',
      resolve: (tenant) => tenant.createdAt,
    }),
  }),
});

builder.queryFields((t) => ({
  tenant: t.field({
    type: TenantType,
    description: 'The tenant that this request acts on.',
    resolve: (_root, _args, { scope }) => getTenant(scope.db, scope.tenantId),
  }),
  tenants: t.connection({
    type: TenantType,
    description: 'All tenants by slug. Platform admin only.',
    authScopes: { platform: true },
    resolve: (_root, args, { platform }) => listTenants(platform.directory, args),
  }),
}));
