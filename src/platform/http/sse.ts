import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { GraphQLError } from 'graphql';
import { type Batch, httpChunk } from './batch.ts';
import type { Connections } from './connections.ts';
import type { Result } from './pipeline.ts';
import { sendResult, serialise } from './respond.ts';
import type { EndReason, Outlet, Streams, Subscription } from './stream.ts';
import type { Call, Limits, Params } from './types.ts';
import { drainOf } from './ws-channel.ts';

const PING = httpChunk(':\n\n');
const COMPLETE = 'event: complete\ndata:\n\n';
const GOODBYE_MS = 5_000;
/** Pings that find not one piece taken since the last: with the usual period a minute. */
const STALLED_PINGS = 5;
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/** GraphQL over server-sent events, distinct connections mode: one operation per request. */
export interface SseTransport {
  handle(request: IncomingMessage, response: ServerResponse, params: Params, call: Call): Promise<void>;
  stop(): void;
}

export interface SseParts {
  streams: Streams;
  connections: Connections;
  limits: Limits;
  pingMs: number;
}

export function createSseTransport(parts: SseParts): SseTransport {
  const { streams, connections, limits, pingMs } = parts;
  const open = new Set<SseOutlet>();
  const pings = setInterval(() => {
    for (const outlet of open) outlet.ping();
  }, pingMs);
  pings.unref();

  const once = (response: ServerResponse, result: Result, requestId: string) => {
    response.writeHead(200, { ...HEADERS, 'x-request-id': requestId });
    response.end(`event: next\ndata: ${serialise(result)}\n\n${COMPLETE}`);
  };

  return {
    async handle(_request, response, params, call) {
      const ready = await streams.prepare(params, call);
      if (!('operation' in ready)) {
        sendResult(
          response,
          streams.refused(ready, call),
          'application/graphql-response+json',
          call.requestId,
        );
        return;
      }
      if (ready.operation.kind !== 'subscription') {
        once(response, await ready.execute(undefined), call.requestId);
        return;
      }
      // Who left while the key was looked up has been closed already, and would hold its place for ever.
      if (response.destroyed) return;
      const release = connections.take(call.session.credential);
      if (release instanceof GraphQLError) throw release;
      response.once('close', release);
      const outlet = new SseOutlet(response, limits.bufferedBytes, () => open.delete(outlet));
      const opened = await streams.subscribe(ready, outlet);
      if (!('start' in opened)) {
        sendResult(response, opened, 'application/graphql-response+json', call.requestId);
        return;
      }
      const subscription = opened as Subscription;
      if (response.destroyed) {
        subscription.stop();
        return;
      }
      response.on('close', () => {
        open.delete(outlet);
        subscription.stop();
      });
      open.add(outlet);
      outlet.begin(subscription, call.requestId);
      subscription.start();
    },
    stop: () => clearInterval(pings),
  };
}

/** Writes prepared chunks straight to the connection: the same bytes for everyone who asks the same. */
class SseOutlet implements Outlet {
  private readonly response: ServerResponse;
  private readonly limit: number;
  private readonly onEnd: () => void;
  private subscription: Subscription | undefined;
  private taken = 0;
  private stalledPings = 0;

  constructor(response: ServerResponse, limit: number, onEnd: () => void) {
    this.response = response;
    this.limit = limit;
    this.onEnd = onEnd;
  }

  private get socket(): Socket {
    return this.response.socket as Socket;
  }

  begin(subscription: Subscription, requestId: string): void {
    this.subscription = subscription;
    this.response.writeHead(200, { ...HEADERS, 'transfer-encoding': 'chunked', 'x-request-id': requestId });
    this.response.flushHeaders();
    this.socket.setNoDelay(true);
    this.ping();
  }

  ping(): void {
    if (this.isStalled()) this.subscription?.end('SLOW_CONSUMER');
    else this.write(PING);
  }

  /** Less than the limit may lie unread, yet not for ever. */
  private isStalled(): boolean {
    const { socket, taken } = this;
    if (!socket) return false;
    this.taken = socket.bytesWritten - socket.writableLength;
    this.stalledPings = socket.writableLength > 0 && this.taken === taken ? this.stalledPings + 1 : 0;
    return this.stalledPings >= STALLED_PINGS;
  }

  deliver(batch: Batch): void {
    this.write(batch.sse());
  }

  drained(): Promise<void> | undefined {
    return drainOf(this.socket);
  }

  private write(chunk: Buffer): void {
    const { socket } = this;
    if (!socket || socket.destroyed || this.response.writableEnded) return;
    socket.write(chunk);
    if (socket.writableLength > this.limit) this.subscription?.end('SLOW_CONSUMER');
  }

  ended(reason: EndReason, error?: GraphQLError): void {
    this.onEnd();
    const { response } = this;
    if (response.writableEnded || response.destroyed) return;
    const told = error ? `event: next\ndata: ${serialise({ errors: [error] })}\n\n` : '';
    response.end(`${told}: ${reason}\nevent: complete\ndata: ${JSON.stringify({ reason })}\n\n`);
    setTimeout(() => response.destroy(), GOODBYE_MS).unref();
  }
}
