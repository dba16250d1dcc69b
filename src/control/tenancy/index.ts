export { createTenant, onTenantCreated, type TenantSeed } from './create-tenant.ts';
export { setEngineStatus } from './engine-switch.ts';
export { findTenant, getTenant, listTenants } from './read.ts';
export {
  type EngineSettings,
  type EngineSettingsPatch,
  getSettings,
  UPSELL_MODES,
  type UpsellMode,
  updateSettings,
} from './settings.ts';
export { type NewTenant, PLAN_TIERS, type PlanTier, type TenantRow } from './tenant.ts';
