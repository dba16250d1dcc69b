import type { Sql, Tx } from '../db/sql.ts';
import type { Bus } from './bus.ts';
import type { LoggedEvent, NewEvent } from './types.ts';

/** Larger batches are announced by their last seq only; followers read them from Postgres. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** What travels on the bus after a commit. */
export type BusMessage = {
  head: string;
  events?: { seq: string; at: string; type: string; payload: unknown }[];
};

/** The channel of a tenant's event log. */
export const eventChannel = (tenantId: string): string => `t:${tenantId}:engine`;

/** The tenant's append-only log of facts: gapless seq, commit order, published after commit. */
export interface EventLog {
  /** Appends in the given transaction; subscribers hear of it after COMMIT. One statement for any number. */
  append(tx: Tx, tenantId: string, events: NewEvent[]): Promise<void>;
  /** Events with seq > after, oldest first. */
  read(sql: Sql, after: bigint, limit: number): Promise<LoggedEvent[]>;
  /** The last seq given out, and the last one that retention has removed. */
  bounds(sql: Sql): Promise<{ head: bigint; prunedTo: bigint }>;
  /** Removes events older than the instant; returns how many. */
  prune(tx: Tx, olderThan: Date): Promise<number>;
}

/*
 * The counter row's lock, held to the end of the transaction, is what makes seq gapless and equal to commit order:
 * a later transaction of the same tenant waits here, and a rollback gives the numbers back.
 */
const APPEND = `
  WITH counter AS (
    INSERT INTO event_counter AS c (tenant_id, seq) VALUES ($1, $2)
    ON CONFLICT (tenant_id) DO UPDATE SET seq = c.seq + $2
    RETURNING seq
  )
  INSERT INTO engine_event (tenant_id, seq, at, type, payload)
  SELECT $1, counter.seq - $2 + e.n, clock_timestamp(), e.type, e.payload::jsonb
  FROM counter, unnest($3::text[], $4::text[]) WITH ORDINALITY AS e (type, payload, n)
  RETURNING seq, at`;

const READ = `SELECT seq, at, type, payload FROM engine_event WHERE seq > $1 ORDER BY seq LIMIT $2`;

const PRUNE = `
  WITH gone AS (DELETE FROM engine_event WHERE at < $1 RETURNING seq),
  last AS (SELECT max(seq) AS seq, count(*)::int AS n FROM gone),
  mark AS (UPDATE event_counter SET pruned_to = greatest(pruned_to, last.seq) FROM last WHERE last.seq IS NOT NULL)
  SELECT n FROM last`;

/** The event log on Postgres, announced on the bus. */
export function createEventLog(bus: Bus): EventLog {
  return {
    async append(tx, tenantId, events) {
      if (events.length === 0) return;
      const types = events.map((event) => event.type);
      const payloads = events.map((event) => JSON.stringify(event.payload));
      const rows = await tx.rows<{ seq: bigint; at: Date }>(
        APPEND,
        [tenantId, events.length, types, payloads],
        'append_events',
      );
      tx.afterCommit(() => bus.publish(eventChannel(tenantId), message(rows, types, payloads)));
    },
    read: (sql, after, limit) => sql.rows<LoggedEvent>(READ, [after, limit], 'read_events'),
    async bounds(sql) {
      const row = await sql.row<{ head: bigint; prunedTo: bigint }>(
        'SELECT seq AS head, pruned_to AS "prunedTo" FROM event_counter',
        [],
        'event_bounds',
      );
      return row ?? { head: 0n, prunedTo: 0n };
    },
    async prune(tx, olderThan) {
      return (await tx.row<{ n: number }>(PRUNE, [olderThan]))?.n ?? 0;
    },
  };
}

function message(rows: { seq: bigint; at: Date }[], types: string[], payloads: string[]): string {
  const head = (rows.at(-1) as { seq: bigint }).seq.toString();
  const size = payloads.reduce((sum, payload) => sum + payload.length, 0);
  if (size > MAX_MESSAGE_BYTES) return JSON.stringify({ head } satisfies BusMessage);
  const events = rows.map(({ seq, at }, i) => {
    const fact = `"seq":"${seq}","at":"${at.toISOString()}","type":"${types[i]}","payload":${payloads[i]}`;
    return `{${fact}}`;
  });
  return `{"head":"${head}","events":[${events.join(',')}]}`;
}
