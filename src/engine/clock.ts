import { Cron } from 'croner';
import type { PooledSql } from '../platform/db/sql.ts';
import type { JobEngine } from '../platform/jobs/engine.ts';
import type { Logger } from '../platform/log/logger.ts';
import { claimDueCycles, claimInstant, lastInstant, recordRun } from './ledger.ts';
import { CYCLE_JOB, missedInstants, SCHEDULED_JOBS, type ScheduledJob } from './schedule.ts';

export interface ClockOptions {
  directory: PooledSql;
  jobs: JobEngine;
  log: Logger;
  clock: () => Date;
  /** CHECK_INTERVAL_MINUTES: how often missed instants are looked for. */
  catchUpMinutes: number;
  /** Goes on with cycles whose instance has died. */
  reclaim: () => Promise<void>;
}

/** Payload of a `tenant-cycle` job: the nominal instant travels with it, so its steps never ask what time it is. */
export interface CycleJob {
  tenantId: string;
  scheduledFor: string;
}

/** Payload of a `scheduled-job` job. */
export interface PlatformJob {
  job: string;
  scheduledFor: string;
}

/**
 * Wakes every instance at every nominal instant; the ledger decides which one enqueues. croner is only the clock: it
 * remembers nothing, so a missed instant is found again in the ledger at start and every `catchUpMinutes`.
 */
export function startClock(options: ClockOptions): { stop(): void; catchUp(): Promise<void> } {
  const { clock, log } = options;
  const guarded = (name: string, work: () => Promise<unknown>) => async (): Promise<void> => {
    await work().catch((error: unknown) => log.error({ err: error, job: name }, 'clock'));
  };
  const cron = (name: string, pattern: string, timezone: string, work: () => Promise<unknown>) =>
    new Cron(pattern, { timezone, name: undefined, protect: true, unref: true }, guarded(name, work));

  const catchUp = async () => {
    const now = clock();
    await enqueueCycles(options, floorMinute(now), true);
    for (const job of SCHEDULED_JOBS) {
      const last = await lastInstant(options.directory, job.name);
      for (const instant of missedInstants(job, last, now)) await enqueueJob(options, job, instant);
    }
  };
  const crons = [
    cron(CYCLE_JOB, '* * * * *', 'UTC', () => enqueueCycles(options, nominalMinute(clock()), false)),
    cron('reclaim', '*/5 * * * * *', 'UTC', options.reclaim),
    ...SCHEDULED_JOBS.map((job) =>
      cron(job.name, job.pattern, job.timeZone, () => enqueueJob(options, job, nominalMinute(clock()))),
    ),
  ];
  // Not a cron: any number of minutes is allowed, and it has no nominal instant.
  const looking = setInterval(guarded('catch-up', catchUp), options.catchUpMinutes * 60_000).unref();
  const stop = () => {
    clearInterval(looking);
    for (const job of crons) job.stop();
  };
  return { stop, catchUp };
}

const floorMinute = (now: Date): Date => new Date(Math.floor(now.getTime() / 60_000) * 60_000);

/** A timer may fire a little early or late; all our patterns stand on whole minutes. */
const nominalMinute = (now: Date): Date => new Date(Math.round(now.getTime() / 60_000) * 60_000);

/** Claims and enqueues the cycles that are due; the claims and the jobs commit together. */
export async function enqueueCycles(
  options: ClockOptions,
  minute: Date,
  isCatchUp: boolean,
): Promise<number> {
  return options.directory.tx(async (tx) => {
    const due = await claimDueCycles(tx, minute, isCatchUp);
    const jobs = due.map(({ tenantId, scheduledFor, jobId }) => {
      const data: CycleJob = { tenantId, scheduledFor: scheduledFor.toISOString() };
      return { id: jobId, data, singletonKey: tenantId };
    });
    const taken = new Set(await options.jobs.enqueue(tx, 'tenant-cycle', jobs));
    for (const { tenantId, scheduledFor, jobId } of due) {
      if (taken.has(jobId)) continue;
      await recordRun(tx, {
        job: CYCLE_JOB,
        tenantId,
        scheduledFor,
        status: 'SKIPPED_OVERLAP',
        at: options.clock(),
      });
    }
    return taken.size;
  });
}

/** Claims and enqueues one instant of a platform job; false when another instance was quicker. */
export async function enqueueJob(options: ClockOptions, job: ScheduledJob, instant: Date): Promise<boolean> {
  return options.directory.tx(async (tx) => {
    if (!(await claimInstant(tx, job.name, instant))) return false;
    const data: PlatformJob = { job: job.name, scheduledFor: instant.toISOString() };
    await options.jobs.enqueue(tx, 'scheduled-job', [{ data }]);
    return true;
  });
}
