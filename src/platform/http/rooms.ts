import type { ExecutionResult } from 'graphql';
import type { LiveStream } from '../events/live-stream.ts';
import type { Numbered } from '../events/types.ts';
import type { Rendered } from './batch.ts';
import type { Masker } from './errors.ts';
import type { Ready } from './pipeline.ts';
import { serialise } from './respond.ts';
import { Room, type Seat, type Sink } from './room.ts';
import type { GraphQLHost } from './types.ts';

/** Finds the room for a subscription, or opens it. */
export interface Rooms {
  /** Throws when `after` lies outside the log. */
  join(ready: Ready, stream: LiveStream<Numbered>, sink: Sink): Promise<Seat>;
  readonly size: number;
}

/** Who asks the same, of the same tenant, with the same rights, sits in the same room. */
function keyOf(ready: Ready, stream: LiveStream<Numbered>): string {
  const { prepared, operation, call } = ready;
  const variables = { ...ready.variables };
  if (operation.afterVariable !== null) delete variables[operation.afterVariable];
  return JSON.stringify([
    prepared.hash,
    operation.name,
    variables,
    stream.tenantId,
    call.session.permissions,
    stream.key,
  ]);
}

export function createRooms(host: GraphQLHost, masker: Masker): Rooms {
  const rooms = new Map<string, { room: Room; open: Promise<void> }>();

  // Callers with equal rights see an event through one context, whatever documents they ask.
  const contexts = new WeakMap<Numbered, Map<string, object>>();
  const contextFor = (event: Numbered, { call, context }: Ready): object => {
    if (!host.eventContext) return context;
    const known = contexts.get(event) ?? new Map<string, object>();
    if (known.size === 0) contexts.set(event, known);
    const made = known.get(call.session.permissions) ?? host.eventContext(call.context, event.at);
    known.set(call.session.permissions, made);
    return made;
  };

  const renderer = (ready: Ready) => {
    const { operation, variables, call } = ready;
    const finish = (seq: bigint, result: ExecutionResult): Rendered => ({
      seq,
      json: serialise(masker.result(result, call.requestId)),
    });
    return (event: Numbered): Rendered | Promise<Rendered> => {
      const result = operation.execute(event, contextFor(event, ready), variables);
      return result instanceof Promise
        ? result.then((done) => finish(event.seq, done))
        : finish(event.seq, result);
    };
  };

  const enter = (ready: Ready, stream: LiveStream<Numbered>) => {
    const key = keyOf(ready, stream);
    let entry = rooms.get(key);
    if (!entry) {
      const room: Room = new Room(stream, renderer(ready), () => {
        if (rooms.get(key)?.room === room) rooms.delete(key);
      });
      entry = { room, open: room.open() };
      rooms.set(key, entry);
    }
    entry.room.enter();
    return entry;
  };

  return {
    get size() {
      return rooms.size;
    },
    async join(ready, stream, sink) {
      const { room, open } = enter(ready, stream);
      try {
        await open;
        // Where this subscriber starts is fixed before anything else is awaited.
        const seat = room.seat(stream.after, sink);
        if (stream.after !== null) await stream.feeds.check(stream.tenantId, stream.after);
        return seat;
      } catch (error) {
        room.exit();
        throw error;
      }
    },
  };
}
