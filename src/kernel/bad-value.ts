/** SQLSTATEs: what Postgres says to a value that no column could hold: an id that is no UUID, a NUL in a text or in JSON. */
const SQLSTATES = new Set(['22P02', '22P05', '22021']);

/** Whether the database refused the value itself; Prisma wraps what the driver said. */
export function isBadValue(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: unknown } } };
  if (typeof code === 'string' && SQLSTATES.has(code)) return true;
  const wrapped = meta?.driverAdapterError?.cause as { originalCode?: unknown } | undefined;
  return typeof wrapped?.originalCode === 'string' && SQLSTATES.has(wrapped.originalCode);
}

/** Whether an index refused a second one of the same. */
export const isDuplicate = (error: unknown): boolean =>
  (error as { code?: unknown } | null)?.code === '23505';
