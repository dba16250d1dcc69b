import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..');
const FILE = join(ROOT, '..', 'shared/data/online-retail/online_retail.csv.gz');
const QUERY = JSON.stringify({ query: '{ __typename }' });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

/** Milliseconds from the start of the process to the first GraphQL answer. */
async function start(
  dataDir: string,
  demo: boolean,
): Promise<{ process: ChildProcess; port: number; ms: number }> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: ROOT,
    stdio: 'ignore',
    env: {
      ...process.env,
      DATABASE_URL: '',
      REDIS_URL: '',
      DATA_DIR: dataDir,
      PORT: String(port),
      DEMO: String(demo),
    },
  });
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: QUERY,
    }).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return { process: child, port, ms: performance.now() - began };
    await sleep(20);
  }
}

async function residentMiB(child: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  await ended;
}

async function importRetail(dataDir: string, port: number): Promise<void> {
  const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
  const mutation =
    'mutation { createTenant(input: { slug: "retail", name: "Retail", reportingCurrency: "GBP" }) { __typename } }';
  await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: mutation }),
  });
  const args = ['src/cli/import.ts', '--tenant', 'retail', '--format', 'online-retail', FILE];
  const cli = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: 'ignore',
    env: { ...process.env, DATABASE_URL: '', DATA_DIR: dataDir },
  });
  const code = await new Promise((done) => cli.once('exit', done));
  if (code !== 0) throw new Error(`The import ended with ${code}.`);
}

/** Start to first answer, and resident memory; the baseline is a bare Node process that answers HTTP. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const dataDir = await mkdtemp(join(tmpdir(), 'revenue-bench-'));
  try {
    const first = await start(dataDir, false);
    await stop(first.process);
    const again = await start(dataDir, false);
    await sleep(5_000);
    const idle = await residentMiB(again.process);
    await importRetail(dataDir, again.port);
    const after = await residentMiB(again.process);
    await stop(again.process);
    const bare = await bareNode();
    return {
      name: 'start to first answer and resident memory (embedded)',
      figures: {
        'empty folder, s': (first.ms / 1000).toFixed(2),
        'existing folder, s': (again.ms / 1000).toFixed(2),
        'bare node:http, s': (bare.ms / 1000).toFixed(2),
        'resident when idle, MiB': idle,
        'resident after importing Online Retail, MiB': after,
        'bare node:http resident, MiB': bare.mib,
      },
      goal: '≤ 10 s on an empty folder, ≤ 3 s on an existing one',
    };
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function bareNode(): Promise<{ ms: number; mib: number }> {
  const port = await freePort();
  const began = performance.now();
  const code = `require('node:http').createServer((_, r) => r.end('{}')).listen(${port}, '127.0.0.1')`;
  const child = spawn(process.execPath, ['-e', code], { stdio: 'ignore' });
  while (
    !(await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    ))
  )
    await sleep(5);
  const bare = { ms: performance.now() - began, mib: await residentMiB(child) };
  await stop(child);
  return bare;
}
