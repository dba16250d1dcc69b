import { randomUUID } from 'node:crypto';
import { createTenant, onTenantCreated } from '../../src/control/tenancy/index.ts';
import { seedTenantFleet } from '../../src/delivery/fleet/index.ts';
import { seedTenantHubs } from '../../src/delivery/routing/index.ts';
import { PLATFORM_TENANT } from '../../src/kernel/ids.ts';
import { createTenantCache } from '../../src/platform/cache/tenant-cache.ts';
import type { Database } from '../../src/platform/db/database.ts';
import { createLocalBus } from '../../src/platform/events/bus.ts';
import { createEventLog } from '../../src/platform/events/log.ts';
import { createJobEngine } from '../../src/platform/jobs/engine.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { createOutbound, type OutboundOptions } from '../../src/platform/outbound/outbound.ts';
import {
  type Actor,
  createScope,
  type Scope,
  type ScopeSource,
  type TenantInfo,
} from '../../src/platform/scope.ts';

onTenantCreated(seedTenantHubs);
onTenantCreated(seedTenantFleet);

const TEST_ACTOR: Actor = { kind: 'SYSTEM', name: 'test', scopes: ['ADMIN'] };

/** What scopes are made from, over a test database. */
export function testSource(database: Database, outbound: Partial<OutboundOptions> = {}): ScopeSource {
  const log = createLogger('silent', false);
  const bus = createLocalBus();
  return {
    db: database,
    events: createEventLog(bus),
    bus,
    cache: createTenantCache(bus),
    jobs: createJobEngine(database, log, false),
    log,
    outbound: createOutbound({ keyPepper: 'test-pepper-0123456789', ...outbound }),
  };
}

export interface TestScope {
  scope: Scope;
  tenant: TenantInfo;
  /** The same tenant at another instant. */
  at(now: Date): Scope;
}

/** The installation's own scope, e.g. to change a flag for everybody. */
export const platformScope = (database: Database, now = new Date('2026-11-20T12:00:00Z')): Scope =>
  createScope(testSource(database), PLATFORM, TEST_ACTOR, now);

const PLATFORM: TenantInfo = {
  ...{ id: PLATFORM_TENANT, slug: 'platform', name: 'This installation', timeZone: 'UTC' },
  reportingCurrency: 'USD',
};

/** A Scope of a fresh tenant with everything that createTenant seeds. */
export async function testScope(
  database: Database,
  options: {
    now?: Date;
    slug?: string;
    reportingCurrency?: string;
    /** Where the tenant's payment providers are. */
    outbound?: Partial<OutboundOptions>;
  } = {},
): Promise<TestScope> {
  const source = testSource(database, options.outbound);
  const now = options.now ?? new Date('2026-11-20T12:00:00Z');
  const tenant = await createTenant(
    {
      directory: database.directory,
      actor: TEST_ACTOR,
      now,
      requestId: randomUUID(),
      scopeFor: (info) => createScope(source, info, TEST_ACTOR, now),
    },
    {
      slug: options.slug ?? `t-${randomUUID().slice(0, 8)}`,
      name: 'Test tenant',
      reportingCurrency: options.reportingCurrency ?? 'USD',
    },
  );
  const at = (instant: Date) => createScope(source, tenant, TEST_ACTOR, instant);
  return { scope: at(now), tenant, at };
}
