import { AsyncLocalStorage } from 'node:async_hooks';
import { PgBoss } from 'pg-boss';
import type { Database } from '../db/database.ts';
import type { Tx } from '../db/sql.ts';
import type { Logger } from '../log/logger.ts';
import { type BatchHandler, handleEach, type RunningJob } from './batch.ts';
import { countJobs, type QueueCounts, requeueDead } from './depth.ts';
import { JOB_SCHEMA, type QueueName } from './install.ts';

export type { BatchHandler, Disposition, RunningJob } from './batch.ts';
export type { QueueCounts } from './depth.ts';

export interface NewJob {
  /** Chosen by the caller who must know which of its jobs were taken. */
  id?: string;
  data: object;
  /** At most one job per key waits in a short queue. */
  singletonKey?: string;
  startAfter?: Date;
}

export interface BatchOptions {
  /** Workers of this instance; each waits for the slowest job of its batch. */
  workers: number;
  /** Jobs fetched at a time. */
  batch: number;
  /** Of these, handled at a time. */
  atOnce: number;
  pollSec: number;
}

/** The port to the job engine (spec g.5); pg-boss is its one adapter. */
export interface JobEngine {
  /**
   * Adds jobs in the caller's transaction, so that they exist exactly when its facts do. Returns the ids that were
   * taken: a short queue drops a job whose key has one waiting already.
   */
  enqueue(tx: Tx, queue: QueueName, jobs: NewJob[]): Promise<string[]>;
  /** Starts handling a queue on this instance. */
  work<Data>(
    queue: QueueName,
    concurrency: number,
    handler: (job: RunningJob<Data>) => Promise<void>,
  ): Promise<void>;
  /** Starts handling a queue of many small jobs: fetched together, `atOnce` handled at a time, each with its own end. */
  workEach<Data>(queue: QueueName, options: BatchOptions, handler: BatchHandler<Data>): Promise<void>;
  /** What lies in each queue now, of one tenant or of all; counted by the database, one statement. */
  counts(tenantId?: string): Promise<Record<string, QueueCounts>>;
  /** Gives jobs of one tenant or of all whose tries were used up another round, oldest first, at most `limit`. */
  requeueDead(limit: number, tenantId?: string): Promise<number>;
  /**
   * Replaces this instance's workers by fresh ones: the old ones fetch nothing more and end when they have finished
   * what they are at, which may be the caller itself. Answers how many queues; 0 where nothing is handled.
   */
  recycle(): Promise<number>;
  /** How many queues this instance handles. */
  handled(): number;
  start(): Promise<void>;
  /** Stops fetching and waits for running handlers, at most `graceMs`. */
  stop(graceMs: number): Promise<void>;
}

/** The job engine on the deployment's own Postgres connection. */
export function createJobEngine(database: Database, log: Logger, isWorker: boolean): JobEngine {
  const inTx = new AsyncLocalStorage<Tx>();
  // What pg-boss asks while it enqueues runs in the caller's transaction too: the embedded database has one connection.
  const executeSql = async (text: string, values?: unknown[]) => {
    const tx = inTx.getStore();
    return tx
      ? { rows: await tx.rows<never>(text, values) }
      : ((await database.executeSql(text, values)) as never);
  };
  const db = { executeSql };
  const boss = new PgBoss({
    db,
    schema: JOB_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: isWorker,
    superviseIntervalSeconds: 15,
    maintenanceIntervalSeconds: 600,
    // The runtime role does not own the tables, so it cannot rebuild indexes; an operator can.
    reindex: false,
    monitorVacuum: false,
  });
  boss.on('error', (error) => log.warn({ err: error }, 'job engine'));
  let isStarted = false;
  const handled = new Map<QueueName, () => Promise<void>>();
  return {
    async enqueue(tx, queue, jobs) {
      if (jobs.length === 0) return [];
      const inserts = jobs.map(({ id, data, singletonKey, startAfter }) => ({
        data,
        ...(id !== undefined && { id }),
        ...(singletonKey !== undefined && { singletonKey }),
        ...(startAfter !== undefined && { startAfter }),
      }));
      return (await inTx.run(tx, () => boss.insert(queue, inserts, { returnId: true }))) ?? [];
    },
    async work(queue, concurrency, handler) {
      const options = {
        localConcurrency: concurrency,
        batchSize: 1,
        // An idle installation should cost next to nothing: each poll is a statement.
        pollingIntervalSeconds: 1,
        includeMetadata: true,
      } as const;
      const begin = async () => {
        await boss.work(queue, options, async ([job]) => {
          if (!job) return;
          const { id, data, retryCount, signal } = job;
          await handler({ id, data: data as never, attempt: retryCount + 1, signal });
        });
      };
      handled.set(queue, begin);
      await begin();
    },
    async workEach(queue, { workers, batch, atOnce, pollSec }, handler) {
      const options = {
        ...{ localConcurrency: workers, batchSize: batch, burstWhenBatchFull: true, perJobResults: true },
        ...{ pollingIntervalSeconds: pollSec, includeMetadata: true },
      } as const;
      const begin = async () => {
        await boss.work(queue, options, (jobs) => handleEach(jobs, atOnce, handler as BatchHandler<unknown>));
      };
      handled.set(queue, begin);
      await begin();
    },
    counts: (tenantId) => countJobs(database, tenantId),
    requeueDead: (limit, tenantId) =>
      requeueDead(boss, { limit, tenantId }, (work) =>
        database.directory.tx((tx) => inTx.run(tx, () => work(tx))),
      ),
    handled: () => handled.size,
    async recycle() {
      for (const [queue, begin] of handled) {
        await boss.offWork(queue, { wait: false });
        await begin();
      }
      return handled.size;
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
