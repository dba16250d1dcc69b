import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbedded } from '../src/platform/db/embedded.ts';
import { diffSchemas } from '../src/platform/db/schema-engine.ts';

/**
 * `npm run migrate:new -- NAME` writes the SQL from the last migration's schema to today's `prisma/schema`.
 * Every migration keeps the schema it leads to beside it, so no database has to be introspected, and
 * `--check` (part of `npm run check`) is a comparison of two texts.
 */
const name = process.argv[2] ?? '';
if (name !== '--check' && !/^[a-z][a-z0-9_]+$/.test(name)) {
  console.error('Usage: npm run migrate:new -- name_in_snake_case   (or --check)');
  process.exit(1);
}
const root = join(import.meta.dirname, '..', 'prisma');
const schemaFiles = (await readdir(join(root, 'schema'))).sort();
const texts = schemaFiles.map((file) => readFile(join(root, 'schema', file), 'utf8'));
const schema = (await Promise.all(texts)).join('\n');
const folders = (await readdir(join(root, 'migrations')).catch(() => [])).filter((f) => /^\d/.test(f)).sort();
const last = folders.at(-1);
const before = last ? await readFile(join(root, 'migrations', last, 'schema.prisma'), 'utf8') : null;

if (name === '--check') {
  if (before !== schema) {
    console.error('prisma/schema has changed since the last migration: run npm run migrate:new -- NAME');
    process.exit(1);
  }
  process.exit(0);
}
const database = await startEmbedded(null);
const sql = await diffSchemas(database.connection, before, schema);
await database.stop();
const stamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14);
const target = join(root, 'migrations', `${stamp}_${name}`);
await mkdir(target, { recursive: true });
await writeFile(join(target, 'migration.sql'), sql);
await writeFile(join(target, 'schema.prisma'), schema);
console.log(`Wrote ${target}: read migration.sql and add policies, checks and grants by hand.`);
