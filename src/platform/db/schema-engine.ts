import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engine from '@prisma/schema-engine-wasm/schema_engine_bg';
import type { PoolConfig } from 'pg';

/** The part of the WebAssembly global we use; TypeScript only knows it with the browser's library. */
interface Wasm {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, () => void> };
}

const require = createRequire(import.meta.url);
const { Module, Instance } = (globalThis as unknown as { WebAssembly: Wasm }).WebAssembly;
let isLoaded = false;

/** Prisma's own migration engine, in WASM: no downloaded binary, the same history table as `prisma migrate`. */
function load(): void {
  if (isLoaded) return;
  const folder = dirname(require.resolve('@prisma/schema-engine-wasm/schema_engine_bg'));
  const module = new Module(readFileSync(join(folder, 'schema_engine_bg.wasm')));
  const instance = new Instance(module, { './schema_engine_bg.js': engine });
  engine.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start?.();
  isLoaded = true;
}

/** The driver adapter cuts scripts at every semicolon, also inside function bodies; Postgres takes them whole. */
class WholeScripts extends PrismaPg {
  override async connect() {
    const adapter = await super.connect();
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(script);
    };
    return adapter;
  }
}

const NO_FILTER = { externalTables: [], externalEnums: [] };

/** The migration files in the shape the engine wants, oldest first. */
async function migrationsList(folder: string) {
  const names = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
  const migrationDirectories = await Promise.all(
    names.map(async (path) => {
      const value = await readFile(join(folder, path, 'migration.sql'), 'utf8');
      return { path, migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value } } };
    }),
  );
  const lockfile = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };
  return { baseDir: folder, lockfile, shadowDbInitScript: '', migrationDirectories };
}

/** Applies every pending migration of `folder` and returns the names that were applied. */
export async function applyMigrations(connection: PoolConfig, folder: string): Promise<string[]> {
  load();
  const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(connection));
  const schemaEngine = await engine.SchemaEngine.new({ datamodels: undefined }, () => {}, adapter);
  try {
    const input = { migrationsList: await migrationsList(folder), filters: NO_FILTER };
    const { appliedMigrationNames } = await schemaEngine.applyMigrations(input);
    return appliedMigrationNames;
  } finally {
    schemaEngine.free();
  }
}

/**
 * The SQL that leads from one Prisma schema text to another; empty when they agree. `connection` is any live
 * Postgres: the engine insists on one, although comparing two texts does not use it.
 */
export async function diffSchemas(connection: PoolConfig, from: string | null, to: string): Promise<string> {
  load();
  const adapter = bindMigrationAwareSqlAdapterFactory(new WholeScripts(connection));
  const schemaEngine = await engine.SchemaEngine.new(
    { datamodels: [['schema.prisma', to]] },
    () => {},
    adapter,
  );
  const target = (content: string) => ({
    tag: 'schemaDatamodel' as const,
    files: [{ path: 'schema.prisma', content }],
  });
  try {
    const { stdout } = await schemaEngine.diff({
      from: from === null ? { tag: 'empty' } : target(from),
      to: target(to),
      script: true,
      exitCode: null,
      filters: NO_FILTER,
    });
    return stdout ?? '';
  } finally {
    schemaEngine.free();
  }
}
