import { type NewAlert, raiseAlerts, resolveAlerts } from '../control/alert-intake/index.ts';
import { errorText } from '../kernel/error-text.ts';
import type { PooledSql, Tx } from '../platform/db/sql.ts';
import type { JobEngine } from '../platform/jobs/engine.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Scope, TenantInfo } from '../platform/scope.ts';
import type { Job } from './jobs.ts';
import { type EndedRun, endRun, type TakenRun } from './ledger-run.ts';
import { DEFAULT_RETENTION, type Retention } from './retention.ts';

/** What the clock, the workers and run-now share. */
export interface JobOptions {
  directory: PooledSql;
  jobs: JobEngine;
  log: Logger;
  clock: () => Date;
  /** Names this instance in the ledger. */
  owner: string;
  /** The jobs that are not switched off. */
  table: readonly Job[];
  /** Whether tenants' own cycles are started here. */
  hasCycles: boolean;
  /** A Scope of the tenant, acting as the engine, at the given instant. */
  scopeFor(tenant: TenantInfo, now: Date): Scope;
  /** How long things are kept, where not the usual time. */
  retention?: Partial<Retention>;
}

/** How many times a run is tried before it has failed. */
export const TRIES = 3;

export interface CarriedOut {
  /** `again`: it waits for another try. `failed`: its tries are used up. */
  outcome: 'done' | 'again' | 'failed';
  /** The next instant of the same job that waits. */
  nextAt: Date | null;
}

/**
 * Does the work of a run that was taken and writes down how it went. A run that fails the third time raises an alert; a
 * good one after failed or skipped ones ends it. A person who waits (`isManual`) gets the first answer.
 */
export async function carryOut(
  options: JobOptions,
  job: Job,
  run: TakenRun,
  { stopping, isManual = false }: { stopping: AbortSignal; isManual?: boolean },
): Promise<CarriedOut> {
  try {
    await workInTime(options, job, run, stopping);
  } catch (error) {
    return failed(options, run, { error, isManual, isStopping: stopping.aborted });
  }
  const wasBad = run.previous === 'FAILED' || run.previous === 'SKIPPED_OVERLAP';
  const { nextAt } = await ended(
    options,
    run,
    { status: 'COMPLETED' },
    wasBad
      ? (scope, tx) => resolveAlerts(scope, tx, [identity('JOB_FAILED', run), identity('JOB_OVERRUN', run)])
      : null,
  );
  return { outcome: 'done', nextAt };
}

async function workInTime(
  { scopeFor, clock, retention }: JobOptions,
  job: Job,
  { tenant, scheduledFor }: TakenRun,
  stopping: AbortSignal,
): Promise<void> {
  const timeout = new AbortController();
  const timer = setTimeout(
    () => timeout.abort(new Error(`Took longer than ${job.timeoutSec} s.`)),
    job.timeoutSec * 1000,
  );
  const signal = AbortSignal.any([stopping, timeout.signal]);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    signal.throwIfAborted();
    await Promise.race([
      job.work(scopeFor(tenant, scheduledFor), {
        ...{ scheduledFor, startedAt: clock(), signal, keep: { ...DEFAULT_RETENTION, ...retention } },
      }),
      over,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

async function failed(
  options: JobOptions,
  run: TakenRun,
  { error, isManual, isStopping }: { error: unknown; isManual: boolean; isStopping: boolean },
): Promise<CarriedOut> {
  const message = errorText(error);
  const { job, attempt, tenant } = run;
  if (isStopping) {
    // Not the job's fault: another instance takes it up, and the try does not count.
    const { nextAt } = await ended(options, run, { status: 'QUEUED', attempt: attempt - 1, error: message });
    return { outcome: 'again', nextAt };
  }
  options.log.error({ err: error, job, tenant: tenant.slug, attempt }, 'job failed');
  if (attempt < TRIES && !isManual) {
    const { nextAt } = await ended(options, run, { status: 'QUEUED', error: message });
    return { outcome: 'again', nextAt };
  }
  const { nextAt } = await ended(options, run, { status: 'FAILED', error: message }, (scope, tx) =>
    raiseAlerts(scope, tx, [failedAlert(run, message)]),
  );
  return { outcome: 'failed', nextAt };
}

/** Writes the end; what is told about it commits with it. */
async function ended(
  { directory, clock, scopeFor }: JobOptions,
  run: TakenRun,
  end: { status: 'COMPLETED' | 'FAILED' | 'QUEUED'; error?: string; attempt?: number },
  tell: ((scope: Scope, tx: Tx) => Promise<void>) | null = null,
): Promise<EndedRun> {
  const at = clock();
  if (!tell) return endRun(directory, run, { ...end, at });
  const scope = scopeFor(run.tenant, at);
  return scope.db.tx(async (tx) => {
    const written = await endRun(tx, run, { ...end, at });
    if (written.isMine) await tell(scope, tx);
    return written;
  });
}

/** What an alert about a job is known by. */
export const identity = (type: 'JOB_FAILED' | 'JOB_OVERRUN', { job }: { job: string }) => ({
  ...{ type, component: 'automation', labels: { job } },
});

/** The alert of a run whose tries are used up. */
export const failedAlert = (run: { job: string; scheduledFor: Date }, message: string): NewAlert => ({
  ...identity('JOB_FAILED', run),
  level: 'error',
  title: `${run.job} failed`,
  message: `The run of ${run.scheduledFor.toISOString()} failed: ${message}`,
});
