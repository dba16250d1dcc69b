import { EventsExpiredError } from '../../kernel/errors.ts';
import { backlogTurns } from './turns.ts';
import type { LoggedEvent, Numbered } from './types.ts';

/** Live events kept for a follower that is still busy with earlier ones; past this it reads them again. */
const MAX_QUEUE = 1_000;
const RETRY_MS = 500;

/** What a follower is told, always in order of seq, each event once. */
export interface Follow<E extends Numbered = LoggedEvent> {
  /** Start behind this seq; null: only what comes from now on. */
  after: bigint | null;
  /** Return a promise to be given the next events only when it resolves. */
  onEvents(events: E[]): void | Promise<void>;
  /** Not called after `stop()`. */
  onEnd(reason: Error): void;
}

/** The feed as its followers see it. */
export interface Source {
  readonly tenantId: string;
  readonly head: bigint;
  read(after: bigint): Promise<LoggedEvent[]>;
  pruned(): Promise<bigint>;
  onError(error: unknown): void;
}

/** One reader of a tenant's log: first from Postgres, then live, without a seam between them. */
export class Follower {
  /** The last seq handed over. */
  cursor: bigint;
  private readonly source: Source;
  private readonly follow: Follow;
  private queue: LoggedEvent[] = [];
  private isBusy = false;
  private isStopped = false;

  constructor(source: Source, follow: Follow, cursor: bigint) {
    this.source = source;
    this.follow = follow;
    this.cursor = cursor;
  }

  /** Reads what lies between the cursor and the feed's head. */
  start(): void {
    if (!this.isBusy && this.cursor < this.source.head) void this.pump();
  }

  stop(): void {
    this.isStopped = true;
    this.queue = [];
  }

  /** Live events in order. What does not join the cursor or the queue seamlessly is read from Postgres later. */
  offer(events: LoggedEvent[]): void {
    if (this.isStopped) return;
    const expected = (this.queue.at(-1)?.seq ?? this.cursor) + 1n;
    const first = events[0] as LoggedEvent;
    if (first.seq !== expected) {
      this.offerPart(events, expected);
    } else if (this.isBusy) {
      if (this.queue.length < MAX_QUEUE) this.queue.push(...events);
    } else {
      const pending = this.deliver(events);
      if (pending) void this.pump(pending);
    }
  }

  private offerPart(events: LoggedEvent[], expected: bigint): void {
    const rest = events.filter((event) => event.seq >= expected);
    if (rest[0]?.seq === expected) this.offer(rest);
    else this.start();
  }

  private deliver(events: LoggedEvent[]): void | Promise<void> {
    this.cursor = (events.at(-1) as LoggedEvent).seq;
    return this.follow.onEvents(events);
  }

  /** Runs until the cursor has reached the head; the last check and becoming live happen in one tick. */
  private async pump(pending?: Promise<void>): Promise<void> {
    this.isBusy = true;
    try {
      await pending;
      while (!this.isStopped) {
        const events = await this.next();
        if (!events) break;
        if (!this.isStopped) await this.deliver(events);
      }
    } catch (error) {
      this.end(error as Error);
    }
    this.isBusy = false;
  }

  private next(): LoggedEvent[] | Promise<LoggedEvent[]> | null {
    if (this.queue.length > 0) {
      const events = this.queue;
      this.queue = [];
      return events;
    }
    return this.cursor < this.source.head ? this.page() : null;
  }

  private async page(): Promise<LoggedEvent[]> {
    while (!this.isStopped) {
      try {
        const { tenantId } = this.source;
        const events = await backlogTurns.run(tenantId, () => this.piece());
        if (this.isStopped) break;
        if (events[0]?.seq === this.cursor + 1n) return events;
        throw new EventsExpiredError(this.cursor, events[0]?.seq ?? (await this.source.pruned()) + 1n);
      } catch (error) {
        if (error instanceof EventsExpiredError) throw error;
        this.source.onError(error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
    return [];
  }

  /** Nothing is read for somebody who left while waiting for the turn. */
  private async piece(): Promise<LoggedEvent[]> {
    return this.isStopped ? [] : this.source.read(this.cursor);
  }

  end(reason: Error): void {
    if (this.isStopped) return;
    this.stop();
    this.follow.onEnd(reason);
  }
}
