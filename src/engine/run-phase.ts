import { setTimeout as sleep } from 'node:timers/promises';
import { errorText } from '../kernel/error-text.ts';
import { DomainError } from '../kernel/errors.ts';
import type { NewEvent } from '../platform/events/types.ts';
import type { Scope } from '../platform/scope.ts';
import type { CycleInfo, Phase, PhaseResult } from './phase.ts';
import { fence, type PhaseRow, type PhaseStatus, savePhase } from './store.ts';

/** Another instance owns the cycle now; this one must not write any more. */
export class LeaseLost extends Error {}

export interface PhaseOptions {
  owner: string;
  /** The instance is stopping: no new step is begun. */
  signal: AbortSignal;
  /** One step's time. */
  timeoutMs: number;
  /** Pauses before the 2nd and 3rd attempt. */
  backoffMs: readonly number[];
  clock: () => Date;
}

export const PHASE_DEFAULTS = { timeoutMs: 60_000, backoffMs: [1_000, 2_000] } as const;

/** Runs one phase to its end, retrying a failed step; a phase that keeps failing becomes a report row, not a crash. */
export async function runPhase(
  scope: Scope,
  phase: Phase,
  position: number,
  cycle: CycleInfo,
  before: PhaseRow | undefined,
  options: PhaseOptions,
): Promise<PhaseRow> {
  const started = options.clock();
  let row: PhaseRow = before ?? {
    ...{
      cycleId: cycle.id,
      name: phase.name,
      position,
      status: 'RUNNING' as PhaseStatus,
      attempts: 0,
      statements: 0,
    },
    ...{ startedAt: started, finishedAt: null, result: null, error: null },
  };
  const attemptsBefore = row.attempts;
  for (;;) {
    row = await begin(scope, { ...row, attempts: row.attempts + 1 }, options);
    try {
      return await runSteps(scope, phase, cycle, row, started, options);
    } catch (error) {
      if (error instanceof LeaseLost || options.signal.aborted) throw error;
      const tries = row.attempts - attemptsBefore;
      scope.log.warn({ err: error, phase: phase.name, cycle: cycle.id, tries }, 'phase failed');
      const pause = options.backoffMs[tries - 1];
      if (pause === undefined)
        return end(scope, { ...row, status: 'FAILED', error: publicMessage(error) }, started, options);
      // ±20 % so that instances that failed together do not retry together.
      await sleep(pause * (0.8 + 0.4 * jitter(cycle.id, row.attempts)), undefined, {
        signal: options.signal,
      });
    }
  }
}

async function runSteps(
  scope: Scope,
  phase: Phase,
  cycle: CycleInfo,
  first: PhaseRow,
  started: Date,
  options: PhaseOptions,
): Promise<PhaseRow> {
  let row = first;
  for (;;) {
    options.signal.throwIfAborted();
    const statementsBefore = scope.db.statements;
    const next = await scope.db.tx(async (tx) => {
      await hold(scope, tx, cycle.id, options);
      const step = await withTimeout(phase.run(scope, tx, cycle, row.result), phase.name, options.timeoutMs);
      const status: PhaseStatus = step.skipped ? 'SKIPPED' : step.isDone ? 'COMPLETED' : 'RUNNING';
      const result = step.skipped ? { ...step.result, skipped: step.skipped } : step.result;
      const statements = row.statements + scope.db.statements - statementsBefore;
      const after: PhaseRow = {
        ...row,
        status,
        result,
        statements,
        finishedAt: step.isDone ? options.clock() : null,
      };
      await savePhase(tx, scope.tenantId, after);
      if (step.isDone) await scope.events.append(tx, scope.tenantId, [completed(after, started, options)]);
      return after;
    });
    if (next.status !== 'RUNNING') return next;
    row = next;
  }
}

async function begin(scope: Scope, row: PhaseRow, options: PhaseOptions): Promise<PhaseRow> {
  await scope.db.tx(async (tx) => {
    await hold(scope, tx, row.cycleId, options);
    await savePhase(tx, scope.tenantId, { ...row, status: 'RUNNING' });
    const payload = { cycleId: row.cycleId, phase: row.name, attempt: row.attempts };
    await scope.events.append(tx, scope.tenantId, [{ type: 'PHASE_STARTED', payload }]);
  });
  return row;
}

async function end(scope: Scope, row: PhaseRow, started: Date, options: PhaseOptions): Promise<PhaseRow> {
  const after = { ...row, finishedAt: options.clock() };
  await scope.db.tx(async (tx) => {
    await hold(scope, tx, row.cycleId, options);
    await savePhase(tx, scope.tenantId, after);
    await scope.events.append(tx, scope.tenantId, [completed(after, started, options)]);
  });
  return after;
}

async function hold(
  scope: Scope,
  tx: Parameters<Phase['run']>[1],
  cycleId: string,
  options: PhaseOptions,
): Promise<void> {
  if (!(await fence(tx, scope.tenantId, cycleId, options.owner, options.timeoutMs))) {
    throw new LeaseLost(`Cycle ${cycleId} belongs to another instance now.`);
  }
}

function completed(row: PhaseRow, started: Date, options: PhaseOptions): NewEvent {
  const { cycleId, name, status, result, error } = row;
  const durationMs = options.clock().getTime() - started.getTime();
  return { type: 'PHASE_COMPLETED', payload: { cycleId, phase: name, status, durationMs, result, error } };
}

async function withTimeout<T>(work: Promise<T>, phase: string, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`${phase} took longer than ${ms} ms.`)), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an operator may read: refusals in full, everything else by its first line. */
const publicMessage = (error: unknown): string =>
  error instanceof DomainError ? error.message : errorText(error);

/** Deterministic in [0, 1): a replayed cycle waits the same. */
function jitter(cycleId: string, attempt: number): number {
  return ((Number.parseInt(cycleId.slice(-6), 16) + attempt * 7919) % 1000) / 1000;
}

export type { PhaseResult };
