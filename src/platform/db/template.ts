import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { QUEUES } from '../jobs/install.ts';
import { startEmbedded } from './embedded.ts';
import { knownMigrations, MIGRATIONS, migrate } from './migrate.ts';

/*
 * Initialising Postgres in WASM takes seconds of CPU, so `npm ci` does it once: a migrated, empty database that the
 * first start and every test copy in a fraction of a second. Without it everything works, only slower.
 */
const MODULES = join(import.meta.dirname, '..', '..', '..', 'node_modules');
const TEMPLATE = join(MODULES, '.cache', 'revenue-engine');
const STAMP = join(TEMPLATE, 'stamp');

async function version(name: string): Promise<string> {
  return (JSON.parse(await readFile(join(MODULES, name, 'package.json'), 'utf8')) as { version: string })
    .version;
}

/** Everything that decides what a migrated database looks like. */
export async function databaseStamp(): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await knownMigrations())
    hash.update(await readFile(join(MIGRATIONS, name, 'migration.sql')));
  const versions = await Promise.all(['pg-boss', '@electric-sql/pglite'].map(version));
  hash.update(JSON.stringify([QUEUES, versions]));
  return hash.digest('hex').slice(0, 32);
}

/** The folder of the template's data files, or null when there is none for this version. */
export async function currentTemplate(): Promise<string | null> {
  const stamp = await readFile(STAMP, 'utf8').catch(() => null);
  return stamp === (await databaseStamp()) ? join(TEMPLATE, 'postgres') : null;
}

/** Makes the template unless it is there; a half-made one is never seen. */
export async function buildTemplate(): Promise<string> {
  const existing = await currentTemplate();
  if (existing) return existing;
  const building = `${TEMPLATE}.${process.pid}`;
  await mkdir(building, { recursive: true });
  const embedded = await startEmbedded(join(building, 'postgres'));
  await migrate(embedded.connection);
  await embedded.stop();
  await writeFile(join(building, 'stamp'), await databaseStamp());
  await rm(TEMPLATE, { recursive: true, force: true });
  await rename(building, TEMPLATE);
  return join(TEMPLATE, 'postgres');
}

/** Gives a new installation its database by copying the template; false when there is none. */
export async function copyTemplateTo(dataDir: string): Promise<boolean> {
  const template = await currentTemplate();
  if (!template) return false;
  const copying = `${dataDir}.copying`;
  await rm(copying, { recursive: true, force: true });
  await cp(template, copying, { recursive: true });
  await rename(copying, dataDir);
  return true;
}
