import type { Sql } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { type EngineSettings, getSettings } from '../tenancy/index.ts';
import { type FlagSet, flagSet } from './flag-set.ts';

/** What decides how far the engine may go for a tenant: its settings and its flags. */
export interface Steering extends EngineSettings {
  readonly flags: FlagSet;
}

/** The tenant's settings and flags, read with the caller's handle. */
export async function getSteering(scope: Scope, sql: Sql): Promise<Steering> {
  const settings = await getSettings(sql, scope.tenantId);
  return { ...settings, flags: await flagSet(scope, sql) };
}
