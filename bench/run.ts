import { globSync } from 'node:fs';
import { cpus, hostname, totalmem } from 'node:os';
import { basename, join } from 'node:path';

/** What a bench found: every figure beside its baseline from the same run. */
interface Report {
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}

const files = globSync('*.bench.ts', { cwd: import.meta.dirname }).sort();
const known = files.map((file) => basename(file, '.bench.ts'));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`No bench named ${unknown.join(', ')}. There are: ${known.join(', ')}.`);
  process.exit(1);
}

const [cpu] = cpus();
console.log(
  `${hostname()}: ${cpus().length} × ${cpu?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
console.log(`Node ${process.version}, ${new Date().toISOString()}`);
if (!process.env.DATABASE_URL) {
  console.log('DATABASE_URL is not set: what can be measured on the embedded database only is.');
}

let failures = 0;
for (const name of wanted.length > 0 ? wanted : known) {
  try {
    const { run } = (await import(join(import.meta.dirname, `${name}.bench.ts`))) as {
      run(): Promise<Report>;
    };
    print(await run());
  } catch (error) {
    failures++;
    console.log(`\n${name}: failed\n${(error as Error).stack}`);
  }
}
if (wanted.length === 0) {
  console.log(
    '\nPostGraphile on the same tables: cd bench/peers && npm ci && npm run bench (needs DATABASE_URL)',
  );
}
process.exit(failures > 0 ? 1 : 0);

function print({ name, figures, goal }: Report): void {
  const width = Math.max(...Object.keys(figures).map((key) => key.length));
  console.log(`\n${name}`);
  for (const [key, value] of Object.entries(figures)) {
    const text = typeof value === 'number' ? value.toLocaleString('en') : value;
    console.log(`  ${key.padEnd(width)}  ${text}`);
  }
  console.log(`  ${'goal'.padEnd(width)}  ${goal}`);
}
