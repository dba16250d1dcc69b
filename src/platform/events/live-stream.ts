import type { Feeds, Following } from './feed.ts';
import type { LoggedEvent, Numbered } from './types.ts';

/** What a subscription field streams, from a tenant's log unless it has feeds of its own. */
export interface LiveStreamOptions<E extends Numbered = LoggedEvent> {
  tenantId: string;
  /** Start behind this seq; null: from now on. */
  after: bigint | null;
  /** Names the filter: streams with equal keys must accept equal events. */
  key: string;
  accepts(event: E): boolean;
  /** How things stand, for streams that keep no past: newcomers get it first, then what lies behind its seq. */
  opening?: () => E;
}

/**
 * The event stream that a subscription field returns. Our transports recognise it and let everyone who asks the
 * same share one execution; any other executor iterates it.
 */
export class LiveStream<E extends Numbered = LoggedEvent> implements AsyncIterable<E> {
  readonly feeds: Feeds<E>;
  readonly tenantId: string;
  readonly after: bigint | null;
  readonly key: string;
  readonly accepts: (event: E) => boolean;
  readonly opening: (() => E) | undefined;

  constructor(feeds: Feeds<E>, options: LiveStreamOptions<E>) {
    this.feeds = feeds;
    this.tenantId = options.tenantId;
    this.after = options.after;
    this.key = options.key;
    this.accepts = options.accepts;
    this.opening = options.opening;
  }

  /** One event at a time; the feed waits for the reader, so memory stays bounded. */
  [Symbol.asyncIterator](): AsyncGenerator<E, void, void> {
    return new LiveIterator(this) as unknown as AsyncGenerator<E, void, void>;
  }
}

/** Not a generator function: its `return()` would wait for the next event instead of stopping at once. */
class LiveIterator<E extends Numbered> {
  private readonly stream: LiveStream<E>;
  private following: Promise<Following> | undefined;
  private waiting: E[] = [];
  private reader: PromiseWithResolvers<IteratorResult<E>> | undefined;
  private resume = () => {};
  private failure: Error | undefined;
  private isOver = false;

  constructor(stream: LiveStream<E>) {
    this.stream = stream;
  }

  async next(): Promise<IteratorResult<E>> {
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

  async return(): Promise<IteratorResult<E>> {
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

  private async start(): Promise<Following> {
    const { feeds, tenantId, after, accepts, opening } = this.stream;
    const following = await feeds.follow(tenantId, {
      after,
      onEvents: (events) => this.take(events.filter(accepts)),
      onEnd: (reason) => {
        this.failure = reason;
        this.reader?.reject(reason);
        this.reader = undefined;
      },
    });
    if (opening) this.waiting.unshift(opening());
    return following;
  }

  private take(events: E[]): void | Promise<void> {
    if (this.isOver) return;
    this.waiting.push(...events);
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
