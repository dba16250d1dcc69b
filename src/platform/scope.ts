import { randomUUID } from 'node:crypto';
import type { TenantCache } from './cache/tenant-cache.ts';
import type { TenantDb } from './db/database.ts';
import type { PooledSql } from './db/sql.ts';
import type { Bus } from './events/bus.ts';
import type { EventLog } from './events/log.ts';
import type { JobEngine } from './jobs/engine.ts';
import type { Logger } from './log/logger.ts';
import type { Outbound } from './outbound/outbound.ts';

/** What a key may do. ADMIN includes every other scope of its tenant; the platform admin includes all tenants. */
export const KEY_SCOPES = ['VIEWER', 'OPERATOR', 'FINANCE', 'ADMIN', 'INGEST'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** Who acts: a person or program with a key, the platform admin, or the engine itself. */
export interface Actor {
  kind: 'KEY' | 'PLATFORM_ADMIN' | 'SYSTEM';
  /** Shown in audit entries, e.g. `key:Dashboard` or `system:cycle`. */
  name: string;
  scopes: readonly KeyScope[];
  /** Whom approvals take the key for: who may know its value (see control/access/principals). Default: the name. */
  principals?: readonly string[];
  /** When the key's value was made. */
  keyMadeAt?: Date;
}

/** The facts about a tenant that work needs at every step. */
export interface TenantInfo {
  id: string;
  slug: string;
  name: string;
  timeZone: string;
  reportingCurrency: string;
}

/**
 * First argument of every verb and reader. Made once per request, per job and per subscription event; frozen.
 * `now` is the instant the work reasons about: the wall clock for a request, the nominal instant for a cycle.
 */
export interface Scope {
  readonly tenantId: string;
  readonly tenant: TenantInfo;
  readonly actor: Actor;
  readonly now: Date;
  readonly requestId: string;
  readonly db: TenantDb;
  readonly events: EventLog;
  /** For what is worth hearing at once and not worth keeping; publish after the commit. */
  readonly bus: Bus;
  /** What is read often and changed rarely; forgotten on every instance when it changes. */
  readonly cache: TenantCache;
  readonly jobs: JobEngine;
  readonly log: Logger;
  /** How to reach other systems in the tenant's name. */
  readonly outbound: Outbound;
}

/** The parts of the process that every Scope is made from. */
export interface ScopeSource {
  db: { forTenant(tenantId: string): TenantDb };
  events: EventLog;
  bus: Bus;
  cache: TenantCache;
  jobs: JobEngine;
  log: Logger;
  outbound: Outbound;
}

/** Makes a Scope; `now` is given by the caller because only the edges of the program read the clock. */
export function createScope(
  source: ScopeSource,
  tenant: TenantInfo,
  actor: Actor,
  now: Date,
  requestId: string = randomUUID(),
): Scope {
  return Object.freeze({
    tenantId: tenant.id,
    tenant,
    actor,
    now,
    requestId,
    db: source.db.forTenant(tenant.id),
    events: source.events,
    bus: source.bus,
    cache: source.cache,
    jobs: source.jobs,
    log: source.log,
    outbound: source.outbound,
  });
}

/** The same work seen from another instant, e.g. a cycle's: phases never read the wall clock. */
export function scopeAt(scope: Scope, now: Date): Scope {
  return Object.freeze({ ...scope, now });
}

/** What platform work (tenants, keys, the clock) is given: no tenant yet, but a way to any of them. */
export interface Platform {
  readonly directory: PooledSql;
  readonly actor: Actor;
  readonly now: Date;
  readonly requestId: string;
  scopeFor(tenant: TenantInfo): Scope;
}

/** The engine acting by itself. */
export const SYSTEM_ACTOR: Actor = { kind: 'SYSTEM', name: 'system', scopes: ['ADMIN'] };
