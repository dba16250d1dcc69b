/** What may be kept of an error and shown. */
const MOST = 300;

/**
 * The first line of an error as it may be stored and shown to a tenant. The database's own words, which name hosts, tables
 * and values, are only in the log: here they are a code, with the SQLSTATE when there is one.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, MOST);
  if (error.name === 'DatabaseAway') return 'DATABASE_AWAY';
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (severity !== undefined) return `DATABASE_ERROR ${String(code)}`;
  if (error.name.startsWith('PrismaClient')) return 'DATABASE_ERROR';
  return (error.message.split('\n')[0] as string).slice(0, MOST);
}
