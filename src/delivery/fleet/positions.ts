import type { Feeds, Following } from '../../platform/events/feed.ts';
import type { Follow } from '../../platform/events/follower.ts';
import { LiveStream } from '../../platform/events/live-stream.ts';
import type { Scope } from '../../platform/scope.ts';
import { type FleetTelemetry, type TelemetryParts, TenantPositions } from './tenant-positions.ts';

/** Where subscriptions follow the positions of a tenant's drones. */
export interface Telemetry {
  /** The current positions, then changes, at most one message in 2 s. All who watch a tenant share the work. */
  stream(scope: Scope): LiveStream<FleetTelemetry>;
  /** How many tenants are watched at the moment. */
  readonly size: number;
  close(): void;
}

/** Follows each watched tenant's drones once per process, over the bus; positions are kept in memory only meanwhile. */
export function createTelemetry(parts: TelemetryParts): Telemetry {
  const feeds = new PositionFeeds(parts);
  return {
    get size() {
      return feeds.size;
    },
    stream: ({ tenantId }) =>
      new LiveStream(feeds, {
        ...{ tenantId, after: null, key: 'telemetry' },
        accepts: () => true,
        opening: () => feeds.standing(tenantId),
      }),
    close: () => feeds.close(),
  };
}

class PositionFeeds implements Feeds<FleetTelemetry> {
  private readonly parts: TelemetryParts;
  private readonly watched = new Map<string, { positions: TenantPositions; users: number }>();

  constructor(parts: TelemetryParts) {
    this.parts = parts;
  }

  get size(): number {
    return this.watched.size;
  }

  /** How things stand for a tenant that is being followed. */
  standing(tenantId: string): FleetTelemetry {
    const entry = this.watched.get(tenantId);
    if (!entry) throw new Error('A stream is opened while it is followed.');
    return entry.positions.standing();
  }

  // Nothing is kept: whoever comes gets how things stand instead.
  async check(): Promise<void> {}

  async read(): Promise<FleetTelemetry[]> {
    return [];
  }

  async follow(tenantId: string, { onEvents, onEnd }: Follow<FleetTelemetry>): Promise<Following> {
    const positions = this.enter(tenantId);
    try {
      await positions.ready;
    } catch (error) {
      this.leave(tenantId);
      throw error;
    }
    let isOver = false;
    const stop = () => {
      if (isOver) return;
      isOver = true;
      unfollow();
      this.leave(tenantId);
    };
    const unfollow = positions.follow(
      (message) => onEvents([message]),
      (reason) => {
        stop();
        onEnd(reason);
      },
    );
    return {
      get head() {
        return positions.head;
      },
      get cursor() {
        return positions.head;
      },
      stop,
    };
  }

  close(): void {
    for (const { positions } of this.watched.values()) positions.close();
    this.watched.clear();
  }

  private enter(tenantId: string): TenantPositions {
    const positions = this.watched.get(tenantId)?.positions ?? new TenantPositions(tenantId, this.parts);
    const users = (this.watched.get(tenantId)?.users ?? 0) + 1;
    this.watched.set(tenantId, { positions, users });
    return positions;
  }

  private leave(tenantId: string): void {
    const entry = this.watched.get(tenantId);
    if (!entry) return;
    entry.users--;
    if (entry.users > 0) return;
    entry.positions.close();
    this.watched.delete(tenantId);
  }
}
