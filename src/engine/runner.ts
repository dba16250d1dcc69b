import { getTenant } from '../control/tenancy/index.ts';
import type { Sql, Tx } from '../platform/db/sql.ts';
import { type Scope, scopeAt } from '../platform/scope.ts';
import { PHASES } from './cycle.ts';
import { tellOfCycle } from './cycle-alerts.ts';
import type { CycleInfo, PhaseResult } from './phase.ts';
import { LeaseLost, type PhaseOptions, runPhase } from './run-phase.ts';
import { type CycleRow, type CycleStatus, getPhases, type PhaseRow, prolong, releaseClaim } from './store.ts';

const HEARTBEAT_MS = 10_000;

/**
 * Runs the phases of a claimed cycle that have not ended yet, then closes it. Returns the closed cycle, or null when
 * the instance is stopping or has lost the cycle to another one: it will be resumed from the first open phase.
 */
export async function runCycle(
  scope: Scope,
  cycle: CycleRow,
  options: PhaseOptions,
): Promise<CycleRow | null> {
  const work = scopeAt(scope, cycle.asOf);
  const beat = setInterval(() => {
    prolong(scope.db, scope.tenantId, options.owner).catch((error) =>
      scope.log.warn({ err: error }, 'lease'),
    );
  }, HEARTBEAT_MS);
  try {
    const info = await cycleInfo(scope.db, scope.tenantId, cycle);
    const rows = new Map((await getPhases(scope.db, scope.tenantId, cycle.id)).map((row) => [row.name, row]));
    for (const [position, phase] of PHASES.entries()) {
      const before = rows.get(phase.name);
      if (before && before.status !== 'RUNNING') continue;
      rows.set(phase.name, await runPhase(work, phase, position, info, before, options));
    }
    return await close(work, cycle, [...rows.values()], options);
  } catch (error) {
    if (error instanceof LeaseLost) {
      scope.log.warn({ cycle: cycle.id }, error.message);
      return null;
    }
    await releaseClaim(scope.db, scope.tenantId, options.owner, false).catch(() => {});
    if (options.signal.aborted) return null;
    throw error;
  } finally {
    clearInterval(beat);
  }
}

/** What phases are told about their cycle. */
export async function cycleInfo(
  sql: Sql,
  tenantId: string,
  cycle: Pick<CycleRow, 'id' | 'asOf'>,
): Promise<CycleInfo> {
  const { cycleIntervalSec } = await getTenant(sql, tenantId);
  return { id: cycle.id, asOf: cycle.asOf, intervalSec: cycleIntervalSec };
}

/** COMPLETED, or with errors when a phase failed, or FAILED when none got through. */
export function cycleStatus(phases: Pick<PhaseRow, 'status'>[]): CycleStatus {
  const failed = phases.filter((phase) => phase.status === 'FAILED').length;
  if (failed === 0) return 'COMPLETED';
  return failed === phases.length ? 'FAILED' : 'COMPLETED_WITH_ERRORS';
}

async function close(
  scope: Scope,
  cycle: CycleRow,
  phases: PhaseRow[],
  options: PhaseOptions,
): Promise<CycleRow> {
  const status = cycleStatus(phases);
  const finishedAt = options.clock();
  const report = phases.find((phase) => phase.name === 'REPORT')?.result ?? {};
  await scope.db.tx(async (tx) => {
    await tx.run(
      'UPDATE cycle SET status = $3, finished_at = $4, report = $5 WHERE tenant_id = $1 AND id = $2',
      [scope.tenantId, cycle.id, status, finishedAt, JSON.stringify(report)],
    );
    await count(scope, tx, cycle, phases);
    const durationMs = finishedAt.getTime() - cycle.startedAt.getTime();
    const payload = { cycleId: cycle.id, asOf: cycle.asOf.toISOString(), status, durationMs, report };
    await scope.events.append(tx, scope.tenantId, [{ type: 'CYCLE_COMPLETED', payload }]);
    await releaseClaim(tx, scope.tenantId, options.owner, true);
    await tellOfCycle(scope, tx, status, phases);
  });
  return { ...cycle, status, finishedAt, report };
}

/**
 * Lifetime counters; in the closing transaction, so a cycle is counted once however often it was resumed. What was
 * detected and dispatched is counted where it happens, because cycles are not alone in doing it.
 */
async function count(scope: Scope, tx: Tx, cycle: CycleRow, phases: PhaseRow[]): Promise<void> {
  const of = (name: string): PhaseResult => phases.find((phase) => phase.name === name)?.result ?? {};
  await tx.run(
    `INSERT INTO engine_counters AS c (tenant_id, cycles, failed_phases, offers, issues_opened, last_cycle_at)
     VALUES ($1, 1, $2, $3, $4, $5)
     ON CONFLICT (tenant_id) DO UPDATE SET cycles = c.cycles + 1, failed_phases = c.failed_phases + $2,
       offers = c.offers + $3, issues_opened = c.issues_opened + $4, last_cycle_at = $5`,
    [
      scope.tenantId,
      phases.filter((phase) => phase.status === 'FAILED').length,
      Number(of('DELIVERY_UPSELL').actionsCreated ?? 0),
      Number(of('DETECT').opened ?? 0),
      cycle.asOf,
    ],
  );
}
