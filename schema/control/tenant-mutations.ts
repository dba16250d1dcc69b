import { createTenant, type TenantRow } from '../../src/control/tenancy/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { PlanTierEnum, TenantType } from './tenants.ts';

const CreateTenantInput = builder.inputType('CreateTenantInput', {
  description: 'A new tenant.',
  fields: (t) => ({
    slug: t.string({ required: true, description: '2–63 lower-case letters, digits, hyphens; unique.' }),
    name: t.string({ required: true, description: 'Name for people, up to 200 characters.' }),
    timeZone: t.string({ description: 'IANA zone, e.g. "Europe/London". Default UTC.' }),
    reportingCurrency: t.string({ description: 'ISO 4217 code. Default USD.' }),
    planTier: t.field({ type: PlanTierEnum, description: 'Default STARTER.' }),
    cycleIntervalSec: t.int({
      description: 'Seconds between cycles: whole minutes, 60 to 86400. Default 3600.',
    }),
  }),
});

const CreateTenantPayload = builder.objectRef<{ tenant: TenantRow }>('CreateTenantPayload').implement({
  description: 'The tenant that was created.',
  fields: (t) => ({
    tenant: t.field({
      type: TenantType,
      description: 'The new tenant, its engine running.',
      resolve: (p) => p.tenant,
    }),
  }),
});

builder.mutationField('createTenant', (t) =>
  t.field({
    type: CreateTenantPayload,
    description: 'Creates a tenant with the three seeded hubs and default settings. Platform admin only.',
    authScopes: { platform: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CreateTenantInput, required: true, description: 'The new tenant.' }) },
    resolve: async (_root, { input }, { platform }) => ({ tenant: await createTenant(platform, input) }),
  }),
);
