import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

/** Runs Postgres (WASM) off the main thread and speaks the Postgres protocol on a Unix socket. */
export interface WorkerInput {
  /** Folder of the data files; null keeps the database in memory. */
  dataDir: string | null;
  socketPath: string;
}

const { dataDir, socketPath } = workerData as WorkerInput;
const db = await PGlite.create(dataDir === null ? {} : { dataDir });
const server = new PGLiteSocketServer({ db, path: socketPath, maxConnections: 8 });
await server.start();
parentPort?.postMessage('ready');
parentPort?.once('message', async () => {
  await server.stop();
  await db.close();
  parentPort?.postMessage('closed');
  parentPort?.close();
});
