import { DAY_MS } from '../kernel/time.ts';
import type { Sql, Tx } from '../platform/db/sql.ts';
import type { Scope } from '../platform/scope.ts';

export type RunStatus = 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'SKIPPED_OVERLAP';

/** One tick of one job of one tenant. */
export interface ScheduleRunRow {
  job: string;
  tenantId: string;
  scheduledFor: Date;
  status: RunStatus;
  attempt: number;
  startedAt: Date | null;
  finishedAt: Date | null;
  error: string | null;
}

/** The ledger's columns under the names of ScheduleRunRow. */
export const RUN_COLUMNS = `job, tenant_id AS "tenantId", scheduled_for AS "scheduledFor", status, attempt,
  started_at AS "startedAt", finished_at AS "finishedAt", error`;

/** Writes how a tick of a cycle went; its own claim keeps it from running twice. */
export async function recordRun(
  sql: Sql,
  run: Pick<ScheduleRunRow, 'job' | 'tenantId' | 'scheduledFor' | 'status'> & {
    owner?: string;
    at: Date;
    error?: string;
  },
): Promise<void> {
  await sql.run(
    `UPDATE schedule_run SET status = $4, error = $5,
       owner = coalesce($6, owner),
       attempt = attempt + CASE WHEN $4 = 'RUNNING' THEN 1 ELSE 0 END,
       started_at = CASE WHEN $4 = 'RUNNING' THEN $7 ELSE started_at END,
       finished_at = CASE WHEN $4 IN ('QUEUED', 'RUNNING') THEN NULL ELSE $7::timestamptz END
     WHERE job = $1 AND tenant_id = $2 AND scheduled_for = $3`,
    [run.job, run.tenantId, run.scheduledFor, run.status, run.error ?? null, run.owner ?? null, run.at],
  );
}

/**
 * Writes down how the cycle of an instant went that another instance has resumed and ended. Answers whether the
 * instant has a cycle at all: running ones are written down by whoever ends them.
 */
export async function settleRun(sql: Sql, tenantId: string, scheduledFor: Date): Promise<boolean> {
  const row = await sql.row(
    `WITH own AS (
       SELECT status, finished_at FROM cycle WHERE tenant_id = $1 AND as_of = $2 AND NOT is_dry_run
     ), settled AS (
       UPDATE schedule_run r SET status = CASE own.status WHEN 'FAILED' THEN 'FAILED' ELSE 'COMPLETED' END,
         finished_at = own.finished_at, error = NULL FROM own
       WHERE r.job = 'engine-cycle' AND r.tenant_id = $1 AND r.scheduled_for = $2 AND own.status <> 'RUNNING'
     ) SELECT 1 FROM own`,
    [tenantId, scheduledFor],
  );
  return row !== undefined;
}

/** Ended ticks of a job that are kept whatever their age: more than any policy looks back. */
const NEWEST = 50;
const FAILURE_DAYS = 14;

/** Forgets the tenant's old ticks: of each job the newest 50 stay, and the newest 50 failures of the last 14 days. */
export async function pruneLedger(scope: Scope, tx: Tx, jobs: readonly string[]): Promise<number> {
  return tx.run(
    `DELETE FROM schedule_run r USING (
       SELECT job, scheduled_for, status, row_number() OVER (PARTITION BY job ORDER BY scheduled_for DESC) AS n,
         row_number() OVER (PARTITION BY job, status ORDER BY scheduled_for DESC) AS of_status
       FROM schedule_run WHERE tenant_id = $1 AND job = ANY($3)
     ) o
     WHERE r.tenant_id = $1 AND r.job = o.job AND r.scheduled_for = o.scheduled_for AND o.n > ${NEWEST}
       AND r.status NOT IN ('QUEUED', 'RUNNING')
       AND NOT (o.status = 'FAILED' AND o.of_status <= ${NEWEST} AND o.scheduled_for > $2)`,
    [scope.tenantId, new Date(scope.now.getTime() - FAILURE_DAYS * DAY_MS), jobs],
    'prune_ledger',
  );
}
