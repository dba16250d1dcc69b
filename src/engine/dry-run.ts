import { errorText } from '../kernel/error-text.ts';
import { uuidv7 } from '../kernel/ids.ts';
import type { Tx } from '../platform/db/sql.ts';
import { type Scope, scopeAt } from '../platform/scope.ts';
import { PHASES } from './cycle.ts';
import type { PhaseResult } from './phase.ts';
import { cycleInfo, cycleStatus } from './runner.ts';
import { type CycleRow, insertCycle, type PhaseRow, savePhase } from './store.ts';

class Undo extends Error {}

/**
 * Runs every phase in one transaction, rolls all of it back (rows, events, jobs) and keeps only the report.
 * Steps are bounded, so that a dry run over a long backlog looks at its first part only.
 */
export async function dryRun(
  scope: Scope,
  asOf: Date,
  startedAt: Date,
  owner: string,
  clock: () => Date,
): Promise<CycleRow> {
  const id = uuidv7(startedAt.getTime());
  const work = scopeAt(scope, asOf);
  const rows: PhaseRow[] = [];
  const draft: CycleRow = {
    ...{ id, asOf, trigger: 'MANUAL', isDryRun: true, status: 'RUNNING', attempt: 1, startedAt },
    ...{ finishedAt: null, report: null },
  };
  try {
    await scope.db.tx(async (tx) => {
      await insertCycle(tx, scope.tenantId, draft, owner);
      const info = await cycleInfo(tx, scope.tenantId, draft);
      for (const [position, phase] of PHASES.entries())
        rows.push(await tryPhase(work, tx, phase, position, info, clock));
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  const status = cycleStatus(rows);
  const report = (rows.find((row) => row.name === 'REPORT')?.result ?? {}) as Record<string, unknown>;
  const cycle: CycleRow = { ...draft, status, finishedAt: clock(), report };
  await scope.db.tx(async (tx) => {
    await insertCycle(tx, scope.tenantId, cycle, owner);
    for (const row of rows) await savePhase(tx, scope.tenantId, row);
  });
  return cycle;
}

const MAX_STEPS = 5;

async function tryPhase(
  scope: Scope,
  tx: Tx,
  phase: (typeof PHASES)[number],
  position: number,
  info: Awaited<ReturnType<typeof cycleInfo>>,
  clock: () => Date,
): Promise<PhaseRow> {
  const startedAt = clock();
  const statementsBefore = scope.db.statements;
  const base = { cycleId: info.id, name: phase.name, position, attempts: 1, startedAt };
  await tx.run('SAVEPOINT phase');
  try {
    let result: PhaseResult | null = null;
    for (let n = 0; n < MAX_STEPS; n++) {
      const step = await phase.run(scope, tx, info, result);
      result = step.result;
      if (step.isDone) break;
    }
    const statements = scope.db.statements - statementsBefore;
    const row: PhaseRow = {
      ...base,
      status: 'COMPLETED',
      statements,
      finishedAt: clock(),
      result,
      error: null,
    };
    await savePhase(tx, scope.tenantId, row);
    return row;
  } catch (error) {
    await tx.run('ROLLBACK TO SAVEPOINT phase');
    return {
      ...base,
      status: 'FAILED',
      statements: 0,
      finishedAt: clock(),
      result: null,
      error: errorText(error),
    };
  }
}
