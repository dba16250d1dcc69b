import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg, { type PoolConfig } from 'pg';
import { installJobs, JOB_SCHEMA } from '../jobs/install.ts';
import { RUNTIME_ROLE } from './database.ts';
import { applyMigrations } from './schema-engine.ts';

/** The committed migrations. */
export const MIGRATIONS = join(import.meta.dirname, '..', '..', '..', 'prisma', 'migrations');

const GRANT_JOBS = `
  GRANT USAGE ON SCHEMA ${JOB_SCHEMA} TO ${RUNTIME_ROLE};
  GRANT ALL ON ALL TABLES IN SCHEMA ${JOB_SCHEMA} TO ${RUNTIME_ROLE};
  GRANT ALL ON ALL SEQUENCES IN SCHEMA ${JOB_SCHEMA} TO ${RUNTIME_ROLE};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${JOB_SCHEMA} TO ${RUNTIME_ROLE};`;

/** Brings the database to this version as its owner: schema, then the job engine's own tables. */
export async function migrate(connection: PoolConfig): Promise<string[]> {
  const applied = await applyMigrations(connection, MIGRATIONS);
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await installJobs((text, values) => client.query(text, values as never[]));
    await client.query(GRANT_JOBS);
  } finally {
    await client.end();
  }
  return applied;
}

/** The names of this version's migrations, oldest first. */
export async function knownMigrations(): Promise<string[]> {
  const entries = await readdir(MIGRATIONS, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** Why this version must not run on a database: only BEHIND and EMPTY can be helped by migrating. */
export interface MigrationProblem {
  readonly kind: 'EMPTY' | 'FAILED' | 'BEHIND' | 'AHEAD';
  readonly message: string;
}

/** What keeps this version from running on that database, or null when the two fit. */
export async function migrationProblem(connection: PoolConfig): Promise<MigrationProblem | null> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const { rows: table } = await client.query("SELECT to_regclass('public._prisma_migrations') AS name");
    if (table[0].name === null) {
      return { kind: 'EMPTY', message: 'The database is empty. Run: npm run migrate' };
    }
    const { rows } = await client.query<{ migration_name: string; failed: boolean }>(
      'SELECT migration_name, finished_at IS NULL AS failed FROM _prisma_migrations WHERE rolled_back_at IS NULL',
    );
    const failed = rows.find((row) => row.failed);
    if (failed) {
      const message = `Migration ${failed.migration_name} failed half-way; repair it before starting.`;
      return { kind: 'FAILED', message };
    }
    const known = await knownMigrations();
    const applied = new Set(rows.map((row) => row.migration_name));
    const missing = known.filter((name) => !applied.has(name));
    if (missing.length > 0) {
      const message = `The database is behind by ${missing.join(', ')}. Run: npm run migrate`;
      return { kind: 'BEHIND', message };
    }
    const foreign = [...applied].filter((name) => !known.includes(name));
    if (foreign.length > 0) {
      const message = `The database is ahead of this program (${foreign.join(', ')}). Deploy the version that made it.`;
      return { kind: 'AHEAD', message };
    }
    return null;
  } finally {
    await client.end();
  }
}
