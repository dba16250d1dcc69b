import { ValidationError } from '../../kernel/errors.ts';
import { uuidv7 } from '../../kernel/ids.ts';
import { bucket } from '../../kernel/murmur.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Platform, Scope } from '../../platform/scope.ts';
import { writeAudit } from '../audit/index.ts';
import { COLUMNS } from './read.ts';
import { seedSettings } from './settings.ts';
import { checkTenant, type NewTenant, type TenantRow } from './tenant.ts';

/** Gives a new tenant what a domain needs from the start (hubs, settings). Runs in the creating transaction. */
export type TenantSeed = (scope: Scope, tx: Tx) => Promise<void>;
const seeds: TenantSeed[] = [];

/** Called once per process by the composition root for every domain that seeds new tenants. */
export function onTenantCreated(seed: TenantSeed): void {
  if (!seeds.includes(seed)) seeds.push(seed);
}

const INSERT = `
  INSERT INTO tenant (id, slug, name, time_zone, reporting_currency, plan_tier, cycle_interval_sec, cycle_minute,
                      is_demo, created_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
  ON CONFLICT (slug) DO NOTHING
  RETURNING ${COLUMNS}`;

/** Creates a tenant with its engine running; a taken slug is a ValidationError. */
export async function createTenant(platform: Platform, input: NewTenant): Promise<TenantRow> {
  checkTenant(input);
  const id = uuidv7(platform.now.getTime());
  const values = [
    id,
    input.slug,
    input.name.trim(),
    input.timeZone ?? 'UTC',
    input.reportingCurrency ?? 'USD',
    input.planTier ?? 'STARTER',
    input.cycleIntervalSec ?? 3600,
    bucket(id, 60),
    input.isDemo ?? false,
    platform.now,
  ];
  const info = {
    id,
    slug: input.slug,
    name: input.name.trim(),
    timeZone: input.timeZone ?? 'UTC',
    reportingCurrency: input.reportingCurrency ?? 'USD',
  };
  const scope = platform.scopeFor(info);
  return scope.db.tx(async (tx) => {
    const row = await tx.row<TenantRow>(INSERT, values);
    if (!row) throw new ValidationError('slug', `The slug "${input.slug}" is taken; choose another.`);
    await seedSettings(scope, tx);
    for (const seed of seeds) await seed(scope, tx);
    await writeAudit(scope, tx, { action: 'tenant.create', subject: id, before: null, after: { ...info } });
    return row;
  });
}
