import { raiseAlerts, resolveAlerts } from '../control/alert-intake/index.ts';
import { getTenant } from '../control/tenancy/index.ts';
import type { Scope } from '../platform/scope.ts';
import type { RunStatus } from './ledger.ts';
import type { RunKey } from './ledger-run.ts';
import { failedAlert, identity, type JobOptions } from './run-job.ts';

/** Skipped ticks in a row that are worth an alert (spec o.2). */
export const OVERRUNS = 3;
/** Tenants that are told of one tick: when everything stands still, the first hundred say it. */
const MOST_TOLD = 100;

type Told = Pick<JobOptions, 'directory' | 'clock' | 'scopeFor' | 'log'>;

/** Raises a warning for every job of a tenant that has now been skipped three times in a row or more. */
export async function tellOverruns(options: Told, skipped: readonly RunKey[]): Promise<void> {
  if (skipped.length === 0) return;
  const rows = await options.directory.rows<RunKey>(
    `SELECT s.job, s.tenant_id AS "tenantId" FROM unnest($1::text[], $2::uuid[]) AS s (job, tenant_id)
     WHERE (SELECT count(*) = ${OVERRUNS} AND bool_and(status = 'SKIPPED_OVERLAP') FROM (
       SELECT status FROM schedule_run r WHERE r.job = s.job AND r.tenant_id = s.tenant_id
       ORDER BY scheduled_for DESC LIMIT ${OVERRUNS}) newest)
     LIMIT ${MOST_TOLD + 1}`,
    [skipped.map(({ job }) => job), skipped.map(({ tenantId }) => tenantId)],
  );
  if (rows.length > MOST_TOLD) options.log.error({ skipped: skipped.length }, 'jobs of many tenants overrun');
  for (const { job, tenantId } of rows.slice(0, MOST_TOLD)) {
    await tell(options, tenantId, {
      ...identity('JOB_OVERRUN', { job }),
      ...{ level: 'warning', title: `${job} overruns` },
      message: `${job} was skipped ${OVERRUNS} times in a row or more, because the run before was still open.`,
    });
  }
}

/** Raises an alert for every run that died as often as it may be tried. */
export async function tellDead(
  options: Told,
  dead: readonly (RunKey & { scheduledFor: Date })[],
  message: string,
): Promise<void> {
  for (const run of dead.slice(0, MOST_TOLD)) await tell(options, run.tenantId, failedAlert(run, message));
}

/** A cycle that failed is told, and a good one after failed or skipped ones ends that. */
export async function tellCycle(
  options: Told,
  run: RunKey & { scheduledFor: Date },
  status: RunStatus,
  error = 'see the cycle’s phases',
): Promise<void> {
  if (status === 'FAILED') return tell(options, run.tenantId, failedAlert(run, error));
  const before = await options.directory.row<{ status: string }>(
    `SELECT status FROM schedule_run WHERE job = $1 AND tenant_id = $2 AND scheduled_for < $3
     ORDER BY scheduled_for DESC LIMIT 1`,
    [run.job, run.tenantId, run.scheduledFor],
    'run_before',
  );
  if (before?.status !== 'FAILED' && before?.status !== 'SKIPPED_OVERLAP') return;
  const scope = await alertScope(options, run.tenantId);
  await scope.db.tx((tx) =>
    resolveAlerts(scope, tx, [identity('JOB_FAILED', run), identity('JOB_OVERRUN', run)]),
  );
}

async function tell(
  options: Told,
  tenantId: string,
  alert: Parameters<typeof raiseAlerts>[2][number],
): Promise<void> {
  const scope = await alertScope(options, tenantId);
  await scope.db.tx((tx) => raiseAlerts(scope, tx, [alert]));
}

async function alertScope(options: Told, tenantId: string): Promise<Scope> {
  return options.scopeFor(await getTenant(options.directory, tenantId), options.clock());
}
