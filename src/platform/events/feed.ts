import { EventsExpiredError, ValidationError } from '../../kernel/errors.ts';
import type { Sql } from '../db/sql.ts';
import type { Bus } from './bus.ts';
import { type Follow, Follower } from './follower.ts';
import type { EventLog } from './log.ts';
import { PAGE, TenantFeed } from './tenant-feed.ts';
import type { LoggedEvent, Numbered } from './types.ts';

export type { Follow } from './follower.ts';

/** A running follower. */
export interface Following {
  /** The last seq this process knows of. */
  readonly head: bigint;
  /** The last seq handed over. */
  readonly cursor: bigint;
  stop(): void;
}

/** Every tenant's event log, followed once per process however many listen. */
export interface Feeds<E extends Numbered = LoggedEvent> {
  /** Throws EventsExpiredError or ValidationError when `after` is outside the log. */
  follow(tenantId: string, follow: Follow<E>): Promise<Following>;
  /** Refuses an `after` that lies outside the log. */
  check(tenantId: string, after: bigint): Promise<void>;
  /** Up to 200 events behind `after`, oldest first. */
  read(tenantId: string, after: bigint): Promise<E[]>;
  /** How many tenants are followed at the moment. */
  readonly size: number;
  close(): void;
}

/**
 * Follows tenants' logs: live over the bus, gaps and backlogs from Postgres. `dbFor` gives a handle bound to the
 * tenant; `onError` hears about reads that failed and are tried again.
 */
export function createFeeds(
  log: EventLog,
  bus: Bus,
  dbFor: (tenantId: string) => Sql,
  onError: (error: unknown) => void = () => {},
): Feeds {
  const feeds = new Map<string, { feed: TenantFeed; users: number }>();

  const enter = (tenantId: string) => {
    let entry = feeds.get(tenantId);
    if (!entry) {
      const feed = new TenantFeed(tenantId, { log, bus, db: dbFor(tenantId), onError });
      entry = { feed, users: 0 };
      feeds.set(tenantId, entry);
    }
    entry.users++;
    return entry;
  };

  const leave = (tenantId: string, entry: { feed: TenantFeed; users: number }) => {
    entry.users--;
    if (entry.users > 0) return;
    entry.feed.close();
    if (feeds.get(tenantId) === entry) feeds.delete(tenantId);
  };

  const check = async (tenantId: string, after: bigint) => {
    const { head, prunedTo } = await log.bounds(dbFor(tenantId));
    if (after > head) throw new ValidationError('after', `The log ends at ${head}; ${after} is beyond it.`);
    if (after < prunedTo) throw new EventsExpiredError(after, prunedTo + 1n);
  };

  return {
    get size() {
      return feeds.size;
    },
    check,
    read: (tenantId, after) => log.read(dbFor(tenantId), after, PAGE),
    async follow(tenantId, follow) {
      const entry = enter(tenantId);
      const { feed } = entry;
      try {
        await feed.ready;
        if (follow.after !== null) await check(tenantId, follow.after);
      } catch (error) {
        leave(tenantId, entry);
        throw error;
      }
      let isOver = false;
      const finish = () => {
        if (isOver) return;
        isOver = true;
        feed.followers.delete(follower);
        leave(tenantId, entry);
      };
      const onEnd = (reason: Error) => {
        finish();
        follow.onEnd(reason);
      };
      const follower = new Follower(
        feed,
        { ...follow, onEvents: (e) => follow.onEvents(e), onEnd },
        follow.after ?? feed.head,
      );
      feed.followers.add(follower);
      follower.start();
      return {
        get head() {
          return feed.head;
        },
        get cursor() {
          return follower.cursor;
        },
        stop() {
          follower.stop();
          finish();
        },
      };
    },
    close() {
      for (const { feed } of feeds.values()) feed.close();
      feeds.clear();
    },
  };
}
