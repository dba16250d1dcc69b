import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { entryId, INCIDENT_COLUMNS, type Incident } from './incident.ts';
import { type RunbookStepKind, STEP_COLUMNS, type StepRun } from './runbook.ts';

export type NewStep = Omit<StepRun, 'id' | 'startedAt'>;

/** Writes down steps, in the order given. One statement. */
export async function insertSteps(scope: Scope, tx: Tx, steps: readonly NewStep[]): Promise<StepRun[]> {
  if (steps.length === 0) return [];
  const rows = steps.map((step) => ({ ...step, id: entryId(scope.now), startedAt: scope.now }));
  await tx.run(
    `INSERT INTO runbook_step (tenant_id, id, incident_id, step, status, is_dry_run, decision_id, started_at, verify_at,
       before, after, reason)
     SELECT $1, n.id, n."incidentId", n.step, n.status, n."isDryRun", n."decisionId", $3, n."verifyAt", n.before,
       n.after, n.reason
     FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, "incidentId" uuid, step text, status text, "isDryRun" boolean,
       "decisionId" uuid, "verifyAt" timestamptz, before jsonb, after jsonb, reason text)`,
    [scope.tenantId, JSON.stringify(rows), scope.now],
    'insert_runbook_steps',
  );
  return rows;
}

/** Whether the same step of the incident waits for its verification; locks the incident, so that two ask in turn. */
export async function isUnderWay(
  scope: Scope,
  tx: Tx,
  incidentId: string,
  step: RunbookStepKind,
): Promise<boolean> {
  await tx.run('SELECT 1 FROM incident WHERE tenant_id = $1 AND id = $2 FOR UPDATE', [
    scope.tenantId,
    incidentId,
  ]);
  const row = await tx.row(
    `SELECT 1 FROM runbook_step WHERE tenant_id = $1 AND incident_id = $2 AND step = $3 AND status = 'DONE'
       AND verify_at IS NOT NULL AND NOT is_dry_run LIMIT 1`,
    [scope.tenantId, incidentId, step],
  );
  return row !== undefined;
}

/** Writes what came of a step that was begun; a failed one has nothing to verify. */
export async function noteResult(
  scope: Scope,
  tx: Tx,
  run: StepRun,
  result: { status: 'DONE' | 'FAILED'; reason: string | null; after: Record<string, unknown> },
): Promise<StepRun> {
  const verifyAt = result.status === 'DONE' ? run.verifyAt : null;
  await tx.run(
    `UPDATE runbook_step SET status = $3, reason = $4, after = $5, verify_at = $6 WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, run.id, result.status, result.reason, JSON.stringify(result.after), verifyAt],
    'note_runbook_result',
  );
  return { ...run, ...result, verifyAt };
}

/** Steps whose postcondition is still to be looked at, oldest first. */
export function unverified(scope: Scope, sql: Sql): Promise<StepRun[]> {
  return sql.rows<StepRun>(
    `SELECT ${STEP_COLUMNS} FROM runbook_step s
     WHERE s.tenant_id = $1 AND s.verify_at IS NOT NULL AND s.status = 'DONE' ORDER BY s.started_at, s.id LIMIT 20`,
    [scope.tenantId],
    'unverified_steps',
  );
}

/** Ends a step's verification; false when somebody else has. */
export async function endStep(
  scope: Scope,
  tx: Tx,
  id: string,
  end: { status: 'VERIFIED' | 'ESCALATED'; after: Record<string, unknown> },
): Promise<boolean> {
  const changed = await tx.run(
    `UPDATE runbook_step SET status = $3, verify_at = NULL, after = coalesce(after, '{}') || $4::jsonb
     WHERE tenant_id = $1 AND id = $2 AND status = 'DONE' AND verify_at IS NOT NULL`,
    [scope.tenantId, id, end.status, JSON.stringify(end.after)],
    'end_runbook_step',
  );
  return changed === 1;
}

/** The incident whose runbook may be tried now, locked; one at a time, because recoveries keep their distance. */
export function lockNextDue(scope: Scope, tx: Tx): Promise<Incident | undefined> {
  return tx.row<Incident>(
    `SELECT ${INCIDENT_COLUMNS} FROM incident i
     WHERE i.tenant_id = $1 AND i.recover_at <= $2 AND i.status IN ('OPEN', 'ACKED')
     ORDER BY i.recover_at, i.id LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [scope.tenantId, scope.now],
    'next_recovery',
  );
}

/** What had its turn in an incident, and how often the engine has lately stepped in at all. */
export interface StepHistory {
  readonly tried: readonly RunbookStepKind[];
  /** `STEP STATUS reason` of what was held or skipped: said once. */
  readonly said: readonly string[];
  readonly lastAt: Date | null;
  readonly lastDay: number;
}

/** One statement; recoveries of the whole tenant count, because they share workers, jobs and flags. */
export async function stepHistory(scope: Scope, tx: Tx, incidentId: string): Promise<StepHistory> {
  const row = await tx.row<StepHistory>(
    `SELECT
       coalesce(array_agg(DISTINCT step) FILTER (WHERE incident_id = $2 AND status NOT IN ('HELD', 'SKIPPED')), '{}')
         AS tried,
       coalesce(array_agg(DISTINCT concat_ws(' ', step, status, reason))
         FILTER (WHERE incident_id = $2 AND status IN ('HELD', 'SKIPPED')), '{}') AS said,
       max(started_at) FILTER (WHERE status NOT IN ('HELD', 'SKIPPED')) AS "lastAt",
       (count(*) FILTER (WHERE status NOT IN ('HELD', 'SKIPPED') AND started_at > $3))::int AS "lastDay"
     FROM runbook_step WHERE tenant_id = $1 AND NOT is_dry_run AND (incident_id = $2 OR started_at > $3)`,
    [scope.tenantId, incidentId, addMs(scope.now, -DAY_MS)],
    'step_history',
  );
  return row ?? { tried: [], said: [], lastAt: null, lastDay: 0 };
}
