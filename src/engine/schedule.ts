import { Cron } from 'croner';

/** What to do about instants that passed while nobody was there (spec o.1). */
export type CatchUp = 'SKIP' | 'LATEST' | 'ALL';

/** When a job runs: for every tenant by itself, the installation's own (zeros) included. */
export interface JobSchedule {
  name: string;
  /** croner pattern on whole minutes. */
  pattern: string;
  /** IANA zone of the pattern. */
  timeZone: string;
  catchUp: CatchUp;
  /** How many missed instants ALL may make up for; 31 unless told otherwise. */
  limit?: number;
  /** How late LATEST may be, in hours; any time unless told otherwise. */
  lateHours?: number;
}

/** The name under which tenants' own cycles stand in the ledger. */
export const CYCLE_JOB = 'engine-cycle';
/** Most instants that ALL makes up for (spec o.1). */
const MOST_MISSED = 31;
const HOUR_MS = 3_600_000;

/** The next nominal instant strictly after `now`. */
export function nextInstant(job: JobSchedule, now: Date): Date {
  const next = new Cron(job.pattern, { timezone: job.timeZone }).nextRun(now);
  if (!next) throw new Error(`${job.name} never runs again.`);
  return next;
}

/** Whether the job runs at this very minute. */
export function isInstant(job: JobSchedule, minute: Date): boolean {
  return nextInstant(job, new Date(minute.getTime() - 1)).getTime() === minute.getTime();
}

/**
 * The instants up to `now` that its policy wants made up for when nobody has claimed them, oldest first. Which of them a
 * tenant has missed is the ledger's to say: not those before its creation, nor those that passed while it was paused.
 */
export function missedInstants(job: JobSchedule, now: Date): Date[] {
  if (job.catchUp === 'SKIP') return [];
  const limit = job.catchUp === 'LATEST' ? 1 : (job.limit ?? MOST_MISSED);
  const earliest = now.getTime() - (job.lateHours ?? Number.POSITIVE_INFINITY) * HOUR_MS;
  return latestInstants(job, now, limit).filter((instant) => instant.getTime() >= earliest);
}

/** The newest `count` instants up to and including `now`, oldest first. */
export function latestInstants(job: JobSchedule, now: Date, count: number): Date[] {
  // croner looks strictly before its second; an instant that is exactly now has passed too.
  const soon = new Date(now.getTime() + 1000);
  return new Cron(job.pattern, { timezone: job.timeZone })
    .previousRuns(count + 1, soon)
    .filter((instant) => instant <= now)
    .sort((a, b) => a.getTime() - b.getTime())
    .slice(-count);
}

/** The next nominal cycle of a tenant strictly after `now` (spec o.1: minute offset = murmur3(tenantId) mod 60). */
export function nextCycle(tenant: { cycleMinute: number; cycleIntervalSec: number }, now: Date): Date {
  const every = tenant.cycleIntervalSec / 60;
  const minute = Math.floor(now.getTime() / 60_000);
  const since = (((minute - tenant.cycleMinute) % every) + every) % every;
  return new Date((minute - since + every) * 60_000);
}
