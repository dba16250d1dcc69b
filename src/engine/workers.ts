import { getTenant } from '../control/tenancy/index.ts';
import { disownWatched } from '../control/watch/index.ts';
import type { Disposition, RunningJob } from '../platform/jobs/engine.ts';
import { type CycleJob, type RunJob, wake } from './clock.ts';
import { disownRuns, takeRun } from './ledger-run.ts';
import { type CycleOptions, runTenantCycle } from './run-cycle.ts';
import { carryOut } from './run-job.ts';
import { abandonedClaims, disownOthers } from './store.ts';

export type WorkerOptions = CycleOptions;

/** Cycles of different tenants that one instance runs at once. */
const CYCLES_AT_ONCE = 2;
const QUICK = { workers: 1, batch: 50, atOnce: 4, pollSec: 2 };
const LONG = { workers: 2, batch: 4, atOnce: 4, pollSec: 4 };

/** Starts handling what the clock enqueues. */
export async function startWorkers(options: WorkerOptions): Promise<void> {
  await options.jobs.work<CycleJob>('tenant-cycle', CYCLES_AT_ONCE, async ({ data }) => {
    await runTenantCycle(options, data);
  });
  const work = (job: RunningJob<RunJob>) => runTableJob(options, job);
  await options.jobs.workEach('schedule-run', QUICK, work);
  await options.jobs.workEach('schedule-run-long', LONG, work);
}

/** Instants of a job of a tenant that are worked off in a row, e.g. missed days; then others have their turn. */
const IN_A_ROW = 8;

/** Carries out what waits of a job of a tenant, oldest first. */
async function runTableJob(
  options: WorkerOptions,
  { data, signal }: RunningJob<RunJob>,
): Promise<Disposition> {
  const job = options.table.find(({ name }) => name === data.job);
  if (!job) return 'done';
  const { owner, directory } = options;
  const failedAt = data.isRequeued ? new Date(data.scheduledFor) : null;
  for (let n = 1; ; n++) {
    const run = await takeRun(directory, data, { owner, at: options.clock(), failedAt });
    if (!run) return 'done';
    const { outcome, nextAt } = await carryOut(options, job, run, { stopping: signal });
    if (outcome === 'again') return 'again';
    if (nextAt && outcome === 'done' && n < IN_A_ROW) continue;
    if (nextAt) await directory.tx((tx) => wake(options, tx, [{ ...data, scheduledFor: nextAt }]));
    // What a policy does not make up for is not worth another round either.
    return outcome === 'failed' && job.catchUp !== 'SKIP' ? 'dead' : 'done';
  }
}

/**
 * What an earlier run of this very program left when it was killed is taken up at once, not when its leases run out. Only
 * for the embedded database, which has one process at a time.
 */
export async function inheritWork({ directory, owner }: WorkerOptions): Promise<void> {
  await disownOthers(directory, owner);
  await disownRuns(directory, owner);
  await disownWatched(directory, owner);
}

/** Goes on with cycles whose instance has died; each is resumed by whoever locks its claim first. */
export async function reclaimCycles(options: WorkerOptions): Promise<void> {
  for (const tenantId of await abandonedClaims(options.directory, CYCLES_AT_ONCE)) {
    const tenant = await getTenant(options.directory, tenantId);
    options.log.warn({ tenant: tenant.slug }, 'resuming an abandoned cycle');
    const scope = options.scopeFor(tenant, options.clock());
    await options.runner.resume(scope);
  }
}
