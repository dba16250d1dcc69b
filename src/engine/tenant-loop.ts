import { setTimeout as sleep } from 'node:timers/promises';
import { Counter, Histogram, type Registry } from 'prom-client';
import { getTenant } from '../control/tenancy/index.ts';
import { leaseWatched, releaseWatched, type WatchKind } from '../control/watch/index.ts';
import type { PooledSql } from '../platform/db/sql.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Scope, TenantInfo } from '../platform/scope.ts';

export interface TenantLoopOptions {
  directory: PooledSql;
  log: Logger;
  clock: () => Date;
  owner: string;
  registry: Registry;
  kind: WatchKind;
  /** Names the loop in metrics and logs, e.g. `delivery`. */
  name: string;
  /** Does what is due for the tenant, and takes it off the list when nothing is to come. */
  visit(scope: Scope): Promise<unknown>;
  /** A Scope of the tenant, acting as the engine, at the given instant. */
  scopeFor(tenant: TenantInfo, now: Date): Scope;
}

export interface TenantLoop {
  /** Begins no more visits, waits for those under way (at most `graceMs`) and gives the tenants to others. */
  stop(graceMs: number): Promise<void>;
}

/** How often the list is asked; a tenant on it is visited about every two seconds. */
const POLL_MS = 1_000;
/** Visits of one instance at once: a provider that lets one tenant wait must not let the others wait. */
const AT_ONCE = 16;
/** Pause after a visit that failed. */
const COOL_DOWN_MS = 10_000;

/**
 * Visits the tenants that have work of one kind under way. Each is leased by the database's clock, so that
 * one instance at a time visits it; should leases overlap, the visits' own locks and guards keep them harmless.
 */
export function startTenantLoop(options: TenantLoopOptions): TenantLoop {
  const { directory, log, owner, kind, name } = options;
  const metrics = createMetrics(options.registry, name);
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();

  const visit = async (tenantId: string): Promise<void> => {
    const since = performance.now();
    let outcome = 'ok';
    try {
      const tenant = await getTenant(directory, tenantId);
      await options.visit(options.scopeFor(tenant, options.clock()));
    } catch (error) {
      outcome = 'error';
      log.error({ err: error, tenant: tenantId }, `${name} loop`);
    }
    metrics(outcome, performance.now() - since);
    if (outcome === 'error') await pause(COOL_DOWN_MS, stopping.signal);
    running.delete(tenantId);
  };
  const poll = async (): Promise<void> => {
    const request = { kind, owner, limit: AT_ONCE - running.size, busy: [...running.keys()] };
    for (const tenantId of await leaseWatched(directory, request)) {
      if (!stopping.signal.aborted && !running.has(tenantId)) running.set(tenantId, visit(tenantId));
    }
  };
  const turning = (async () => {
    while (!stopping.signal.aborted) {
      await poll().catch((error: unknown) => log.error({ err: error }, `${name} loop`));
      await pause(POLL_MS, stopping.signal);
    }
  })();
  return {
    async stop(graceMs) {
      stopping.abort();
      await turning;
      await Promise.race([Promise.all(running.values()), sleep(graceMs, undefined, { ref: false })]);
      await releaseWatched(directory, kind, owner).catch((error: unknown) =>
        log.warn({ err: error }, `${name} loop`),
      );
    },
  };
}

/** Waits, or not any longer once the loop is stopping. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => {});
}

type Observe = (outcome: string, ms: number) => void;

function createMetrics(registry: Registry, name: string): Observe {
  const registers = [registry];
  const visits = new Counter({
    name: `${name}_visits_total`,
    help: `Visits of the ${name} loop to tenants, by outcome.`,
    labelNames: ['outcome'],
    registers,
  });
  const duration = new Histogram({
    name: `${name}_visit_duration_seconds`,
    help: `How long a visit of the ${name} loop took.`,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  return (outcome, ms) => {
    visits.labels(outcome).inc();
    duration.observe(ms / 1000);
  };
}
