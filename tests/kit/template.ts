import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg, { type PoolConfig } from 'pg';
import { startEmbedded } from '../../src/platform/db/embedded.ts';
import { migrate } from '../../src/platform/db/migrate.ts';
import { buildTemplate, databaseStamp } from '../../src/platform/db/template.ts';

/** A database of one test's own: a copy of a migrated template, embedded or on the server of DATABASE_URL. */
export interface TestDatabase {
  connection: PoolConfig;
  /** Removes it. */
  drop(): Promise<void>;
}

async function admin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const withDatabase = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href;

/** Migrates a template once per run; every test database is a copy of it. */
export async function prepareTemplate(url: string | undefined): Promise<string> {
  if (!url) return buildTemplate();
  // Named by its content, so an old one is never used.
  const name = `revenue_template_${(await databaseStamp()).slice(0, 12)}`;
  await admin(url, async (client) => {
    await client.query('SELECT pg_advisory_lock(4711)');
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount) return;
    await client.query(`CREATE DATABASE ${name}_building`);
    await migrate({ connectionString: withDatabase(url, `${name}_building`), max: 1 });
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}_building'`,
    );
    await client.query(`ALTER DATABASE ${name}_building RENAME TO ${name}`);
  });
  return name;
}

let counter = 0;

/** Copies the template. */
export async function copyTemplate(url: string | undefined, template: string): Promise<TestDatabase> {
  if (!url) {
    const folder = await mkdtemp(join(tmpdir(), 'revenue-test-'));
    await cp(template, folder, { recursive: true });
    const embedded = await startEmbedded(folder);
    return {
      connection: embedded.connection,
      async drop() {
        await embedded.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  }
  const name = `revenue_test_${process.pid}_${Date.now().toString(36)}_${counter++}`;
  await admin(url, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  return {
    connection: { connectionString: withDatabase(url, name) },
    async drop() {
      await admin(url, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}
