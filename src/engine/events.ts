import type { Feeds } from '../platform/events/feed.ts';
import { LiveStream } from '../platform/events/live-stream.ts';
import type { EventType, LoggedEvent } from '../platform/events/types.ts';
import type { Scope } from '../platform/scope.ts';

/**
 * The tenant's event stream behind `after` (null: from now on), all kinds or only the given ones; `only` narrows it to
 * events that `accepts`, and its key names that choice.
 */
export function streamEvents(
  feeds: Feeds,
  scope: Scope,
  request: {
    after: bigint | null;
    types: readonly EventType[] | null;
    only?: { key: string; accepts(event: LoggedEvent): boolean } | undefined;
  },
): LiveStream {
  const types = request.types && new Set(request.types);
  const { only } = request;
  const isKind = (event: LoggedEvent) => types === null || types.has(event.type);
  return new LiveStream(feeds, {
    tenantId: scope.tenantId,
    after: request.after,
    key: `${types ? [...types].sort().join(',') : '*'}${only ? ` ${only.key}` : ''}`,
    accepts: only ? (event) => isKind(event) && only.accepts(event) : isKind,
  });
}

export type { Feeds } from '../platform/events/feed.ts';
export type { LiveStream } from '../platform/events/live-stream.ts';
export type { EventPayloads, EventType, LoggedEvent } from '../platform/events/types.ts';
