import { Cron } from 'croner';

/** What to do about instants that passed while nobody was there (spec o.1). */
export type CatchUp = 'SKIP' | 'LATEST' | 'ALL';

/** A job that the clock starts for the whole platform; it visits the tenants by itself. */
export interface ScheduledJob {
  name: string;
  /** croner pattern. */
  pattern: string;
  timeZone: string;
  catchUp: CatchUp;
  /** How many missed instants ALL may make up for. */
  limit?: number;
}

/** Every platform job whose work exists (spec o.1). engine-cycle is per tenant and has its own claim. */
export const SCHEDULED_JOBS: readonly ScheduledJob[] = [
  { name: 'offer-expiry', pattern: '*/5 * * * *', timeZone: 'UTC', catchUp: 'SKIP' },
  { name: 'retention', pattern: '17 * * * *', timeZone: 'UTC', catchUp: 'LATEST' },
];

/** The name under which tenants' own cycles stand in the ledger. */
export const CYCLE_JOB = 'engine-cycle';

/** The next nominal instant strictly after `now`. */
export function nextInstant(job: ScheduledJob, now: Date): Date {
  const next = new Cron(job.pattern, { timezone: job.timeZone }).nextRun(now);
  if (!next) throw new Error(`${job.name} never runs again.`);
  return next;
}

/** The instants in (last, now] that its policy wants made up for, oldest first. */
export function missedInstants(job: ScheduledJob, last: Date | null, now: Date): Date[] {
  if (job.catchUp === 'SKIP' || last === null) return [];
  const limit = job.catchUp === 'LATEST' ? 1 : (job.limit ?? 31);
  // croner looks strictly before its second; an instant that is exactly now has been missed too.
  const soon = new Date(now.getTime() + 1000);
  const earlier = new Cron(job.pattern, { timezone: job.timeZone }).previousRuns(limit + 1, soon);
  return earlier
    .filter((instant) => instant > last && instant <= now)
    .sort((a, b) => a.getTime() - b.getTime())
    .slice(-limit);
}

/** The next nominal cycle of a tenant strictly after `now` (spec o.1: minute offset = murmur3(tenantId) mod 60). */
export function nextCycle(tenant: { cycleMinute: number; cycleIntervalSec: number }, now: Date): Date {
  const every = tenant.cycleIntervalSec / 60;
  const minute = Math.floor(now.getTime() / 60_000);
  const since = (((minute - tenant.cycleMinute) % every) + every) % every;
  return new Date((minute - since + every) * 60_000);
}
