import { setTimeout as sleep } from 'node:timers/promises';
import { writeAudit } from '../control/audit/index.ts';
import { ValidationError } from '../kernel/errors.ts';
import type { Scope } from '../platform/scope.ts';
import type { ScheduleRunRow } from './ledger.ts';
import { findRun, openRun, takeNow } from './ledger-run.ts';
import type { CycleOptions } from './run-cycle.ts';
import { carryOut } from './run-job.ts';
import { type OnceReport, runOnce, type Visit } from './run-once.ts';
import { checkJobName } from './run-pause.ts';
import { listSchedules, type ScheduleView } from './run-read.ts';

/** This instance's way of running jobs when somebody asks; made once by the composition root. */
export interface Automation {
  /** Every job of the tenant with its next and last instant. */
  list(scope: Scope): Promise<ScheduleView[]>;
  /** Runs a job of the tenant now, on this instance; answers when it has ended or after `waitMs`. */
  runNow(scope: Scope, request: { job: string; waitMs: number }): Promise<RanNow>;
  /** Runs everything that is due, for every tenant, and waits for it; then looks after watched work once. */
  runDue(signal: AbortSignal): Promise<OnceReport>;
  /** Gives runs under way to others. */
  stop(): Promise<void>;
}

export interface RanNow {
  run: ScheduleRunRow;
  /** False when a run of the job was open already, or ended within this very second: then `run` is that one. */
  isNew: boolean;
}

/** Runs by hand are in the ledger like all others, at the second they were asked for. */
export function createAutomation(options: CycleOptions, visits: readonly Visit[] = []): Automation {
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();

  async function runNow(scope: Scope, { job, waitMs }: { job: string; waitMs: number }): Promise<RanNow> {
    checkJobName(job);
    const found = options.table.find(({ name }) => name === job);
    if (!found)
      throw new ValidationError('job', `${job} is switched off on this installation (JOBS_DISABLED).`);
    const key = { job, tenantId: scope.tenantId };
    const scheduledFor = new Date(Math.floor(scope.now.getTime() / 1000) * 1000);
    const taken = await scope.db.tx(async (tx) => {
      const run = await takeNow(tx, key, { owner: options.owner, at: options.clock(), scheduledFor });
      if (run) {
        const after = { scheduledFor: scheduledFor.toISOString() };
        await writeAudit(scope, tx, { action: 'schedule.run', subject: job, before: null, after });
      }
      return run;
    });
    if (taken) {
      const work = carryOut(options, found, taken, { stopping: stopping.signal, isManual: true });
      running.add(work);
      work
        .finally(() => running.delete(work))
        .catch((error: unknown) => scope.log.error({ err: error, job }, 'run now'));
      await Promise.race([work, sleep(waitMs, null, { ref: false })]);
    }
    const run = (!taken && (await openRun(scope.db, key))) || (await findRun(scope.db, key, scheduledFor));
    if (!run) throw new ValidationError('job', 'A run of this job has just ended; ask again.');
    return { run, isNew: taken !== null };
  }

  return {
    list: (scope) => listSchedules(scope, options),
    runNow,
    runDue: (signal) => runOnce(options, visits, AbortSignal.any([signal, stopping.signal])),
    async stop() {
      stopping.abort(new Error('The instance is stopping.'));
      await Promise.allSettled([...running]);
    },
  };
}
