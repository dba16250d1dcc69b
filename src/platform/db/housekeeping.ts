import type { PoolClient } from 'pg';

/*
 * The embedded database runs without autovacuum: nobody would ever count its rows for the planner (lists then take
 * seconds instead of milliseconds) or clear away dead ones. These are autovacuum's own rules and thresholds.
 */
const DUE = `
  SELECT format('%s %I.%I', CASE WHEN isDirty THEN 'VACUUM (ANALYZE)' ELSE 'ANALYZE' END, schemaname, relname) AS text
  FROM (
    SELECT s.*, n_dead_tup > 50 + 0.2 * n_live_tup AS isDirty, n_mod_since_analyze > 50 + 0.1 * n_live_tup AS isChanged,
      c.reltuples < 0 AND pg_relation_size(c.oid) > 0 AS isUnknown
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
  ) t WHERE isDirty OR isChanged OR isUnknown ORDER BY n_mod_since_analyze DESC LIMIT 8`;

/**
 * One round over the tables that need it most; answers how many. The connection must not be lent to anybody afterwards
 * when there were any, because it works as the owner then.
 */
export async function cleanTables(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ text: string }>(DUE);
  if (rows.length === 0) return 0;
  await client.query('RESET ROLE');
  for (const { text } of rows) await client.query(text);
  return rows.length;
}

/** How often the embedded database is looked over. */
export const CLEAN_MS = 10_000;

/** Keeps the embedded database in shape while the process serves; returns how to stop. */
export function keepHouse(
  database: { clean(): Promise<number> },
  everyMs: number,
  onError: (error: unknown) => void,
): () => void {
  let isCleaning = false;
  const timer = setInterval(async () => {
    if (isCleaning) return;
    isCleaning = true;
    await database.clean().catch(onError);
    isCleaning = false;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}
