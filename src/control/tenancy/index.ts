export { createTenant, onTenantCreated, type TenantSeed } from './create-tenant.ts';
export { setEngineStatus } from './engine-switch.ts';
export { findTenant, getTenant, listTenants } from './read.ts';
export {
  type EngineSettings,
  type EngineSettingsPatch,
  getSettings,
  updateSettings,
} from './settings.ts';
export { type NewTenant, PLAN_TIERS, type PlanTier, type TenantRow } from './tenant.ts';
