import { type Connection, type PageArgs, pageOf, toConnection } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { Conditions, createLoader } from '../ingest/index.ts';
import type { FileCounters, FileFormat, RunStatus } from './types.ts';

/** One file import as stored. */
export interface ImportRunRow {
  id: string;
  format: FileFormat;
  fileName: string;
  options: Record<string, unknown>;
  status: RunStatus;
  position: bigint;
  counters: FileCounters;
  error: string | null;
  startedAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
}

export interface ImportRunFilter {
  status?: readonly RunStatus[] | null;
}

const SELECT = `SELECT id, format, file_name AS "fileName", options, status, position, counters, error,
    started_at AS "startedAt", updated_at AS "updatedAt", finished_at AS "finishedAt" FROM import_run`;

/** File imports, the latest first. */
export async function listImportRuns(
  scope: Scope,
  filter: ImportRunFilter,
  args: PageArgs,
): Promise<Connection<ImportRunRow>> {
  const page = pageOf(args, 2);
  const where = new Conditions()
    .add('tenant_id = ?', scope.tenantId)
    .add('status = ANY (?::text[])', filter.status);
  if (page.cursor) {
    where.values.push(...page.cursor);
    const n = where.values.length;
    where.parts.push(`(started_at, id) ${page.isForward ? '<' : '>'} ($${n - 1}::timestamptz, $${n}::uuid)`);
  }
  const direction = page.isForward ? 'DESC' : 'ASC';
  const rows = await scope.db.rows<ImportRunRow>(
    `${SELECT} WHERE ${where.parts.join(' AND ')}
     ORDER BY started_at ${direction}, id ${direction} LIMIT ${page.size + 1}`,
    where.values,
  );
  return toConnection(rows, page, (row) => [row.startedAt, row.id]);
}

/** One file import of this tenant, or null. */
export const getImportRun = createLoader<ImportRunRow>(async (scope, ids) => {
  const rows = await scope.db.rows<ImportRunRow>(`${SELECT} WHERE tenant_id = $1 AND id = ANY ($2::uuid[])`, [
    scope.tenantId,
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
});
