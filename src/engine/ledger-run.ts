import { isDuplicate } from '../kernel/bad-value.ts';
import type { Sql, Tx } from '../platform/db/sql.ts';
import type { TenantInfo } from '../platform/scope.ts';
import { RUN_COLUMNS, type RunStatus, type ScheduleRunRow } from './ledger.ts';

/** Which job of which tenant. */
export interface RunKey {
  readonly job: string;
  readonly tenantId: string;
}

/** A run that this instance carries out now. */
export interface TakenRun extends RunKey {
  readonly scheduledFor: Date;
  readonly attempt: number;
  readonly owner: string;
  readonly tenant: TenantInfo;
  /** How the tick before it went. */
  readonly previous: RunStatus | null;
}

const PREVIOUS = `(SELECT p.status FROM schedule_run p WHERE p.job = $1 AND p.tenant_id = $2
  AND p.scheduled_for < X.scheduled_for ORDER BY p.scheduled_for DESC LIMIT 1) AS previous`;
const TENANT = `t.slug, t.name, t.time_zone AS "timeZone", t.reporting_currency AS "reportingCurrency"`;

const TAKE = `
  UPDATE schedule_run r SET status = 'RUNNING', attempt = CASE r.status WHEN 'FAILED' THEN 1 ELSE r.attempt + 1 END,
    owner = $3, started_at = $4, finished_at = NULL, error = NULL
  FROM tenant t
  WHERE r.job = $1 AND r.tenant_id = $2 AND t.id = $2 AND r.scheduled_for = coalesce(
    (SELECT scheduled_for FROM schedule_run WHERE job = $1 AND tenant_id = $2 AND scheduled_for = $5
      AND status = 'FAILED' FOR UPDATE SKIP LOCKED),
    (SELECT scheduled_for FROM schedule_run WHERE job = $1 AND tenant_id = $2 AND status = 'QUEUED'
      ORDER BY scheduled_for LIMIT 1 FOR UPDATE SKIP LOCKED))
  RETURNING r.scheduled_for AS "scheduledFor", r.attempt, ${PREVIOUS.replace('X.', 'r.')}, t.id, ${TENANT}`;

type TakenRow = TenantInfo & Pick<TakenRun, 'scheduledFor' | 'attempt' | 'previous'>;

/**
 * Takes the oldest waiting run of a job of a tenant; null when there is none or the tenant's job runs elsewhere. A
 * failed one is only taken when its instant is named, because somebody wants it tried again.
 */
export async function takeRun(
  sql: Sql,
  key: RunKey,
  by: { owner: string; at: Date; failedAt?: Date | null },
): Promise<TakenRun | null> {
  try {
    const values = [key.job, key.tenantId, by.owner, by.at, by.failedAt ?? null];
    const row = await sql.row<TakenRow>(TAKE, values, 'take_run');
    return row ? takenRun(key, by.owner, row) : null;
  } catch (error) {
    // One run of a job of a tenant at a time is an index's word (schedule_run_one_running).
    if (isDuplicate(error)) return null;
    throw error;
  }
}

/** Claims an instant and takes it at once, for somebody who waits for it; null when a run of it is open or was there. */
export async function takeNow(
  tx: Tx,
  key: RunKey,
  by: { owner: string; at: Date; scheduledFor: Date },
): Promise<TakenRun | null> {
  const row = await tx.row<TakenRow>(
    `WITH own AS (
       INSERT INTO schedule_run (job, tenant_id, scheduled_for, status, attempt, owner, started_at)
       SELECT $1, $2, $5, 'RUNNING', 1, $3, $4 WHERE NOT EXISTS (SELECT 1 FROM schedule_run
         WHERE job = $1 AND tenant_id = $2 AND status IN ('QUEUED', 'RUNNING'))
       ON CONFLICT DO NOTHING RETURNING scheduled_for, attempt
     ) SELECT own.scheduled_for AS "scheduledFor", own.attempt, ${PREVIOUS.replace('X.', 'own.')}, t.id, ${TENANT} FROM own, tenant t WHERE t.id = $2`,
    [key.job, key.tenantId, by.owner, by.at, by.scheduledFor],
  );
  return row ? takenRun(key, by.owner, row) : null;
}

function takenRun(key: RunKey, owner: string, row: TakenRow): TakenRun {
  const { scheduledFor, attempt, previous, ...tenant } = row;
  return { ...key, owner, scheduledFor, attempt, previous, tenant };
}

/** How a run ended, and what the ledger knows around it. */
export interface EndedRun {
  /** False when somebody else has taken it over meanwhile; then nothing was written. */
  isMine: boolean;
  /** The oldest other instant of the same job that waits. */
  nextAt: Date | null;
}

const END = `
  WITH ended AS (
    UPDATE schedule_run SET status = $4, error = $5, finished_at = $6, attempt = $9
    WHERE job = $1 AND tenant_id = $2 AND scheduled_for = $3 AND status = 'RUNNING' AND attempt = $7 AND owner = $8
    RETURNING 1
  )
  SELECT EXISTS (SELECT 1 FROM ended) AS "isMine",
    (SELECT min(scheduled_for) FROM schedule_run WHERE job = $1 AND tenant_id = $2 AND status = 'QUEUED'
      AND scheduled_for <> $3) AS "nextAt"`;

/** Writes how a run ended: QUEUED gives it back for another try. */
export async function endRun(
  sql: Sql,
  run: TakenRun,
  end: { status: RunStatus; at: Date; error?: string; attempt?: number },
): Promise<EndedRun> {
  const { job, tenantId, scheduledFor, attempt, owner } = run;
  const row = await sql.row<EndedRun>(
    END,
    [
      ...[
        job,
        tenantId,
        scheduledFor,
        end.status,
        end.error ?? null,
        end.status === 'QUEUED' ? null : end.at,
      ],
      ...[attempt, owner, end.attempt ?? attempt],
    ],
    'end_run',
  );
  return row as EndedRun;
}

/** A run whose instance has died. */
export interface ReclaimedRun extends RunKey {
  scheduledFor: Date;
  status: RunStatus;
}

/** Error of a run that was still under way when its time and the allowance were over. */
export const DIED = 'Its instance died, or stood still beyond the time-out.';

/** Gives runs back that are beyond their time-out, or fails those whose tries are used up. */
export async function reclaimRuns(
  tx: Tx,
  limits: readonly { job: string; startedBefore: Date }[],
  { at, tries }: { at: Date; tries: number },
): Promise<ReclaimedRun[]> {
  return tx.rows<ReclaimedRun>(
    `UPDATE schedule_run r SET status = CASE WHEN r.attempt >= $4 THEN 'FAILED' ELSE 'QUEUED' END, error = $5,
       finished_at = CASE WHEN r.attempt >= $4 THEN $3::timestamptz END
     FROM unnest($1::text[], $2::timestamptz[]) AS d (job, started_before)
     WHERE r.job = d.job AND r.status = 'RUNNING'
       AND r.started_at < d.started_before
     RETURNING r.job, r.tenant_id AS "tenantId", r.scheduled_for AS "scheduledFor", r.status`,
    [limits.map(({ job }) => job), limits.map(({ startedBefore }) => startedBefore), at, tries, DIED],
    'reclaim_runs',
  );
}

/** Gives back at once what others ran: for a program that knows that its database has no other. */
export async function disownRuns(sql: Sql, owner: string): Promise<void> {
  await sql.run(
    `UPDATE schedule_run SET status = 'QUEUED', error = $2 WHERE status = 'RUNNING'
       AND owner <> $1 AND job <> 'engine-cycle'`,
    [owner, DIED],
  );
}

/** One run by its key; undefined when it was never claimed, or is forgotten. */
export async function findRun(
  sql: Sql,
  key: RunKey,
  scheduledFor: Date,
): Promise<ScheduleRunRow | undefined> {
  return sql.row<ScheduleRunRow>(
    `SELECT ${RUN_COLUMNS} FROM schedule_run WHERE job = $1 AND tenant_id = $2 AND scheduled_for = $3`,
    [key.job, key.tenantId, scheduledFor],
  );
}

/** The open run of a job of a tenant, the running one first. */
export async function openRun(sql: Sql, key: RunKey): Promise<ScheduleRunRow | undefined> {
  return sql.row<ScheduleRunRow>(
    `SELECT ${RUN_COLUMNS} FROM schedule_run WHERE job = $1 AND tenant_id = $2 AND status IN ('QUEUED', 'RUNNING')
     ORDER BY status DESC, scheduled_for LIMIT 1`,
    [key.job, key.tenantId],
  );
}
