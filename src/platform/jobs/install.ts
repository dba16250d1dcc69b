import { PgBoss } from 'pg-boss';

/** The schema that pg-boss keeps its own tables in. */
export const JOB_SCHEMA = 'pgboss';

const RUNS = {
  policy: 'short',
  // A batch shares it; a run's own time-out is the ledger's.
  expireInSeconds: 7200,
  retryLimit: 3,
  retryDelay: 5,
  retryBackoff: true,
  heartbeatSeconds: 30,
  // The ledger keeps what is worth knowing.
  deleteAfterSeconds: 600,
} as const;

/** Every queue of the product and how it treats its jobs (spec g.5). Made at migration, by the owner. */
export const QUEUES = {
  /** One tenant's cycle. Short: at most one queued per singletonKey (the tenant); cycle_claim says which one runs. */
  'tenant-cycle': {
    policy: 'short',
    expireInSeconds: 900,
    retryLimit: 3,
    retryBackoff: true,
    heartbeatSeconds: 30,
  },
  /**
   * Runs of the job table. Short: at most one waiting per singletonKey (job and tenant); that one runs at a time is the
   * ledger's word. Stately would let one tenant's long or dead run hold up the fetches of all.
   */
  'schedule-run': RUNS,
  /** The same for jobs that may take minutes, so that nobody waits behind them. */
  'schedule-run-long': RUNS,
  /** The instant at which a flag shall change. */
  'flag-change': { policy: 'standard', expireInSeconds: 60, retryLimit: 3, retryBackoff: true },
} as const;

export type QueueName = keyof typeof QUEUES;

/**
 * pg-boss leaves the policy of a queue that exists as it is, and each job keeps its own copy. At most one job per key
 * waits under either policy, so none can be in the way of another.
 */
const ADOPT_POLICY = `
  WITH changed AS (
    UPDATE ${JOB_SCHEMA}.queue SET policy = $2 WHERE name = $1 AND policy <> $2 RETURNING name
  ) UPDATE ${JOB_SCHEMA}.job j SET policy = $2 FROM changed WHERE j.name = changed.name AND j.state <= 'active'`;

/** Creates or updates pg-boss's tables and queues through the given connection. */
export async function installJobs(
  executeSql: (text: string, values?: unknown[]) => Promise<unknown>,
): Promise<void> {
  const db = {
    executeSql: async (text: string, values?: unknown[]) => {
      const result = (await executeSql(text, values)) as { rows: unknown[] } | { rows: unknown[] }[];
      return { rows: Array.isArray(result) ? result.flatMap((part) => part.rows) : result.rows };
    },
  };
  const boss = new PgBoss({ db, schema: JOB_SCHEMA, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  for (const [name, options] of Object.entries(QUEUES)) {
    const dead = `${name}-dlq`;
    await boss.createQueue(dead, { deleteAfterSeconds: 14 * 86_400 });
    const { policy, ...settings } = { deleteAfterSeconds: 86_400, ...options, deadLetter: dead };
    await boss.createQueue(name, { policy, ...settings });
    await boss.updateQueue(name, settings);
    await executeSql(ADOPT_POLICY, [name, policy]);
  }
  await boss.stop({ graceful: false });
}
