import { randomUUID } from 'node:crypto';
import type { Sql, Tx } from '../platform/db/sql.ts';

/** The reserved tenant of jobs that are nobody's own (spec 0.3). */
export const PLATFORM_TENANT = '00000000-0000-0000-0000-000000000000';

export type RunStatus = 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'SKIPPED_OVERLAP';

/** One tick of one job. */
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

/** Claims an instant: true for exactly one of any number of instances. */
export async function claimInstant(tx: Tx, job: string, scheduledFor: Date): Promise<boolean> {
  const won = await tx.run(
    `INSERT INTO schedule_run (job, tenant_id, scheduled_for, status) VALUES ($1, $2, $3, 'QUEUED') ON CONFLICT DO NOTHING`,
    [job, PLATFORM_TENANT, scheduledFor],
  );
  return won === 1;
}

/**
 * Claims the cycle of every running tenant that is due, one statement for any number of tenants. A tenant's nominal
 * instants are the minutes `m` with (m − its offset) divisible by its interval. At a tick only tenants whose instant
 * is exactly this minute are due; a catch-up claims everyone's latest instant that nobody has claimed (LATEST).
 */
export async function claimDueCycles(
  tx: Tx,
  minute: Date,
  isCatchUp: boolean,
): Promise<{ tenantId: string; scheduledFor: Date; jobId: string }[]> {
  const rows = await tx.rows<{ tenantId: string; scheduledFor: Date }>(
    `WITH due AS (
       SELECT t.id, t.created_at,
         to_timestamp((m.n - mod(m.n - t.cycle_minute, t.cycle_interval_sec / 60)) * 60) AS instant
       FROM tenant t, (SELECT floor(extract(epoch FROM $1::timestamptz) / 60)::bigint AS n) m
       WHERE t.engine_status = 'RUNNING'
         AND ($2 OR mod(m.n - t.cycle_minute, t.cycle_interval_sec / 60) = 0)
     )
     INSERT INTO schedule_run (job, tenant_id, scheduled_for, status)
     SELECT 'engine-cycle', id, instant, 'QUEUED' FROM due WHERE instant > created_at
     ON CONFLICT DO NOTHING
     RETURNING tenant_id AS "tenantId", scheduled_for AS "scheduledFor"`,
    [minute, isCatchUp],
  );
  return rows.map((row) => ({ ...row, jobId: randomUUID() }));
}

/** Writes how a tick went. */
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
       finished_at = CASE WHEN $4 = 'RUNNING' THEN NULL ELSE $7::timestamptz END
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

/** Forgets old ticks. */
export async function pruneRuns(sql: Sql, before: Date): Promise<number> {
  return sql.run('DELETE FROM schedule_run WHERE scheduled_for < $1', [before]);
}

/** The newest run of each job of a tenant (or of the platform). */
export async function lastRuns(sql: Sql, tenantId: string): Promise<ScheduleRunRow[]> {
  return sql.rows<ScheduleRunRow>(
    `SELECT DISTINCT ON (job) job, tenant_id AS "tenantId", scheduled_for AS "scheduledFor", status, attempt,
       started_at AS "startedAt", finished_at AS "finishedAt", error
     FROM schedule_run WHERE tenant_id = $1 ORDER BY job, scheduled_for DESC`,
    [tenantId],
  );
}

/** The last instant that was claimed for a platform job. */
export async function lastInstant(sql: Sql, job: string): Promise<Date | null> {
  const row = await sql.row<{ last: Date | null }>(
    'SELECT max(scheduled_for) AS last FROM schedule_run WHERE job = $1 AND tenant_id = $2',
    [job, PLATFORM_TENANT],
  );
  return row?.last ?? null;
}
