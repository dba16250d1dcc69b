import type { PgBoss } from 'pg-boss';
import type { Database } from '../db/database.ts';
import type { Tx } from '../db/sql.ts';
import { JOB_SCHEMA, QUEUES, type QueueName } from './install.ts';

/** Jobs of one queue by where they are. */
export interface QueueCounts {
  /** Not begun: new, waiting for their instant, or for another try. */
  waiting: number;
  active: number;
  /** Given up, until somebody has them tried again. */
  dead: number;
}

const QUEUE_NAMES = Object.keys(QUEUES) as QueueName[];

/** Where a queue's dead letters lie. */
export const deadOf = (queue: QueueName): string => `${queue}-dlq`;

/** What lies in each queue now, of one tenant or of all: one statement over what has not ended. */
export async function countJobs(database: Database, tenantId?: string): Promise<Record<string, QueueCounts>> {
  const { rows } = await database.executeSql(
    `SELECT name, (count(*) FILTER (WHERE state < 'active'))::int AS waiting,
       (count(*) FILTER (WHERE state = 'active'))::int AS active
     FROM ${JOB_SCHEMA}.job WHERE state <= 'active' AND ($1::text IS NULL OR data->>'tenantId' = $1) GROUP BY name`,
    [tenantId ?? null],
  );
  const found = new Map(
    (rows as { name: string; waiting: number; active: number }[]).map((row) => [row.name, row]),
  );
  const countsOf = (queue: QueueName): QueueCounts => {
    const { waiting = 0, active = 0 } = found.get(queue) ?? {};
    const dead = found.get(deadOf(queue));
    return { waiting, active, dead: (dead?.waiting ?? 0) + (dead?.active ?? 0) };
  };
  return Object.fromEntries(QUEUE_NAMES.map((queue) => [queue, countsOf(queue)]));
}

/** A dead letter. */
interface DeadJob {
  id: string;
  data: object;
  singletonKey: string | null;
}

/** Dead letters of a queue, oldest first, locked: who asks at the same time gets others. */
const DEAD = `SELECT id, data, singleton_key AS "singletonKey" FROM ${JOB_SCHEMA}.job
  WHERE name = $1 AND state < 'active' AND ($2::text IS NULL OR data->>'tenantId' = $2)
  ORDER BY created_on, id LIMIT $3 FOR UPDATE SKIP LOCKED`;

/**
 * Moves dead letters, of one tenant or of all, back to their queues, oldest first, at most `limit`; their data says
 * `isRequeued`, so that handlers know that somebody wants what had been given up. Each queue in one transaction.
 */
export async function requeueDead(
  boss: PgBoss,
  { limit, tenantId }: { limit: number; tenantId: string | undefined },
  inTransaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>,
): Promise<number> {
  let moved = 0;
  for (const queue of QUEUE_NAMES) {
    if (moved >= limit) break;
    moved += await inTransaction(async (tx) => {
      const dead = await tx.rows<DeadJob>(DEAD, [deadOf(queue), tenantId ?? null, limit - moved]);
      if (dead.length === 0) return 0;
      const jobs = dead.map(({ data, singletonKey }) => ({
        data: { ...data, isRequeued: true },
        ...(singletonKey && { singletonKey }),
      }));
      await boss.insert(queue, jobs);
      await boss.deleteJob(
        deadOf(queue),
        dead.map(({ id }) => id),
      );
      return dead.length;
    });
  }
  return moved;
}
