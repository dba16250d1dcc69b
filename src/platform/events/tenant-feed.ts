import type { Sql } from '../db/sql.ts';
import type { Bus } from './bus.ts';
import type { Follower, Source } from './follower.ts';
import { type BusMessage, type EventLog, eventChannel } from './log.ts';
import type { LoggedEvent } from './types.ts';

/** Few enough that rendering them holds nobody up. */
export const PAGE = 200;
/** Two connections may run their commit hooks in the other order; only a gap that lasts is worth a query. */
const GAP_MS = 20;
/** While messages may be getting lost, nobody waits longer than two seconds; the read itself takes its part. */
const TICK_MS = 1_500;
const QUIET_POLL_MS = 10_000;
/** Events that wait behind a gap; past this they are read from Postgres instead. */
const MAX_PENDING = 1_000;

/** One tenant's log as this process hears it: the bus for speed, Postgres for truth. */
export class TenantFeed implements Source {
  head = 0n;
  readonly tenantId: string;
  readonly followers = new Set<Follower>();
  readonly ready: Promise<void>;
  private readonly log: EventLog;
  private readonly bus: Bus;
  private readonly db: Sql;
  private readonly report: (error: unknown) => void;
  private readonly release: (() => void)[];
  private readonly pending = new Map<bigint, LoggedEvent>();
  private announced = 0n;
  private gapTimer: NodeJS.Timeout | undefined;
  private lastRead = 0;
  private filling: Promise<void> | undefined;
  /** Somebody has asked for a look that began later than the one under way. */
  private isStale = false;
  private isStarted = false;
  private isClosed = false;

  constructor(tenantId: string, parts: { log: EventLog; bus: Bus; db: Sql; onError(error: unknown): void }) {
    this.tenantId = tenantId;
    this.log = parts.log;
    this.bus = parts.bus;
    this.db = parts.db;
    this.report = parts.onError;
    const tick = setInterval(() => this.tick(), TICK_MS);
    tick.unref();
    // Subscribed before the head is read: what commits in between is heard, not lost.
    this.release = [
      this.bus.subscribe(eventChannel(tenantId), (message) => this.hear(message)),
      this.bus.onReconnect(() => void this.fill()),
      () => clearInterval(tick),
    ];
    this.ready = this.start();
  }

  private async start(): Promise<void> {
    this.head = (await this.log.bounds(this.db)).head;
    this.lastRead = performance.now();
    this.isStarted = true;
    this.drain();
  }

  read(after: bigint): Promise<LoggedEvent[]> {
    return this.log.read(this.db, after, PAGE);
  }

  async pruned(): Promise<bigint> {
    return (await this.log.bounds(this.db)).prunedTo;
  }

  bounds(): Promise<{ head: bigint; prunedTo: bigint }> {
    return this.log.bounds(this.db);
  }

  onError(error: unknown): void {
    this.report(error);
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.gapTimer);
    for (const release of this.release) release();
  }

  private hear(text: string): void {
    const message = JSON.parse(text) as BusMessage;
    const head = BigInt(message.head);
    if (head > this.announced) this.announced = head;
    for (const event of message.events ?? []) {
      const seq = BigInt(event.seq);
      if (seq <= this.head || this.pending.size >= MAX_PENDING) continue;
      this.pending.set(seq, { ...event, seq, at: new Date(event.at) } as LoggedEvent);
    }
    if (this.isStarted) this.drain();
  }

  /** Hands over what follows the head seamlessly; a gap gets a moment to close by itself. */
  private drain(): void {
    const ready: LoggedEvent[] = [];
    for (let next = this.take(); next; next = this.take()) ready.push(next);
    if (ready.length > 0) this.dispatch(ready);
    if (this.announced <= this.head || this.gapTimer || this.isClosed) return;
    this.gapTimer = setTimeout(() => {
      this.gapTimer = undefined;
      if (this.announced > this.head) void this.fill();
    }, GAP_MS);
  }

  private take(): LoggedEvent | undefined {
    if (this.pending.size === 0) return undefined;
    const event = this.pending.get(this.head + 1n);
    if (!event) return undefined;
    this.pending.delete(event.seq);
    this.head = event.seq;
    return event;
  }

  private dispatch(events: LoggedEvent[]): void {
    for (const follower of this.followers) {
      try {
        follower.offer(events);
      } catch (error) {
        this.followers.delete(follower);
        follower.end(error as Error);
      }
    }
  }

  private tick(): void {
    const age = performance.now() - this.lastRead;
    if (!this.bus.isConnected || age >= QUIET_POLL_MS) void this.fill();
  }

  /** Reads from Postgres everything behind the head; calls during a run share it and make it go round again. */
  fill(): Promise<void> {
    if (this.filling) this.isStale = true;
    this.filling ??= this.readAll().finally(() => {
      this.filling = undefined;
    });
    return this.filling;
  }

  private async readAll(): Promise<void> {
    try {
      await this.ready;
      for (let isMore = true; isMore && !this.isClosed; ) {
        this.isStale = false;
        const page = await this.read(this.head);
        // The bus may have moved the head while the page was on its way.
        const fresh = page.filter((event) => event.seq > this.head);
        if (fresh.length > 0) {
          this.head = (fresh.at(-1) as LoggedEvent).seq;
          this.dispatch(fresh);
        }
        isMore = page.length === PAGE || (page.length > 0 && this.announced > this.head) || this.isStale;
      }
      this.lastRead = performance.now();
      for (const seq of this.pending.keys()) if (seq <= this.head) this.pending.delete(seq);
    } catch (error) {
      if (!this.isClosed) this.report(error);
    }
    if (!this.isClosed && this.isStarted) this.drain();
  }
}
