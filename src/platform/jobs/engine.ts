import { PgBoss } from 'pg-boss';
import type { Database } from '../db/database.ts';
import type { Tx } from '../db/sql.ts';
import type { Logger } from '../log/logger.ts';
import { JOB_SCHEMA, type QueueName } from './install.ts';

/** A job as its handler sees it. `signal` aborts when the process stops or the job has run out of time. */
export interface RunningJob<Data> {
  id: string;
  data: Data;
  attempt: number;
  signal: AbortSignal;
}

export interface NewJob {
  /** Chosen by the caller who must know which of its jobs were taken. */
  id?: string;
  data: object;
  /** At most one queued and one active job of a stately queue per key. */
  singletonKey?: string;
  startAfter?: Date;
}

/** The port to the job engine (spec g.5); pg-boss is its one adapter. */
export interface JobEngine {
  /**
   * Adds jobs in the caller's transaction, so that they exist exactly when its facts do. Returns the ids that were
   * taken: a stately queue drops a job whose key has one waiting already.
   */
  enqueue(tx: Tx, queue: QueueName, jobs: NewJob[]): Promise<string[]>;
  /** Starts handling a queue on this instance. */
  work<Data>(
    queue: QueueName,
    concurrency: number,
    handler: (job: RunningJob<Data>) => Promise<void>,
  ): Promise<void>;
  start(): Promise<void>;
  /** Stops fetching and waits for running handlers, at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** The job engine on the deployment's own Postgres connection. */
export function createJobEngine(database: Database, log: Logger, isWorker: boolean): JobEngine {
  const db = { executeSql: (text: string, values?: unknown[]) => database.executeSql(text, values) as never };
  const boss = new PgBoss({
    db,
    schema: JOB_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: isWorker,
    superviseIntervalSeconds: 15,
    // The runtime role does not own the tables, so it cannot rebuild indexes; an operator can.
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.warn({ err: error }, 'job engine'));
  let isStarted = false;
  return {
    async enqueue(tx, queue, jobs) {
      if (jobs.length === 0) return [];
      const inserts = jobs.map(({ id, data, singletonKey, startAfter }) => ({
        data,
        ...(id !== undefined && { id }),
        ...(singletonKey !== undefined && { singletonKey }),
        ...(startAfter !== undefined && { startAfter }),
      }));
      const executor = {
        executeSql: async (text: string, values?: unknown[]) => ({
          rows: await tx.rows<never>(text, values),
        }),
      };
      return (await boss.insert(queue, inserts, { db: executor, returnId: true })) ?? [];
    },
    async work(queue, concurrency, handler) {
      const options = {
        localConcurrency: concurrency,
        batchSize: 1,
        pollingIntervalSeconds: 0.5,
        includeMetadata: true,
      } as const;
      await boss.work(queue, options, async ([job]) => {
        if (!job) return;
        const { id, data, retryCount, signal } = job;
        await handler({ id, data: data as never, attempt: retryCount + 1, signal });
      });
    },
    async start() {
      await boss.start();
      isStarted = true;
    },
    async stop(graceMs) {
      if (isStarted) await boss.stop({ graceful: true, timeout: graceMs, close: false });
    },
  };
}
