import { writeAudit } from '../control/audit/index.ts';
import { ValidationError } from '../kernel/errors.ts';
import { PLATFORM_TENANT } from '../kernel/ids.ts';
import type { Scope } from '../platform/scope.ts';
import { JOBS } from './jobs.ts';
import { CYCLE_JOB } from './schedule.ts';

/** Refuses a name that no job of the table has, and the cycle, which has switches of its own. */
export function checkJobName(job: string): void {
  if (job === CYCLE_JOB) {
    throw new ValidationError(
      'job',
      'The engine’s cycle has switches of its own: startEngine, stopEngine and executeCycle.',
    );
  }
  if (JOBS.some(({ name }) => name === job)) return;
  const known = JOBS.map(({ name }) => name).join(', ');
  throw new ValidationError('job', `There is no job "${job}"; there are ${known}.`);
}

/**
 * Pauses or resumes a job of the tenant; of the installation's own tenant: of everybody. A run under way ends normally.
 * Instants that pass while a job is paused are skipped for good: resuming makes up for none of them. Audited; asking twice
 * changes nothing.
 */
export async function pauseJob(
  scope: Scope,
  { job, isPaused, reason }: { job: string; isPaused: boolean; reason: string },
): Promise<void> {
  checkJobName(job);
  if (reason.trim() === '' || reason.length > 500) {
    throw new ValidationError('reason', 'Say why, in 1 to 500 characters.');
  }
  await scope.db.tx(async (tx) => {
    const changed = await tx.run(isPaused ? PAUSE : RESUME, [job, scope.tenantId, scope.now]);
    if (changed === 0) return;
    await writeAudit(scope, tx, {
      action: isPaused ? 'schedule.pause' : 'schedule.resume',
      ...{ subject: job, before: { isPaused: !isPaused }, after: { isPaused }, reason },
    });
    const payload = { job, isPaused, by: scope.actor.name };
    await scope.events.append(tx, scope.tenantId, [{ type: 'SCHEDULE_CHANGED', payload }]);
  });
}

const PAUSE = `
  INSERT INTO schedule_pause (job, tenant_id, at) VALUES ($1, $2, $3)
  ON CONFLICT (job, tenant_id) DO UPDATE SET at = excluded.at, resumed_at = NULL
    WHERE schedule_pause.resumed_at IS NOT NULL`;
const RESUME = `
  UPDATE schedule_pause SET resumed_at = $3 WHERE job = $1 AND tenant_id = $2 AND resumed_at IS NULL`;

/** Jobs that are paused for the tenant: by itself or for everybody. */
export async function pausedJobs(scope: Scope): Promise<Map<string, { at: Date; isForAll: boolean }>> {
  const rows = await scope.db.rows<{ job: string; at: Date; isForAll: boolean }>(
    `SELECT job, at, tenant_id = '${PLATFORM_TENANT}' AS "isForAll" FROM schedule_pause
     WHERE tenant_id IN ($1, '${PLATFORM_TENANT}') AND resumed_at IS NULL ORDER BY tenant_id DESC`,
    [scope.tenantId],
    'paused_jobs',
  );
  return new Map(rows.map(({ job, ...pause }) => [job, pause]));
}
