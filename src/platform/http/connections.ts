import type { Socket } from 'node:net';
import type { GraphQLError } from 'graphql';
import { refusal } from './errors.ts';
import type { Limits } from './types.ts';

type ConnectionLimits = Pick<Limits, 'connectionsPerAddress' | 'connectionsPerKey'>;

/** Counts who holds connections open: sockets by address, streams and WebSockets by credential. */
export class Connections {
  private readonly limits: ConnectionLimits;
  private readonly addresses = new Map<string, number>();
  private readonly keys = new Map<string, number>();
  private readonly surplus = new WeakSet<Socket>();

  constructor(limits: ConnectionLimits) {
    this.limits = limits;
  }

  /** A socket beyond the limit is remembered as such until it says what it wants, so that the refusal can be typed. */
  watch(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const release = hold(this.addresses, address, this.limits.connectionsPerAddress);
    if (release) socket.once('close', release);
    else this.surplus.add(socket);
  }

  /** Why this socket is not served; undefined when it is. */
  refusalOf(socket: Socket): GraphQLError | undefined {
    const { connectionsPerAddress } = this.limits;
    return this.surplus.has(socket)
      ? tooMany('connectionsPerAddress', connectionsPerAddress, 'address')
      : undefined;
  }

  /** Counts one stream or WebSocket of a credential until the returned function is called. */
  take(credential: string | null): (() => void) | GraphQLError {
    if (credential === null) return () => {};
    const { connectionsPerKey } = this.limits;
    const release = hold(this.keys, credential, connectionsPerKey);
    return release ?? tooMany('connectionsPerKey', connectionsPerKey, 'key');
  }
}

/** Null when `name` holds as many as it may; else how to give this one back, once. */
function hold(held: Map<string, number>, name: string, most: number): (() => void) | null {
  const count = held.get(name) ?? 0;
  if (count >= most) return null;
  held.set(name, count + 1);
  let isHeld = true;
  return () => {
    if (!isHeld) return;
    isHeld = false;
    const rest = (held.get(name) as number) - 1;
    if (rest > 0) held.set(name, rest);
    else held.delete(name);
  };
}

const tooMany = (limit: string, allowed: number, of: string): GraphQLError =>
  refusal(
    'LIMIT_EXCEEDED',
    `TOO_MANY_CONNECTIONS: at most ${allowed} at once per ${of}.`,
    { status: 429, headers: { 'retry-after': '5' } },
    { limit, allowed },
  );
