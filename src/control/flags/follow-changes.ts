import { ValidationError } from '../../kernel/errors.ts';
import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Feeds, Following } from '../../platform/events/feed.ts';
import type { EventPayloads, LoggedEvent } from '../../platform/events/types.ts';

/** A change of a flag as a subscriber hears of it. */
export interface FollowedChange {
  /** Resume behind it: the place in the tenant's own log and in the installation's, `own.installation`. */
  readonly cursor: string;
  readonly at: Date;
  readonly payload: EventPayloads['FLAG_CHANGED'];
}

/**
 * Changes of the tenant's flags and of the installation's, which are in two logs: both are followed, and a cursor names a
 * place in each (decision 019). Both are being followed when this resolves. The memory is bounded, because both logs
 * wait for the reader.
 */
export async function followFlagChanges(
  feeds: Feeds,
  tenantId: string,
  after: string | null,
): Promise<AsyncIterable<FollowedChange>> {
  const places = after === null ? null : readCursor(after);
  if (places) await feeds.check(tenantId, places[0]);
  if (places && tenantId !== PLATFORM_TENANT) await feeds.check(PLATFORM_TENANT, places[1]);
  const iterator = new ChangeIterator(feeds, tenantId, places);
  await iterator.starting;
  return { [Symbol.asyncIterator]: () => iterator };
}

function readCursor(text: string): [bigint, bigint] {
  // As in every other stream: before the first event.
  if (text === '0') return [0n, 0n];
  const found = /^(\d{1,18})\.(\d{1,18})$/.exec(text);
  if (!found)
    throw new ValidationError(
      'after',
      'Pass back the cursor of the last change you have seen, or "0" for all that are kept.',
    );
  return [BigInt(found[1] as string), BigInt(found[2] as string)];
}

/** Not a generator: its `return()` stops at once instead of after the next change. */
class ChangeIterator implements AsyncIterator<FollowedChange> {
  readonly starting: Promise<Following[]>;
  /** Last place seen in the tenant's own log, and in the installation's. */
  private readonly seen: [bigint, bigint];
  private waiting: FollowedChange[] = [];
  private resumes: (() => void)[] = [];
  private reader: PromiseWithResolvers<IteratorResult<FollowedChange>> | undefined;
  private failure: Error | undefined;
  private isOver = false;

  constructor(feeds: Feeds, tenantId: string, places: [bigint, bigint] | null) {
    this.seen = [...(places ?? ([0n, 0n] as const))];
    // Changes that come while the second log is being opened would carry half a cursor: they are kept until both are.
    const logs = tenantId === PLATFORM_TENANT ? [tenantId] : [tenantId, PLATFORM_TENANT];
    this.starting = this.start(feeds, logs, places);
    this.starting.catch(() => {});
  }

  private async start(feeds: Feeds, logs: string[], places: [bigint, bigint] | null): Promise<Following[]> {
    const opened: Following[] = [];
    const gate = Promise.withResolvers<void>();
    try {
      for (const [i, log] of logs.entries()) {
        const following = await feeds.follow(log, {
          after: places?.[i] ?? null,
          onEvents: (events) => gate.promise.then(() => this.take(i, events)),
          onEnd: (reason) => this.fail(reason),
        });
        opened.push(following);
        if (!places) this.seen[i] = following.cursor;
      }
    } catch (error) {
      for (const following of opened) following.stop();
      throw error;
    }
    gate.resolve();
    return opened;
  }

  private take(log: number, events: readonly LoggedEvent[]): void | Promise<void> {
    if (this.isOver) return;
    for (const event of events) {
      this.seen[log] = event.seq;
      if (event.type !== 'FLAG_CHANGED') continue;
      this.waiting.push({ cursor: this.seen.join('.'), at: event.at, payload: event.payload });
    }
    this.serve();
    if (this.waiting.length === 0) return;
    return new Promise((resolve) => this.resumes.push(resolve));
  }

  private serve(): void {
    const change = this.reader && this.waiting.shift();
    if (!change) return;
    this.reader?.resolve({ value: change, done: false });
    this.reader = undefined;
  }

  private fail(reason: Error): void {
    this.failure = reason;
    this.reader?.reject(reason);
    this.reader = undefined;
  }

  async next(): Promise<IteratorResult<FollowedChange>> {
    await this.starting;
    const change = this.waiting.shift();
    if (change) return { value: change, done: false };
    if (this.failure) throw this.failure;
    if (this.isOver) return { value: undefined, done: true };
    this.reader = Promise.withResolvers();
    const { promise } = this.reader;
    for (const resume of this.resumes.splice(0)) resume();
    return promise;
  }

  async return(): Promise<IteratorResult<FollowedChange>> {
    this.isOver = true;
    this.waiting = [];
    this.reader?.resolve({ value: undefined, done: true });
    this.reader = undefined;
    for (const resume of this.resumes.splice(0)) resume();
    for (const following of await this.starting.catch(() => [])) following.stop();
    return { value: undefined, done: true };
  }
}
