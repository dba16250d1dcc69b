import type { GraphQLError } from 'graphql';
import { LiveStream } from '../events/live-stream.ts';
import type { Numbered } from '../events/types.ts';
import { Batch } from './batch.ts';
import { type Masker, refusal } from './errors.ts';
import type { Metrics } from './metrics.ts';
import type { Opened, Pipeline, Ready, Refusal, Result } from './pipeline.ts';
import { serialise } from './respond.ts';
import type { Seat, Sink } from './room.ts';
import type { Rooms } from './rooms.ts';
import type { SessionWatch } from './sessions.ts';
import type { Call, Params } from './types.ts';

/** Why the server ended a subscription. */
export type EndReason = 'SERVER_SHUTDOWN' | 'SLOW_CONSUMER' | 'KEY_REVOKED' | 'SOURCE_ENDED' | 'ERROR';

/** Where a transport lets one subscription out. */
export interface Outlet {
  /** Bytes are waiting beyond the limit: the subscriber is too slow. */
  deliver(batch: Batch): void;
  drained(): Promise<void> | undefined;
  /** `error` says what to tell the client; absent when the stream simply came to its end. */
  ended(reason: EndReason, error?: GraphQLError): void;
}

/** A subscription that has not begun to deliver. */
export interface Subscription {
  start(): void;
  /** The client left, or the transport has said goodbye. */
  stop(): void;
  end(reason: EndReason): void;
}

const TOLD: Record<'SERVER_SHUTDOWN' | 'SLOW_CONSUMER' | 'KEY_REVOKED', GraphQLError> = {
  SERVER_SHUTDOWN: refusal('UNAVAILABLE', 'SERVER_SHUTDOWN: connect again and resume with after.', {
    status: 503,
  }),
  SLOW_CONSUMER: refusal('LIMIT_EXCEEDED', 'SLOW_CONSUMER: too much is unread; resume with after.', {
    status: 429,
  }),
  KEY_REVOKED: refusal('UNAUTHENTICATED', 'KEY_REVOKED: this key was revoked or has expired.', {
    status: 401,
  }),
};

export interface StreamParts {
  pipeline: Pipeline;
  rooms: Rooms;
  sessions: SessionWatch;
  masker: Masker;
  metrics: Metrics;
}

/** Opens subscriptions for the transports. */
export class Streams {
  private readonly parts: StreamParts;
  private readonly open = new Set<Subscription>();

  constructor(parts: StreamParts) {
    this.parts = parts;
  }

  get size(): number {
    return this.open.size;
  }

  /** Ends every subscription, at shutdown. */
  endAll(reason: EndReason): void {
    for (const subscription of [...this.open]) subscription.end(reason);
  }

  /** Checks everything that can be refused; `start` begins. */
  async subscribe(ready: Ready, outlet: Outlet): Promise<Subscription | Result> {
    const opened = await this.parts.pipeline.open(ready);
    if (isResult(opened)) return opened;
    let leave = () => {};
    const { call } = ready;
    const { metrics, sessions, masker } = this.parts;
    let isOver = false;
    let unwatch = () => {};

    const subscription: Subscription = {
      start: () => seat.start(),
      stop: () => {
        if (isOver) return;
        isOver = true;
        leave();
        unwatch();
        this.open.delete(subscription);
        metrics.subscribers(transportOf(call), -1);
      },
      end: (reason) => {
        if (isOver) return;
        subscription.stop();
        metrics.cut(transportOf(call), reason);
        outlet.ended(reason, reason in TOLD ? TOLD[reason as keyof typeof TOLD] : undefined);
      },
    };
    const sink: Sink = {
      deliver(batch) {
        metrics.deliveries(transportOf(call), batch.items.length);
        outlet.deliver(batch);
      },
      drained: () => outlet.drained(),
      end(reason) {
        if (isOver) return;
        subscription.stop();
        if (reason === undefined) outlet.ended('SOURCE_ENDED');
        else outlet.ended('ERROR', masker.request(reason, call.requestId));
      },
    };
    let seat: Seat;
    try {
      seat = isLive(opened) ? await this.parts.rooms.join(ready, opened, sink) : iterate(ready, opened, sink);
    } catch (error) {
      return { errors: [masker.request(error, call.requestId)] };
    }
    leave = () => seat.leave();
    unwatch = sessions.watch(call.session, () => subscription.end('KEY_REVOKED'));
    this.open.add(subscription);
    metrics.subscribers(transportOf(call), 1);
    return subscription;
  }

  prepare(params: Params, call: Call) {
    return this.parts.pipeline.prepare(params, call);
  }

  refused(error: Refusal, call: Call): Result {
    return this.parts.pipeline.refused(error, call);
  }
}

const transportOf = (call: Call): 'ws' | 'sse' => (call.transport === 'ws' ? 'ws' : 'sse');

/** Ours, whatever it streams: a room asks for its numbers only. */
function isLive(opened: AsyncIterable<unknown>): opened is LiveStream<Numbered> {
  return opened instanceof LiveStream;
}

function isResult(opened: Opened): opened is Result {
  return !(Symbol.asyncIterator in opened);
}

/** A stream that is not ours: one execution per subscriber and event, waiting for slow readers. */
function iterate(ready: Ready, source: AsyncIterable<unknown>, sink: Sink): Seat {
  const iterator = source[Symbol.asyncIterator]();
  let isGone = false;
  const run = async () => {
    try {
      for (;;) {
        const { value, done } = await iterator.next();
        if (isGone) return;
        if (done) return sink.end(undefined);
        const result = await ready.execute(value);
        if (isGone) return;
        sink.deliver(new Batch([{ seq: 0n, json: serialise(result) }]));
        await sink.drained();
      }
    } catch (error) {
      if (!isGone) sink.end(error);
    }
  };
  return {
    start: () => void run(),
    leave() {
      isGone = true;
      void iterator.return?.().catch(() => {});
    },
  };
}
