import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PoolConfig } from 'pg';
import type { WorkerInput } from './pglite-worker.ts';

/** A Postgres of our own inside this process: one session, so exactly one pooled connection. */
export interface Embedded {
  connection: PoolConfig;
  stop(): Promise<void>;
}

/**
 * Starts the embedded Postgres on `dataDir` (null: in memory). The socket lives in a private temporary folder
 * (mode 700), because a data folder's path may be longer than the 107 bytes a socket path may have.
 */
export async function startEmbedded(dataDir: string | null): Promise<Embedded> {
  const folder = await mkdtemp(join(tmpdir(), 'revenue-engine-'));
  const input: WorkerInput = { dataDir, socketPath: join(folder, '.s.PGSQL.5432') };
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: input });
  await once(worker, 'message');
  return {
    connection: { host: folder, port: 5432, user: 'postgres', database: 'postgres', max: 1 },
    async stop() {
      const closed = once(worker, 'message');
      worker.postMessage('stop');
      await closed;
      await worker.terminate();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
