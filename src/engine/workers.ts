import { forgetAnswers } from '../control/access/index.ts';
import { getTenant, listTenants } from '../control/tenancy/index.ts';
import { rewatchDeliveries } from '../delivery/dispatch/index.ts';
import { expireOffers } from '../delivery/offers/index.ts';
import { disownWatched } from '../delivery/watch/index.ts';
import { ValidationError } from '../kernel/errors.ts';
import { DAY_MS, HOUR_MS } from '../kernel/time.ts';
import type { PooledSql } from '../platform/db/sql.ts';
import type { JobEngine } from '../platform/jobs/engine.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Scope, TenantInfo } from '../platform/scope.ts';
import type { CycleJob, PlatformJob } from './clock.ts';
import type { CycleRunner } from './execute.ts';
import { PLATFORM_TENANT, pruneRuns, type RunStatus, recordRun, settleRun } from './ledger.ts';
import { CYCLE_JOB } from './schedule.ts';
import { abandonedClaims, disownOthers } from './store.ts';

export interface WorkerOptions {
  directory: PooledSql;
  jobs: JobEngine;
  runner: CycleRunner;
  log: Logger;
  clock: () => Date;
  owner: string;
  /** A Scope of the tenant, acting as the engine, at the given instant. */
  scopeFor(tenant: TenantInfo, now: Date): Scope;
  eventRetentionHours: number;
}

/** Cycles of different tenants that one instance runs at once. */
const CYCLES_AT_ONCE = 2;
const LEDGER_DAYS = 14;

/** Starts handling what the clock enqueues. */
export async function startWorkers(options: WorkerOptions): Promise<void> {
  await options.jobs.work<CycleJob>('tenant-cycle', CYCLES_AT_ONCE, ({ data }) =>
    runTenantCycle(options, data),
  );
  await options.jobs.work<PlatformJob>('scheduled-job', 1, ({ data }) => runPlatformJob(options, data));
}

async function runTenantCycle(options: WorkerOptions, data: CycleJob): Promise<void> {
  const { directory, runner, clock, owner } = options;
  const scheduledFor = new Date(data.scheduledFor);
  const run = { job: CYCLE_JOB, tenantId: data.tenantId, scheduledFor, owner };
  await recordRun(directory, { ...run, status: 'RUNNING', at: clock() });
  const scope = options.scopeFor(await getTenant(directory, data.tenantId), scheduledFor);
  try {
    const { cycle, alreadyRunning } = await runner.execute(scope, {
      asOf: scheduledFor,
      trigger: 'SCHEDULE',
    });
    if (alreadyRunning) return await settleOrSkip(options, scope, run);
    const ended: RunStatus = cycle.status === 'FAILED' ? 'FAILED' : 'COMPLETED';
    await recordRun(directory, { ...run, status: ended, at: clock() });
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).slice(0, 300);
    const isSuperseded = error instanceof ValidationError && error.field === 'asOf';
    if (isSuperseded) return await settleOrSkip(options, scope, run, message);
    await recordRun(directory, { ...run, status: 'FAILED', at: clock(), error: message });
    throw error;
  }
}

/**
 * Another cycle is under way, or has looked past this instant already. It may be this very instant's: started by an
 * instance that died, then resumed.
 */
async function settleOrSkip(
  { directory, clock }: WorkerOptions,
  scope: Scope,
  run: { job: string; tenantId: string; scheduledFor: Date; owner: string },
  error?: string,
): Promise<void> {
  if (await settleRun(scope.db, run.tenantId, run.scheduledFor)) return;
  await recordRun(directory, { ...run, status: 'SKIPPED_OVERLAP', at: clock(), ...(error && { error }) });
}

async function runPlatformJob(options: WorkerOptions, { job, scheduledFor }: PlatformJob): Promise<void> {
  const { directory, clock, owner } = options;
  const instant = new Date(scheduledFor);
  const run = { job, tenantId: PLATFORM_TENANT, scheduledFor: instant, owner };
  await recordRun(directory, { ...run, status: 'RUNNING', at: clock() });
  const failed = await forEachTenant(options, instant, job, PLATFORM_JOBS[job] ?? (async () => {}));
  if (job === 'retention') await pruneRuns(directory, new Date(instant.getTime() - LEDGER_DAYS * DAY_MS));
  const error = failed === 0 ? undefined : `${failed} tenants failed; see the log`;
  await recordRun(directory, {
    ...run,
    status: failed === 0 ? 'COMPLETED' : 'FAILED',
    at: clock(),
    ...(error && { error }),
  });
}

type TenantWork = (scope: Scope, options: WorkerOptions) => Promise<unknown>;

const PLATFORM_JOBS: Record<string, TenantWork> = {
  // Also the safety net of the delivery loop's list: a tenant with work under way is on it.
  'offer-expiry': async (scope) => {
    await scope.db.tx((tx) => expireOffers(scope, tx));
    await rewatchDeliveries(scope);
  },
  retention: (scope, { eventRetentionHours }) =>
    scope.db.tx(async (tx) => {
      await scope.events.prune(tx, new Date(scope.now.getTime() - eventRetentionHours * HOUR_MS));
      await forgetAnswers(scope, tx);
    }),
};

/** Visits every tenant; one that fails is logged and counted and touches no other. */
async function forEachTenant(
  options: WorkerOptions,
  now: Date,
  job: string,
  work: TenantWork,
): Promise<number> {
  let failed = 0;
  for (let after: string | null = null; ; ) {
    const page: Awaited<ReturnType<typeof listTenants>> = await listTenants(options.directory, {
      first: 100,
      after,
    });
    for (const { node } of page.edges) {
      try {
        await work(options.scopeFor(node, now), options);
      } catch (error) {
        failed++;
        options.log.error({ err: error, job, tenant: node.slug }, 'platform job');
      }
    }
    if (!page.pageInfo.hasNextPage) return failed;
    after = page.pageInfo.endCursor;
  }
}

/**
 * What an earlier run of this very program left when it was killed is taken up at once, not when its leases run out. Only
 * for the embedded database, which has one process at a time.
 */
export async function inheritWork({ directory, owner }: WorkerOptions): Promise<void> {
  await disownOthers(directory, owner);
  await disownWatched(directory, owner);
}

/** Goes on with cycles whose instance has died; each is resumed by whoever locks its claim first. */
export async function reclaimCycles(options: WorkerOptions): Promise<void> {
  for (const tenantId of await abandonedClaims(options.directory, CYCLES_AT_ONCE)) {
    const tenant = await getTenant(options.directory, tenantId);
    options.log.warn({ tenant: tenant.slug }, 'resuming an abandoned cycle');
    const scope = options.scopeFor(tenant, options.clock());
    const cycle = await options.runner.resume(scope);
    if (cycle) await settleRun(scope.db, tenantId, cycle.asOf);
  }
}
