import { getTenant } from '../control/tenancy/index.ts';
import { ValidationError } from '../kernel/errors.ts';
import { type Connection, type PageArgs, pageOf, toConnection } from '../kernel/page.ts';
import type { Scope } from '../platform/scope.ts';
import { JOBS, type Job } from './jobs.ts';
import { RUN_COLUMNS, type ScheduleRunRow } from './ledger.ts';
import { checkJobName, pausedJobs } from './run-pause.ts';
import { CYCLE_JOB, nextCycle, nextInstant } from './schedule.ts';

/** One job as an operator of the tenant sees it. */
export interface ScheduleView {
  job: string;
  description: string;
  /** True for the tenant's own cycle. */
  isOwn: boolean;
  /** False when it is switched off on this installation. */
  isEnabled: boolean;
  isPaused: boolean;
  pausedSince: Date | null;
  /** Whether it is paused for everybody. */
  isPausedForAll: boolean;
  pattern: string;
  timeZone: string;
  catchUp: string;
  timeoutSec: number;
  nextAt: Date | null;
  last: ScheduleRunRow | null;
  /** Newest ticks in a row that were skipped. */
  skipsInARow: number;
}

// The newest few ticks of each job: enough to count skips in a row up to ten.
const NEWEST = `
  SELECT r.* FROM unnest($2::text[]) AS j (job), LATERAL (
    SELECT ${RUN_COLUMNS} FROM schedule_run s WHERE s.job = j.job AND s.tenant_id = $1
    ORDER BY s.scheduled_for DESC LIMIT 10) r`;

/** Every job of the tenant with its next and last instant: three statements. `table` are those not switched off here. */
export async function listSchedules(
  scope: Scope,
  { table, hasCycles }: { table: readonly Job[]; hasCycles: boolean },
): Promise<ScheduleView[]> {
  const names = [CYCLE_JOB, ...JOBS.map(({ name }) => name)];
  const [tenant, runs, paused] = await Promise.all([
    getTenant(scope.db, scope.tenantId),
    scope.db.rows<ScheduleRunRow>(NEWEST, [scope.tenantId, names], 'newest_runs'),
    pausedJobs(scope),
  ]);
  const byJob = Map.groupBy(runs, ({ job }) => job);
  const factsOf = (job: string) => {
    const own = byJob.get(job) ?? [];
    const firstGood = own.findIndex(({ status }) => status !== 'SKIPPED_OVERLAP');
    const pause = paused.get(job);
    return {
      ...{ job, last: own[0] ?? null, skipsInARow: firstGood < 0 ? own.length : firstGood },
      ...{ isPaused: !!pause, pausedSince: pause?.at ?? null, isPausedForAll: pause?.isForAll ?? false },
    };
  };
  const isRunning = tenant.engineStatus === 'RUNNING';
  const nextAt = isRunning && hasCycles ? nextCycle(tenant, scope.now) : null;
  const cycle: ScheduleView = {
    ...factsOf(CYCLE_JOB),
    description: 'The tenant’s engine cycle: monitors, detects, acts, learns and reports.',
    ...{ isOwn: true, isEnabled: hasCycles, timeZone: 'UTC', catchUp: 'LATEST', timeoutSec: 600 },
    pattern: `every ${tenant.cycleIntervalSec} s at minute offset ${tenant.cycleMinute}`,
    ...{ isPaused: !isRunning, nextAt },
  };
  const others = JOBS.map((known): ScheduleView => {
    const active = table.find(({ name }) => name === known.name);
    const { name, description, pattern, timeZone, catchUp, timeoutSec } = active ?? known;
    const facts = factsOf(name);
    const nextAt = active && !facts.isPaused ? nextInstant(active, scope.now) : null;
    return {
      ...{ ...facts, description, pattern, timeZone, catchUp, timeoutSec, nextAt },
      ...{ isOwn: false, isEnabled: !!active },
    };
  });
  return [cycle, ...others];
}

/** The ticks of a job of the tenant, newest first. */
export async function listRuns(
  scope: Scope,
  job: string,
  args: PageArgs,
): Promise<Connection<ScheduleRunRow>> {
  if (job !== CYCLE_JOB) checkJobName(job);
  const page = pageOf(args, 1);
  if (page.cursor && Number.isNaN(Date.parse(page.cursor[0] as string))) {
    throw new ValidationError(page.isForward ? 'after' : 'before', 'This cursor was not made by this list.');
  }
  const [compare, direction] = page.isForward ? ['<', 'DESC'] : ['>', 'ASC'];
  const rows = await scope.db.rows<ScheduleRunRow>(
    `SELECT ${RUN_COLUMNS} FROM schedule_run WHERE job = $1 AND tenant_id = $2
       AND ($3::timestamptz IS NULL OR scheduled_for ${compare} $3)
     ORDER BY scheduled_for ${direction} LIMIT $4`,
    [job, scope.tenantId, page.cursor?.[0] ?? null, page.size + 1],
    `schedule_runs_${direction}`,
  );
  return toConnection(rows, page, (row) => [row.scheduledFor]);
}
