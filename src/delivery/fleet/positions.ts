import type { Feeds } from '../../platform/events/feed.ts';
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
  const watched = new Map<string, { positions: TenantPositions; users: number }>();

  const enter = (tenantId: string) => {
    const entry = watched.get(tenantId) ?? { positions: new TenantPositions(tenantId, parts), users: 0 };
    watched.set(tenantId, entry);
    entry.users++;
    return entry;
  };
  const leave = (tenantId: string) => {
    const entry = watched.get(tenantId);
    if (!entry) return;
    entry.users--;
    if (entry.users > 0) return;
    entry.positions.close();
    watched.delete(tenantId);
  };

  const feeds: Feeds<FleetTelemetry> = {
    get size() {
      return watched.size;
    },
    // Nothing is kept: whoever comes gets how things stand instead.
    check: async () => {},
    read: async () => [],
    async follow(tenantId, { onEvents, onEnd }) {
      const { positions } = enter(tenantId);
      try {
        await positions.ready;
      } catch (error) {
        leave(tenantId);
        throw error;
      }
      const unfollow = positions.follow((message) => onEvents([message]), onEnd);
      let isOver = false;
      return {
        get head() {
          return positions.head;
        },
        get cursor() {
          return positions.head;
        },
        stop() {
          if (isOver) return;
          isOver = true;
          unfollow();
          leave(tenantId);
        },
      };
    },
    close() {
      for (const { positions } of watched.values()) positions.close();
      watched.clear();
    },
  };

  return {
    get size() {
      return watched.size;
    },
    stream: ({ tenantId }) =>
      new LiveStream(feeds, {
        ...{ tenantId, after: null, key: 'telemetry' },
        accepts: () => true,
        opening: () => standing(watched.get(tenantId)?.positions),
      }),
    close: () => feeds.close(),
  };
}

function standing(positions: TenantPositions | undefined): FleetTelemetry {
  if (!positions) throw new Error('A stream is opened while it is followed.');
  return positions.standing();
}
