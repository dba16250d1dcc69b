import { Counter, Gauge, type Registry } from 'prom-client';
import { MINUTE_MS } from '../../kernel/time.ts';
import type { Sql } from '../../platform/db/sql.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { addToBuckets, type BucketCount } from './buckets.ts';
import { LATENCY_EDGES, latencyId, placeOf } from './latency.ts';
import { builtInId, REQUEST_LATENCY_MS } from './objective.ts';

/** One answer, as the transport saw it. `isError`: by our fault; a caller's bad input is no error of ours. */
export interface AnswerFact {
  /** Null: it waited on purpose, so its duration says nothing about us; the answer counts for the rest. */
  readonly ms: number | null;
  readonly isError: boolean;
}

/** Counts answers in memory and writes them down now and then. */
export interface SliCounter {
  /** On the way of every request: a few additions. */
  onAnswer(tenantId: string, answer: AnswerFact): void;
  /** Writes what was counted so far; what cannot be written is kept for the next time. */
  flush(): Promise<void>;
  /** Stops the timer and flushes for the last time. */
  stop(): Promise<void>;
}

export interface SliCounterOptions {
  dbFor(tenantId: string): Sql;
  clock(): Date;
  log: Logger;
  registry: Registry;
  flushMs?: number;
  /** Minutes of tenants kept while the database is away; the oldest are dropped, and counted, beyond. */
  maxCells?: number;
}

const FLUSH_MS = 5_000;
const MAX_CELLS = 20_000;
/** Tenants written at once, and failures after which a flush gives up until the next. */
const LANES = 4;
const FAILURES = 3;

/** What one tenant's requests were in one minute: about 200 bytes. */
interface Cell {
  readonly tenantId: string;
  readonly minute: number;
  total: number;
  /** Answers whose duration counts. */
  timed: number;
  slow: number;
  errors: number;
  readonly places: Uint32Array;
}

/** The counter of this process; its buckets sum with those of other instances. */
export function createSliCounter(options: SliCounterOptions): SliCounter {
  const { clock, log } = options;
  const limit = options.maxCells ?? MAX_CELLS;
  const { dropped, held } = createMetrics(options.registry);
  const open = new Map<string, Cell>();
  /** Minutes that are over, oldest first. */
  let closed: Cell[] = [];
  let flushing: Promise<void> | null = null;

  const keep = (cells: readonly Cell[]): void => {
    closed.push(...cells);
    const excess = closed.length - limit;
    if (excess > 0) for (const cell of closed.splice(0, excess)) dropped.inc(cell.total);
    held.set(closed.length + open.size);
  };
  const begin = (tenantId: string, minute: number): Cell => {
    const before = open.get(tenantId);
    if (before) keep([before]);
    else if (open.size >= limit) {
      keep([...open.values()]);
      open.clear();
    }
    const places = new Uint32Array(LATENCY_EDGES.length + 1);
    const cell = { tenantId, minute, total: 0, timed: 0, slow: 0, errors: 0, places };
    open.set(tenantId, cell);
    return cell;
  };
  const write = async (): Promise<void> => {
    const taken = Map.groupBy([...closed, ...open.values()], ({ tenantId }) => tenantId);
    closed = [];
    open.clear();
    const waiting = [...taken];
    const unwritten: Cell[] = [];
    let failures = 0;
    const lane = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const [tenantId, cells] = next;
        try {
          if (failures >= FAILURES) throw new Error('The database is away.');
          await addToBuckets(options.dbFor(tenantId), tenantId, countsOf(tenantId, cells));
        } catch (error) {
          if (failures++ === 0) log.warn({ err: error, tenants: taken.size }, 'indicators are not written');
          unwritten.push(...cells);
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    unwritten.sort((a, b) => a.minute - b.minute);
    closed.unshift(...unwritten);
    keep([]);
  };
  const flush = async (): Promise<void> => {
    // One under way has not taken what was counted since it began.
    await flushing;
    flushing ??= write().finally(() => {
      flushing = null;
    });
    await flushing;
  };
  const timer = setInterval(() => void flush(), options.flushMs ?? FLUSH_MS).unref();
  return {
    onAnswer(tenantId, { ms, isError }) {
      const minute = Math.floor(clock().getTime() / MINUTE_MS) * MINUTE_MS;
      let cell = open.get(tenantId);
      if (cell === undefined || cell.minute !== minute) cell = begin(tenantId, minute);
      cell.total++;
      if (isError) cell.errors++;
      if (ms === null) return;
      cell.timed++;
      if (ms >= REQUEST_LATENCY_MS) cell.slow++;
      (cell.places[placeOf(ms)] as number)++;
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

/** The rows of a tenant's minutes; minutes of several cells (a flush in between) are added up. Pure. */
function countsOf(tenantId: string, cells: readonly Cell[]): BucketCount[] {
  const ids = {
    latency: builtInId(tenantId, 'request-latency'),
    errors: builtInId(tenantId, 'request-errors'),
    availability: builtInId(tenantId, 'request-availability'),
  };
  const counts: BucketCount[] = [];
  for (const [minute, same] of Map.groupBy(cells, (cell) => cell.minute)) {
    const sum = (of: (cell: Cell) => number): number => same.reduce((total, cell) => total + of(cell), 0);
    const [total, timed] = [sum((c) => c.total), sum((c) => c.timed)];
    const [slow, errors] = [sum((c) => c.slow), sum((c) => c.errors)];
    if (timed > 0) counts.push({ objectiveId: ids.latency, minute, good: timed - slow, bad: slow });
    counts.push({ objectiveId: ids.errors, minute, good: total - errors, bad: errors });
    counts.push({ objectiveId: ids.availability, minute, good: total - errors, bad: errors });
    for (let place = 0; place <= LATENCY_EDGES.length; place++) {
      const good = sum((c) => c.places[place] as number);
      if (good > 0) counts.push({ objectiveId: latencyId(tenantId, place), minute, good, bad: 0 });
    }
  }
  return counts;
}

function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    dropped: new Counter({
      name: 'sli_events_dropped_total',
      help: 'Answers that were counted but could not be written before there were too many.',
      registers,
    }),
    held: new Gauge({
      name: 'sli_minutes_held',
      help: 'Minutes of tenants that wait in memory to be written.',
      registers,
    }),
  };
}
