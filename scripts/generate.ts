/**
 * Writes the generated code that git ignores: the Prisma client and Pothos types, then the typed GraphQL
 * documents. Each half is skipped while the stamp beside its output matches its inputs and generators.
 * `--force` ignores the stamps; `--check` writes nothing and fails when a half is out of date.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

interface Half {
  readonly name: string;
  readonly inputs: readonly string[];
  readonly config: readonly string[];
  readonly generators: readonly string[];
  readonly output: string;
  /** Files that must exist for the output to count as written. */
  readonly results: readonly string[];
  readonly run: () => Promise<void>;
}

const root = resolve(import.meta.dirname, '..');
const require = createRequire(join(root, 'package.json'));
const { values: flags } = parseArgs({
  options: { force: { type: 'boolean' }, check: { type: 'boolean' } },
});

/** The installed version, or undefined: production images carry no development tools. */
function versionOf(packageName: string): string | undefined {
  const manifest = join(root, 'node_modules', packageName, 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

async function runPrisma(): Promise<void> {
  const manifest = require.resolve('prisma/package.json');
  const cli = join(dirname(manifest), require(manifest).bin.prisma);
  const path = [join(root, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH];
  const done = spawnSync(process.execPath, [cli, 'generate', '--no-hints'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      PATH: path.join(delimiter),
      // Not used by `generate`; naming any file that exists stops the download of the real binary.
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
    },
  });
  if (done.status !== 0) throw new Error(`prisma generate failed\n${done.stdout}${done.stderr}`);
}

async function runCodegen(): Promise<void> {
  const [{ generate }, { default: config }] = await Promise.all([
    import('@graphql-codegen/cli'),
    import('../codegen.ts'),
  ]);
  await generate({ ...config, cwd: root }, true);
}

const halves: readonly Half[] = [
  {
    name: 'prisma',
    inputs: globSync('prisma/schema/*.prisma', { cwd: root }),
    config: ['prisma.config.ts'],
    generators: ['prisma', '@prisma/client', 'prisma-pothos-types'],
    output: 'prisma/generated',
    results: ['client/client.ts', 'pothos.ts'],
    run: runPrisma,
  },
  {
    name: 'graphql documents',
    inputs: existsSync(join(root, 'schema/schema.graphql'))
      ? globSync('operations/**/*.graphql', { cwd: root })
      : [],
    config: ['codegen.ts', 'schema/schema.graphql'],
    generators: ['@graphql-codegen/cli', '@graphql-codegen/client-preset'],
    output: 'operations/generated',
    results: ['graphql.ts', 'persisted-documents.json'],
    run: runCodegen,
  },
];

function stampOf(half: Half): string {
  const hash = createHash('sha256');
  for (const name of half.generators) hash.update(`${name}@${versionOf(name)}\n`);
  for (const file of [...half.config, ...half.inputs].map((path) => path.replaceAll('\\', '/')).sort()) {
    hash
      .update(`${file}\n`)
      .update(readFileSync(join(root, file)))
      .update('\n');
  }
  return hash.digest('hex');
}

async function bringUpToDate(half: Half): Promise<void> {
  if (half.inputs.length === 0) return;
  const output = join(root, half.output);
  const written = half.results.every((file) => existsSync(join(output, file)));
  if (written && half.generators.some((name) => !versionOf(name))) return;

  const stampFile = join(output, '.stamp');
  const stamp = stampOf(half);
  const current = written && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (current && !flags.force) return;
  if (flags.check) throw new Error(`${half.output} is out of date: run "npm run generate"`);

  const started = performance.now();
  rmSync(stampFile, { force: true });
  await half.run();
  mkdirSync(output, { recursive: true });
  writeFileSync(stampFile, stamp);
  console.log(`generated ${half.output} (${half.name}, ${Math.round(performance.now() - started)} ms)`);
}

try {
  for (const half of halves) await bringUpToDate(half);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
