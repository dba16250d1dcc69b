import type { Feeds } from '../platform/events/feed.ts';
import { LiveStream } from '../platform/events/live-stream.ts';
import type { EventType } from '../platform/events/types.ts';
import type { Scope } from '../platform/scope.ts';

/** The tenant's event stream behind `after` (null: from now on), all kinds or only the given ones. */
export function streamEvents(
  feeds: Feeds,
  scope: Scope,
  request: { after: bigint | null; types: readonly EventType[] | null },
): LiveStream {
  const types = request.types && new Set(request.types);
  return new LiveStream(feeds, {
    tenantId: scope.tenantId,
    after: request.after,
    key: types ? [...types].sort().join(',') : '*',
    accepts: types ? (event) => types.has(event.type) : () => true,
  });
}

export type { Feeds } from '../platform/events/feed.ts';
export type { LiveStream } from '../platform/events/live-stream.ts';
export type { EventPayloads, EventType, LoggedEvent } from '../platform/events/types.ts';
