import type { EngineSettings } from '../../src/control/tenancy/index.ts';
import {
  createTenant,
  getSettings,
  type TenantRow,
  updateSettings,
} from '../../src/control/tenancy/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';
import { PlanTierEnum, TenantType, UpsellModeEnum } from './tenants.ts';

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

export const EngineSettingsType = builder.objectRef<EngineSettings>('EngineSettings').implement({
  description: 'What the engine may do for this tenant.',
  fields: (t) => ({
    opportunityThreshold: t.exposeFloat('opportunityThreshold', {
      description: 'Rarity score at which an order becomes an opportunity (0–100, default 85).',
    }),
    rarityThreshold: t.exposeFloat('rarityThreshold', {
      description: 'Rarity score at which an opportunity is elite (90–99.5, default 95).',
    }),
    upsellMode: t.field({
      type: UpsellModeEnum,
      description: 'How far offers go by themselves.',
      resolve: (s) => s.upsellMode,
    }),
    bundlePrice: t.field({
      type: MoneyType,
      description: 'Price of the rare drone-drop bundle. Default ₹5,000.00.',
      resolve: (s) => ({ amountMinor: s.bundlePriceMinor, currency: s.bundleCurrency }),
    }),
    offerTtlHours: t.exposeInt('offerTtlHours', {
      description: 'Hours until an offer expires (1–168, default 24).',
    }),
    offersPerDay: t.exposeInt('offersPerDay', {
      description: 'Offers per rolling 24 h (0–10000, default 50).',
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

const UpdateSettingsInput = builder.inputType('UpdateEngineSettingsInput', {
  description: 'Only the given settings change.',
  fields: (t) => ({
    opportunityThreshold: t.float({ description: '0–100; not above rarityThreshold.' }),
    rarityThreshold: t.float({ description: '90–99.5.' }),
    upsellMode: t.field({ type: UpsellModeEnum, description: 'How far offers go by themselves.' }),
    bundlePriceMinor: t.field({ type: 'BigInt', description: 'Minor units, positive.' }),
    bundleCurrency: t.string({ description: 'ISO 4217 code.' }),
    offerTtlHours: t.int({ description: '1–168.' }),
    offersPerDay: t.int({ description: '0–10000.' }),
    expectedVersion: t.int({
      description: 'Refuse with VersionConflict when the settings have another version.',
    }),
  }),
});

const UpdateSettingsPayload = builder
  .objectRef<{ settings: EngineSettings }>('UpdateEngineSettingsPayload')
  .implement({
    description: 'The settings after the change.',
    fields: (t) => ({
      settings: t.field({
        type: EngineSettingsType,
        description: 'All settings.',
        resolve: (p) => p.settings,
      }),
    }),
  });

builder.mutationField('updateEngineSettings', (t) =>
  t.field({
    type: UpdateSettingsPayload,
    description: 'Changes thresholds, prices and limits; audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpdateSettingsInput, required: true, description: 'What to change.' }) },
    resolve: async (_root, { input }, { scope }) => ({ settings: await updateSettings(scope, input) }),
  }),
);

builder.queryField('engineSettings', (t) =>
  t.field({
    type: EngineSettingsType,
    description: 'What the engine may do for this tenant.',
    resolve: (_root, _args, { scope }) => getSettings(scope.db, scope.tenantId),
  }),
);
