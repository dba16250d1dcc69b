import { getTenant } from '../control/tenancy/index.ts';
import { errorText } from '../kernel/error-text.ts';
import { ValidationError } from '../kernel/errors.ts';
import type { Scope } from '../platform/scope.ts';
import type { CycleRunner, Executed } from './execute.ts';
import { type RunStatus, recordRun, settleRun } from './ledger.ts';
import { tellCycle, tellOverruns } from './run-alerts.ts';
import type { JobOptions } from './run-job.ts';
import { CYCLE_JOB } from './schedule.ts';
import type { CycleRow } from './store.ts';

export interface CycleOptions extends JobOptions {
  runner: CycleRunner;
}

/** Runs the cycle of a tenant's instant and writes down how it went. Throws what should be tried again. */
export async function runTenantCycle(
  options: CycleOptions,
  data: { tenantId: string; scheduledFor: string },
): Promise<void> {
  const { directory, runner, clock, owner } = options;
  const scheduledFor = new Date(data.scheduledFor);
  const run = { job: CYCLE_JOB, tenantId: data.tenantId, scheduledFor, owner };
  await recordRun(directory, { ...run, status: 'RUNNING', at: clock() });
  const scope = options.scopeFor(await getTenant(directory, data.tenantId), scheduledFor);
  try {
    const { cycle, alreadyRunning } = await executeOwn(runner, scope, scheduledFor);
    if (alreadyRunning) return await settleOrSkip(options, scope, run);
    // Cut off because this instance stops: whoever resumes it writes down how it went.
    if (cycle.status === 'RUNNING' && isOf(cycle, scheduledFor)) return;
    if (cycle.status === 'RUNNING') throw new CutOff();
    const ended: RunStatus = cycle.status === 'FAILED' ? 'FAILED' : 'COMPLETED';
    await recordRun(directory, { ...run, status: ended, at: clock() });
    await tellCycle(options, run, ended);
  } catch (error) {
    if (error instanceof CutOff) {
      await recordRun(directory, { ...run, status: 'QUEUED', at: clock() });
      throw error;
    }
    const message = errorText(error);
    const isSuperseded = error instanceof ValidationError && error.field === 'asOf';
    if (isSuperseded) return await settleOrSkip(options, scope, run, message);
    await recordRun(directory, { ...run, status: 'FAILED', at: clock(), error: message });
    await tellCycle(options, run, 'FAILED', message);
    throw error;
  }
}

/** Runs the instant's cycle; what an instance that died had left of an earlier one comes first. */
async function executeOwn(runner: CycleRunner, scope: Scope, asOf: Date): Promise<Executed> {
  const request = { asOf, trigger: 'SCHEDULE' } as const;
  const first = await runner.execute(scope, request);
  if (first.alreadyRunning || first.cycle.status === 'RUNNING' || isOf(first.cycle, asOf)) return first;
  const second = await runner.execute(scope, request);
  return { ...second, alreadyRunning: second.alreadyRunning || !isOf(second.cycle, asOf) };
}

const isOf = (cycle: CycleRow, asOf: Date): boolean => cycle.asOf.getTime() === asOf.getTime();

/** This instance stops before the instant's own cycle could begin: the job is tried again by another. */
class CutOff extends Error {
  constructor() {
    super('The instance stopped before the cycle began.');
  }
}

/**
 * Another cycle is under way, or has looked past this instant already. It may be this very instant's: started by an
 * instance that died, then resumed.
 */
async function settleOrSkip(
  options: CycleOptions,
  scope: Scope,
  run: { job: string; tenantId: string; scheduledFor: Date; owner: string },
  error?: string,
): Promise<void> {
  if (await settleRun(scope.db, run.tenantId, run.scheduledFor)) return;
  const { directory, clock } = options;
  await recordRun(directory, { ...run, status: 'SKIPPED_OVERLAP', at: clock(), ...(error && { error }) });
  await tellOverruns(options, [run]);
}
