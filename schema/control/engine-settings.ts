import { type EngineSettings, getSettings, updateSettings } from '../../src/control/tenancy/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';
import { ModeEnum } from './tenants.ts';

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
      type: ModeEnum,
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
    pricingMode: t.field({
      type: ModeEnum,
      description:
        'Whether adaptive prices are applied by themselves; PRICING_AUTO_APPLY must be on too. Default APPROVE.',
      resolve: (s) => s.pricingMode,
    }),
    recoveryMode: t.field({
      type: ModeEnum,
      description:
        'Whether runbooks are tried on incidents; INCIDENT_AUTORECOVER must be on too. Default AUTO.',
      resolve: (s) => s.recoveryMode,
    }),
    keyRotationMode: t.field({
      type: ModeEnum,
      description: 'Whether keys with a delivery target are rotated when due. Default AUTO.',
      resolve: (s) => s.keyRotationMode,
    }),
    dispatchMode: t.field({
      type: ModeEnum,
      description: 'Whether an accepted and paid offer is dispatched by itself. Default AUTO.',
      resolve: (s) => s.dispatchMode,
    }),
    learningMode: t.field({
      type: ModeEnum,
      description: 'Whether learning changes thresholds, prices and weights by itself. Default AUTO.',
      resolve: (s) => s.learningMode,
    }),
    moneyAtRisk: t.field({
      type: MoneyType,
      description: 'Most delivery cost that dispatches of a rolling 24 h may risk.',
      resolve: (s) => ({ amountMinor: s.moneyAtRiskMinor, currency: s.bundleCurrency }),
    }),
    offerGroundFallback: t.exposeBoolean('offerGroundFallback', {
      description: 'Whether an offer may be made whose last leg only a courier can do. Default false.',
    }),
    dispatchGroundFallback: t.exposeBoolean('dispatchGroundFallback', {
      description: 'Whether a dispatch may end with a courier when no drone can fly. Default true.',
    }),
    offersNeedConsent: t.exposeBoolean('offersNeedConsent', {
      description:
        'Whether a customer must have said yes to marketing. An explicit no always wins. Default false.',
    }),
    requireConfidence: t.exposeBoolean('requireConfidence', {
      description: 'Whether a threshold step must clear its Wilson 95 % bound (spec d.3). Default false.',
    }),
    simulationSpeed: t.exposeInt('simulationSpeed', {
      description: 'Times real time at which the built-in fleet flies (1–3600, default 1).',
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

const UpdateSettingsInput = builder.inputType('UpdateEngineSettingsInput', {
  description: 'Only the given settings change.',
  fields: (t) => ({
    opportunityThreshold: t.float({ description: '0–100; not above rarityThreshold.' }),
    rarityThreshold: t.float({ description: '90–99.5.' }),
    upsellMode: t.field({ type: ModeEnum, description: 'How far offers go by themselves.' }),
    bundlePriceMinor: t.field({ type: 'BigInt', description: 'Minor units, positive.' }),
    bundleCurrency: t.string({ description: 'ISO 4217 code.' }),
    offerTtlHours: t.int({ description: '1–168.' }),
    offersPerDay: t.int({ description: '0–10000.' }),
    pricingMode: t.field({ type: ModeEnum, description: 'How far adaptive prices go by themselves.' }),
    recoveryMode: t.field({ type: ModeEnum, description: 'How far runbooks go by themselves.' }),
    keyRotationMode: t.field({ type: ModeEnum, description: 'How far key rotation goes by itself.' }),
    dispatchMode: t.field({ type: ModeEnum, description: 'How far dispatches go by themselves.' }),
    learningMode: t.field({ type: ModeEnum, description: 'How far learning goes by itself.' }),
    moneyAtRiskMinor: t.field({ type: 'BigInt', description: 'Minor units of the bundle’s currency, ≥ 0.' }),
    offerGroundFallback: t.boolean({ description: 'May an offer’s last leg be a courier?' }),
    dispatchGroundFallback: t.boolean({ description: 'May a dispatch’s last leg be a courier?' }),
    offersNeedConsent: t.boolean({ description: 'Must a customer have said yes to marketing?' }),
    requireConfidence: t.boolean({ description: 'Must a threshold step clear its Wilson bound?' }),
    simulationSpeed: t.int({ description: '1–3600.' }),
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
