import { randomUUID } from 'node:crypto';
import { PLATFORM_TENANT } from '../kernel/ids.ts';
import type { Sql, Tx } from '../platform/db/sql.ts';
import type { RunStatus } from './ledger.ts';

/** An instant of a job that is due for everybody. */
export interface DueInstant {
  readonly job: string;
  readonly instant: Date;
}

/** An instant of a tenant that this instance has won. */
export interface ClaimedRun {
  job: string;
  tenantId: string;
  scheduledFor: Date;
  status: RunStatus;
}

const isPaused = (job: string, tenant: string, instant: string): string => `EXISTS (
  SELECT 1 FROM schedule_pause p WHERE p.job = ${job} AND p.tenant_id IN (${tenant}, '${PLATFORM_TENANT}')
    AND (p.resumed_at IS NULL OR p.resumed_at >= ${instant}))`;

// In one order everywhere, because an insert waits for an uncommitted row of the same key.
const CLAIM = `
  INSERT INTO schedule_run (job, tenant_id, scheduled_for, status, finished_at)
  SELECT d.job, t.id, d.instant,
    CASE WHEN open.is_open THEN 'SKIPPED_OVERLAP' ELSE 'QUEUED' END, CASE WHEN open.is_open THEN $4::timestamptz END
  FROM unnest($1::text[], $2::timestamptz[]) AS d (job, instant) CROSS JOIN tenant t
  CROSS JOIN LATERAL (SELECT $3 AND EXISTS (SELECT 1 FROM schedule_run o WHERE o.job = d.job AND o.tenant_id = t.id
    AND o.status IN ('QUEUED', 'RUNNING')) AS is_open) open
  WHERE t.created_at < d.instant AND NOT ${isPaused('d.job', 't.id', 'd.instant')}
  ORDER BY d.job, t.id, d.instant
  ON CONFLICT DO NOTHING
  RETURNING job, tenant_id AS "tenantId", scheduled_for AS "scheduledFor", status`;

/**
 * Claims instants for every tenant that existed by then and has not paused the job, the installation's own included: one
 * statement, each (job, tenant, instant) won by exactly one of any number of instances. At a tick a tenant whose job is
 * still open (waiting or running) is written down as SKIPPED_OVERLAP; what is made up for waits its turn instead.
 */
export async function claimInstants(
  tx: Tx,
  due: readonly DueInstant[],
  { isTick, at }: { isTick: boolean; at: Date },
): Promise<ClaimedRun[]> {
  if (due.length === 0) return [];
  const names = due.map(({ job }) => job);
  const instants = due.map(({ instant }) => instant);
  return tx.rows<ClaimedRun>(CLAIM, [names, instants, isTick, at], 'claim_instants');
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
     SELECT 'engine-cycle', id, instant, 'QUEUED' FROM due WHERE instant > created_at ORDER BY id
     ON CONFLICT DO NOTHING
     RETURNING tenant_id AS "tenantId", scheduled_for AS "scheduledFor"`,
    [minute, isCatchUp],
    'claim_cycles',
  );
  return rows.map((row) => ({ ...row, jobId: randomUUID() }));
}

/** Writes down that these instants of a job were skipped, because the one before was still open. */
export async function skipRuns(
  sql: Sql,
  job: string,
  runs: readonly { tenantId: string; scheduledFor: Date }[],
  at: Date,
): Promise<void> {
  if (runs.length === 0) return;
  await sql.run(
    `UPDATE schedule_run r SET status = 'SKIPPED_OVERLAP', finished_at = $4
     FROM unnest($2::uuid[], $3::timestamptz[]) AS s (tenant_id, instant)
     WHERE r.job = $1 AND r.tenant_id = s.tenant_id AND r.scheduled_for = s.instant`,
    [job, runs.map(({ tenantId }) => tenantId), runs.map(({ scheduledFor }) => scheduledFor), at],
  );
}

/** Tenants and jobs with something waiting: whoever lost its job in the queue is found again. */
export async function waitingRuns(sql: Sql, limit: number): Promise<ClaimedRun[]> {
  return sql.rows<ClaimedRun>(
    `SELECT job, tenant_id AS "tenantId", min(scheduled_for) AS "scheduledFor", 'QUEUED' AS status FROM schedule_run
     WHERE status = 'QUEUED' AND job <> 'engine-cycle'
     GROUP BY 1, 2 ORDER BY 3 LIMIT $1`,
    [limit],
  );
}
