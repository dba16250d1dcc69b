import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { GraphQLError } from 'graphql';
import { CloseCode } from 'graphql-ws';
import type { WebSocket } from 'ws';
import { type Batch, messageHead } from './batch.ts';
import type { EndReason, Outlet, Subscription } from './stream.ts';

/** Not codes of graphql-ws, so its client connects again. */
export const SLOW_CONSUMER = 4430;
export const TOO_MANY_CONNECTIONS = 4431;
const GOODBYE_MS = 5_000;

/** One WebSocket. `raw` is the same connection below it: prepared frames are written there, in order with the rest. */
export interface Connection {
  socket: WebSocket;
  raw: Socket;
  request: IncomingMessage;
  channels: Set<Channel>;
  isAlive: boolean;
}

/**
 * One live subscription of a WebSocket. To graphql-ws it is an async generator that yields nothing and ends when
 * the stream does; what there is to say goes straight to the socket.
 */
export class Channel implements Outlet {
  private readonly connection: Connection;
  private readonly id: string;
  private readonly head: Buffer;
  private readonly limit: number;
  private readonly over = Promise.withResolvers<IteratorResult<never, undefined>>();
  private subscription: Subscription | undefined;
  private isStarted = false;

  constructor(connection: Connection, id: string, limit: number) {
    this.connection = connection;
    this.id = id;
    this.head = messageHead(id);
    this.limit = limit;
    this.over.promise.catch(() => {});
  }

  attach(subscription: Subscription): void {
    this.subscription = subscription;
    this.connection.channels.add(this);
  }

  deliver(batch: Batch): void {
    const { raw, socket } = this.connection;
    if (socket.readyState !== socket.OPEN) return;
    raw.write(batch.ws(this.id, this.head));
    if (raw.writableLength > this.limit) closeSlow(this.connection);
  }

  drained(): Promise<void> | undefined {
    return drainOf(this.connection.raw);
  }

  ended(reason: EndReason, error?: GraphQLError): void {
    const { socket, channels } = this.connection;
    channels.delete(this);
    if (reason === 'SERVER_SHUTDOWN') {
      this.over.promise.catch(() => {});
      socket.close(1001, 'SERVER_SHUTDOWN');
      return;
    }
    if (error) this.over.reject(error);
    else this.over.resolve({ value: undefined, done: true });
    // The error messages of this tick go out first.
    if (reason === 'KEY_REVOKED') setImmediate(() => socket.close(CloseCode.Forbidden, 'KEY_REVOKED'));
  }

  /** graphql-ws asks once, when it has registered the subscription: only then may messages flow. */
  next(): Promise<IteratorResult<never, undefined>> {
    if (!this.isStarted) {
      this.isStarted = true;
      this.subscription?.start();
    }
    return this.over.promise;
  }

  async return(): Promise<IteratorResult<never, undefined>> {
    this.stop();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<never> {
    this.stop();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  stop(): void {
    this.connection.channels.delete(this);
    this.subscription?.stop();
    this.over.resolve({ value: undefined, done: true });
  }
}

/** Cuts a client that does not read; it may come back and resume with `after`. */
export function closeSlow(connection: Connection): void {
  const { socket, channels } = connection;
  if (socket.readyState !== socket.OPEN) return;
  socket.close(SLOW_CONSUMER, 'SLOW_CONSUMER: resume with after');
  for (const channel of [...channels]) channel.stop();
  setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
}

const drains = new WeakMap<Socket, Promise<void>>();

/** Resolves when the socket has room again, or is gone; undefined when nothing waits. One wait for all who share it. */
export function drainOf(socket: Socket): Promise<void> | undefined {
  if (!socket.writableNeedDrain) return undefined;
  const known = drains.get(socket);
  if (known) return known;
  const drain = new Promise<void>((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      drains.delete(socket);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
  drains.set(socket, drain);
  return drain;
}
