import { floorMinute } from '../kernel/time.ts';
import type { Tx } from '../platform/db/sql.ts';
import {
  type ClaimedRun,
  claimDueCycles,
  claimInstants,
  type DueInstant,
  skipRuns,
  waitingRuns,
} from './ledger-claim.ts';
import { DIED, reclaimRuns } from './ledger-run.ts';
import { tellDead, tellOverruns } from './run-alerts.ts';
import { type JobOptions, TRIES } from './run-job.ts';
import { CYCLE_JOB, isInstant, missedInstants } from './schedule.ts';

export interface ClockOptions extends JobOptions {
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

/** Payload of a job of the table. */
export interface RunJob {
  job: string;
  tenantId: string;
  scheduledFor: string;
  /** Somebody wants a failed one tried again. */
  isRequeued?: boolean;
}

/** Jobs that may take longer than this, in seconds, have a queue of their own: nobody waits behind them. */
const LONG_SEC = 120;
/** Rows of one statement to the queue. */
const CHUNK = 5_000;
/** What a run is given beyond its time-out before it counts as dead: clocks of instances differ by up to 30 s. */
const ALLOWANCE_MS = 30_000;

/** Everything that is due at this minute, for every tenant; then what has died. */
export async function tick(options: ClockOptions, minute: Date): Promise<void> {
  if (options.hasCycles) await enqueueCycles(options, minute, false);
  const due = options.table.filter((job) => isInstant(job, minute));
  await enqueueInstants(
    options,
    due.map(({ name }) => ({ job: name, instant: minute })),
    { isTick: true },
  );
  await reclaimDead(options);
}

/** What was missed, as far as each job's policy wants it; then what waits but has no job in the queue any more. */
export async function catchUp(options: ClockOptions): Promise<void> {
  const now = options.clock();
  if (options.hasCycles) await enqueueCycles(options, floorMinute(now), true);
  const missed = options.table.flatMap((job) =>
    missedInstants(job, now).map((instant) => ({ job: job.name, instant })),
  );
  await enqueueInstants(options, missed, { isTick: false });
  await reclaimDead(options);
  const { directory } = options;
  await directory.tx(async (tx) => wake(options, tx, await waitingRuns(tx, 10_000)));
}

/**
 * Claims instants for all tenants and enqueues what was won, in one transaction. Answers how many runs were claimed to be
 * worked off; another instance's are not among them.
 */
export async function enqueueInstants(
  options: JobOptions,
  due: readonly DueInstant[],
  { isTick }: { isTick: boolean },
): Promise<number> {
  if (due.length === 0) return 0;
  const claimed = await options.directory.tx(async (tx) => {
    const won = await claimInstants(tx, due, { isTick, at: options.clock() });
    await wake(
      options,
      tx,
      won.filter(({ status }) => status === 'QUEUED'),
    );
    return won;
  });
  const skipped = claimed.filter(({ status }) => status === 'SKIPPED_OVERLAP');
  await tellOverruns(options, skipped);
  return claimed.length - skipped.length;
}

/** Puts one job per tenant and name into the queue: it takes what waits, oldest first, and wakes the next. */
export async function wake(
  { jobs, table }: JobOptions,
  tx: Tx,
  runs: readonly Omit<ClaimedRun, 'status'>[],
): Promise<void> {
  const seen = new Set<string>();
  const isLong = new Map(table.map(({ name, timeoutSec }) => [name, timeoutSec > LONG_SEC]));
  const waiting = runs.flatMap(({ job, tenantId, scheduledFor }) => {
    const singletonKey = `${job}:${tenantId}`;
    if (seen.has(singletonKey) || !isLong.has(job)) return [];
    seen.add(singletonKey);
    const data: RunJob = { job, tenantId, scheduledFor: scheduledFor.toISOString() };
    return [{ data, singletonKey, isLong: isLong.get(job) === true }];
  });
  for (const long of [false, true]) {
    const own = waiting.filter((job) => job.isLong === long);
    for (let at = 0; at < own.length; at += CHUNK) {
      await jobs.enqueue(tx, long ? 'schedule-run-long' : 'schedule-run', own.slice(at, at + CHUNK));
    }
  }
}

/** Runs beyond their time-out go to whoever is there; one that died as often as it may be tried has failed. */
export async function reclaimDead(options: JobOptions): Promise<number> {
  const at = options.clock();
  const limits = options.table.map(({ name, timeoutSec }) => ({
    job: name,
    startedBefore: new Date(at.getTime() - timeoutSec * 1000 - ALLOWANCE_MS),
  }));
  const reclaimed = await options.directory.tx(async (tx) => {
    const rows = await reclaimRuns(tx, limits, { at, tries: TRIES });
    await wake(
      options,
      tx,
      rows.filter(({ status }) => status === 'QUEUED'),
    );
    return rows;
  });
  if (reclaimed.length > 0) options.log.warn({ runs: reclaimed.length }, 'reclaimed runs that had died');
  await tellDead(
    options,
    reclaimed.filter(({ status }) => status === 'FAILED'),
    DIED,
  );
  return reclaimed.length;
}

/** Claims and enqueues the cycles that are due; the claims and the jobs commit together. */
export async function enqueueCycles(options: JobOptions, minute: Date, isCatchUp: boolean): Promise<number> {
  const { taken, skipped } = await options.directory.tx(async (tx) => {
    const due = await claimDueCycles(tx, minute, isCatchUp);
    const jobs = due.map(({ tenantId, scheduledFor, jobId }) => {
      const data: CycleJob = { tenantId, scheduledFor: scheduledFor.toISOString() };
      return { id: jobId, data, singletonKey: tenantId };
    });
    const ids = new Set(await options.jobs.enqueue(tx, 'tenant-cycle', jobs));
    const refused = due.filter(({ jobId }) => !ids.has(jobId));
    await skipRuns(tx, CYCLE_JOB, refused, options.clock());
    return { taken: ids.size, skipped: refused };
  });
  await tellOverruns(
    options,
    skipped.map(({ tenantId }) => ({ job: CYCLE_JOB, tenantId })),
  );
  return taken;
}
