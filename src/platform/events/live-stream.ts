import type { Feeds, Following } from './feed.ts';
import type { LoggedEvent } from './types.ts';

/** What a subscription field streams from a tenant's log. */
export interface LiveStreamOptions {
  tenantId: string;
  /** Start behind this seq; null: from now on. */
  after: bigint | null;
  /** Names the filter: streams with equal keys must accept equal events. */
  key: string;
  accepts(event: LoggedEvent): boolean;
}

/**
 * The event stream that a subscription field returns. Our transports recognise it and let everyone who asks the
 * same share one execution; any other executor iterates it.
 */
export class LiveStream implements AsyncIterable<LoggedEvent> {
  readonly feeds: Feeds;
  readonly tenantId: string;
  readonly after: bigint | null;
  readonly key: string;
  readonly accepts: (event: LoggedEvent) => boolean;

  constructor(feeds: Feeds, options: LiveStreamOptions) {
    this.feeds = feeds;
    this.tenantId = options.tenantId;
    this.after = options.after;
    this.key = options.key;
    this.accepts = options.accepts;
  }

  /** One event at a time; the feed waits for the reader, so memory stays bounded. */
  [Symbol.asyncIterator](): AsyncGenerator<LoggedEvent, void, void> {
    return new LiveIterator(this) as unknown as AsyncGenerator<LoggedEvent, void, void>;
  }
}

/** Not a generator function: its `return()` would wait for the next event instead of stopping at once. */
class LiveIterator {
  private readonly stream: LiveStream;
  private following: Promise<Following> | undefined;
  private waiting: LoggedEvent[] = [];
  private reader: PromiseWithResolvers<IteratorResult<LoggedEvent>> | undefined;
  private resume = () => {};
  private failure: Error | undefined;
  private isOver = false;

  constructor(stream: LiveStream) {
    this.stream = stream;
  }

  async next(): Promise<IteratorResult<LoggedEvent>> {
    this.following ??= this.start();
    await this.following;
    const event = this.waiting.shift();
    if (event) return { value: event, done: false };
    if (this.failure) throw this.failure;
    if (this.isOver) return { value: undefined, done: true };
    this.reader = Promise.withResolvers();
    const { promise } = this.reader;
    this.resume();
    return promise;
  }

  async return(): Promise<IteratorResult<LoggedEvent>> {
    this.isOver = true;
    this.waiting = [];
    this.resume();
    this.reader?.resolve({ value: undefined, done: true });
    this.reader = undefined;
    (await this.following)?.stop();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<never> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private start(): Promise<Following> {
    const { feeds, tenantId, after, accepts } = this.stream;
    return feeds.follow(tenantId, {
      after,
      onEvents: (events) => this.take(events.filter(accepts)),
      onEnd: (reason) => {
        this.failure = reason;
        this.reader?.reject(reason);
        this.reader = undefined;
      },
    });
  }

  private take(events: LoggedEvent[]): void | Promise<void> {
    if (this.isOver) return;
    this.waiting = events;
    const event = this.reader && this.waiting.shift();
    if (event) {
      this.reader?.resolve({ value: event, done: false });
      this.reader = undefined;
    }
    if (this.waiting.length === 0) return;
    return new Promise((resolve) => {
      this.resume = resolve;
    });
  }
}
