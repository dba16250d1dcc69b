import { sha256Hex, uuidFrom } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { FileCounters, FileOptions, RunStatus } from './types.ts';

/** The run of one file with one set of options: there is never a second one. */
export interface ImportRun {
  id: string;
  status: RunStatus;
  /** How far this process has committed; another process that goes further stops us. */
  position: number;
  counters: FileCounters;
  error: string | null;
}

/** Nothing counted yet. */
export function noCounters(): FileCounters {
  return { lines: 0, outcomes: {}, rejects: 0, rejectsBytes: 0, rules: {} };
}

/** What shapes the rows of a file; part of the run's identity and shown on it. */
export function shapingOptions(options: FileOptions): Record<string, unknown> {
  const { format, kind, source, map, set, assume } = options;
  return { format, kind, source, map, set, assume };
}

const OPEN = `INSERT INTO import_run
    (tenant_id, id, format, file_name, file_hash, options, status, position, counters, started_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, 'RUNNING', 0, $7, $8, clock_timestamp())
  ON CONFLICT (tenant_id, file_hash) DO UPDATE SET file_name = EXCLUDED.file_name
  RETURNING id, status, position::int8 AS position, counters, error`;

/** Finds the file's run or starts it. */
export async function openRun(scope: Scope, options: FileOptions, sha256: string): Promise<ImportRun> {
  const shape = JSON.stringify(shapingOptions(options));
  const hash = sha256Hex(sha256, shape);
  const name = options.path.split(/[\\/]/).at(-1) ?? options.path;
  const id = uuidFrom(scope.tenantId, 'import', hash);
  const counters = JSON.stringify(noCounters());
  const values = [scope.tenantId, id, options.format, name, hash, shape, counters, scope.now];
  const row = await scope.db.row<Omit<ImportRun, 'position'> & { position: bigint }>(OPEN, values);
  return { ...(row as NonNullable<typeof row>), position: Number(row?.position ?? 0) };
}

/** Goes on with a run where it stands. */
export async function restartRun(scope: Scope, run: ImportRun): Promise<void> {
  await scope.db.run(
    `UPDATE import_run SET status = 'RUNNING', error = NULL, finished_at = NULL, updated_at = clock_timestamp()
     WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, run.id],
  );
}

/** Starts a completed run again from the first line. */
export async function rewindRun(scope: Scope, run: ImportRun): Promise<void> {
  await scope.db.run(
    `UPDATE import_run SET status = 'RUNNING', error = NULL, finished_at = NULL, position = 0, counters = $3,
       updated_at = clock_timestamp()
     WHERE tenant_id = $1 AND id = $2 AND status = 'COMPLETED'`,
    [scope.tenantId, run.id, JSON.stringify(run.counters)],
  );
}

/**
 * Moves the run forward in the transaction of its batch. False when another process moved it meanwhile: then the
 * caller rolls back, because that process imports the same lines.
 */
export async function advanceRun(
  scope: Scope,
  tx: Tx,
  run: ImportRun,
  position: number,
  counters: FileCounters,
): Promise<boolean> {
  const moved = await tx.run(
    `UPDATE import_run SET position = $4, counters = $5, updated_at = clock_timestamp()
     WHERE tenant_id = $1 AND id = $2 AND position = $3`,
    [scope.tenantId, run.id, run.position, position, JSON.stringify(counters)],
    'import_run_advance',
  );
  return moved === 1;
}

/** COMPLETED, or FAILED with a reason: what is committed stays, and the same call goes on from there. */
export async function finishRun(
  scope: Scope,
  run: ImportRun,
  status: RunStatus,
  error: string | null,
): Promise<void> {
  await scope.db.run(
    `UPDATE import_run SET status = $3, error = $4, updated_at = clock_timestamp(), finished_at = clock_timestamp()
     WHERE tenant_id = $1 AND id = $2`,
    [scope.tenantId, run.id, status, error],
  );
}
