import type { Sql, Tx } from '../platform/db/sql.ts';
import type { PhaseResult } from './phase.ts';

export type CycleStatus = 'RUNNING' | 'COMPLETED' | 'COMPLETED_WITH_ERRORS' | 'FAILED' | 'CANCELLED';
export type PhaseStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'SKIPPED';
export type Trigger = 'SCHEDULE' | 'MANUAL' | 'REPLAY';

/** A cycle as recorded. */
export interface CycleRow {
  id: string;
  asOf: Date;
  trigger: Trigger;
  isDryRun: boolean;
  status: CycleStatus;
  attempt: number;
  startedAt: Date;
  finishedAt: Date | null;
  report: Record<string, unknown> | null;
}

/** A phase as recorded. */
export interface PhaseRow {
  cycleId: string;
  name: string;
  position: number;
  status: PhaseStatus;
  attempts: number;
  statements: number;
  startedAt: Date;
  finishedAt: Date | null;
  result: PhaseResult | null;
  error: string | null;
}

export interface Claim {
  cycleId: string;
  owner: string;
  isExpired: boolean;
}

/** How long a cycle belongs to its instance without a sign of life; by the database's clock, not the instance's. */
export const LEASE_SEC = 30;

export const CYCLE_COLUMNS = `id, as_of AS "asOf", trigger, is_dry_run AS "isDryRun", status, attempt,
  started_at AS "startedAt", finished_at AS "finishedAt", report`;
export const PHASE_COLUMNS = `cycle_id AS "cycleId", name, position, status, attempts, statements,
  started_at AS "startedAt", finished_at AS "finishedAt", result, error`;

/** Takes the tenant's single claim for a new cycle; false when somebody holds it. */
export async function insertClaim(
  tx: Tx,
  tenantId: string,
  cycleId: string,
  owner: string,
): Promise<boolean> {
  const won = await tx.run(
    `INSERT INTO cycle_claim (tenant_id, cycle_id, owner, lease_until)
     VALUES ($1, $2, $3, clock_timestamp() + make_interval(secs => $4)) ON CONFLICT (tenant_id) DO NOTHING`,
    [tenantId, cycleId, owner, LEASE_SEC],
    'insert_claim',
  );
  return won === 1;
}

/** Who holds the tenant's claim, locked against a simultaneous take-over. */
export function lockClaim(tx: Tx, tenantId: string): Promise<Claim | undefined> {
  return tx.row<Claim>(
    `SELECT cycle_id AS "cycleId", owner, lease_until <= clock_timestamp() AS "isExpired"
     FROM cycle_claim WHERE tenant_id = $1 FOR UPDATE`,
    [tenantId],
  );
}

/** Makes an expired claim ours. */
export async function takeOverClaim(tx: Tx, tenantId: string, owner: string): Promise<void> {
  await tx.run(
    `UPDATE cycle_claim SET owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3) WHERE tenant_id = $1`,
    [tenantId, owner, LEASE_SEC],
  );
}

/**
 * Proves in the transaction of a step that the cycle is still ours, prolongs the lease and bounds the step's
 * statements. False means that another instance has taken the cycle over: nothing more may be written.
 */
export async function fence(
  tx: Tx,
  tenantId: string,
  cycleId: string,
  owner: string,
  timeoutMs: number,
): Promise<boolean> {
  const row = await tx.row(
    `WITH mine AS (
       UPDATE cycle_claim SET lease_until = clock_timestamp() + make_interval(secs => $4)
       WHERE tenant_id = $1 AND cycle_id = $2 AND owner = $3 RETURNING 1
     ) SELECT set_config('statement_timeout', $5, true) FROM mine`,
    [tenantId, cycleId, owner, LEASE_SEC, String(timeoutMs)],
    'fence',
  );
  return row !== undefined;
}

/** A sign of life between steps. */
export async function prolong(sql: Sql, tenantId: string, owner: string): Promise<void> {
  await sql.run(
    `UPDATE cycle_claim SET lease_until = clock_timestamp() + make_interval(secs => $3) WHERE tenant_id = $1 AND owner = $2`,
    [tenantId, owner, LEASE_SEC],
  );
}

/** Gives the claim up: for good, or (`isForGood` false) for the next instance to resume at once. */
export async function releaseClaim(
  sql: Sql,
  tenantId: string,
  owner: string,
  isForGood: boolean,
): Promise<void> {
  const text = isForGood
    ? 'DELETE FROM cycle_claim WHERE tenant_id = $1 AND owner = $2'
    : 'UPDATE cycle_claim SET lease_until = clock_timestamp() WHERE tenant_id = $1 AND owner = $2';
  await sql.run(text, [tenantId, owner]);
}

/** Ends the leases of everybody else: for a program that knows that its database has no other. */
export async function disownOthers(directory: Sql, owner: string): Promise<void> {
  await directory.run('UPDATE cycle_claim SET lease_until = clock_timestamp() WHERE owner <> $1', [owner]);
}

/** Tenants whose running cycle has lost its instance. */
export async function abandonedClaims(directory: Sql, limit: number): Promise<string[]> {
  const rows = await directory.rows<{ tenantId: string }>(
    `SELECT tenant_id AS "tenantId" FROM cycle_claim WHERE lease_until <= clock_timestamp() ORDER BY lease_until LIMIT $1`,
    [limit],
  );
  return rows.map((row) => row.tenantId);
}

export async function insertCycle(tx: Tx, tenantId: string, cycle: CycleRow, owner: string): Promise<void> {
  await tx.run(
    `INSERT INTO cycle (tenant_id, id, as_of, trigger, is_dry_run, status, attempt, owner, started_at, finished_at,
                        report)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      tenantId,
      cycle.id,
      cycle.asOf,
      cycle.trigger,
      cycle.isDryRun,
      cycle.status,
      cycle.attempt,
      owner,
      cycle.startedAt,
      cycle.finishedAt,
      cycle.report === null ? null : JSON.stringify(cycle.report),
    ],
  );
}

export function getCycle(sql: Sql, tenantId: string, id: string): Promise<CycleRow | undefined> {
  return sql.row<CycleRow>(`SELECT ${CYCLE_COLUMNS} FROM cycle WHERE tenant_id = $1 AND id = $2`, [
    tenantId,
    id,
  ]);
}

/** The cycle's phases in order. */
export function getPhases(sql: Sql, tenantId: string, cycleId: string): Promise<PhaseRow[]> {
  return sql.rows<PhaseRow>(
    `SELECT ${PHASE_COLUMNS} FROM cycle_phase WHERE tenant_id = $1 AND cycle_id = $2 ORDER BY position`,
    [tenantId, cycleId],
    'cycle_phases',
  );
}

/** Inserts or replaces the phase's report row. */
export async function savePhase(tx: Tx, tenantId: string, phase: PhaseRow): Promise<void> {
  await tx.run(
    `INSERT INTO cycle_phase (tenant_id, cycle_id, name, position, status, attempts, statements, started_at,
                              finished_at, result, error)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     ON CONFLICT (tenant_id, cycle_id, name) DO UPDATE SET status = $5, attempts = $6, statements = $7,
       started_at = $8, finished_at = $9, result = $10, error = $11`,
    [
      tenantId,
      phase.cycleId,
      phase.name,
      phase.position,
      phase.status,
      phase.attempts,
      phase.statements,
      phase.startedAt,
      phase.finishedAt,
      phase.result === null ? null : JSON.stringify(phase.result),
      phase.error,
    ],
    'save_phase',
  );
}
