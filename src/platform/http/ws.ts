import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { CloseCode, handleProtocols, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../log/logger.ts';
import { type Connection, closeSlow, TOO_MANY_CONNECTIONS } from './ws-channel.ts';
import { createProtocol, type ProtocolParts } from './ws-protocol.ts';

export interface WsParts extends ProtocolParts {
  log: Logger;
  pingMs: number;
}

const GOODBYE_MS = 2_000;

/** graphql-transport-ws: the protocol is graphql-ws's, only `next` messages of live streams are written by us. */
export class WsTransport {
  private readonly parts: WsParts;
  private readonly protocol: Server<Connection>;
  private readonly connections = new Set<Connection>();
  private readonly sockets: WebSocketServer;
  private readonly pings: NodeJS.Timeout;

  constructor(parts: WsParts) {
    this.parts = parts;
    this.protocol = createProtocol(parts);
    this.sockets = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: parts.limits.bodyBytes,
      handleProtocols,
      // Not in the types yet: who does not close with us is dropped.
      ...({ closeTimeout: GOODBYE_MS } as object),
    });
    this.pings = setInterval(() => this.ping(), parts.pingMs);
    this.pings.unref();
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.sockets.handleUpgrade(request, socket, head, (ws) => this.accept(ws, request));
  }

  /** Says goodbye to every client; they may connect to another instance. */
  stop(): void {
    clearInterval(this.pings);
    for (const { socket } of this.connections) {
      socket.close(1001, 'SERVER_SHUTDOWN');
      setTimeout(() => socket.terminate(), GOODBYE_MS).unref();
    }
  }

  private accept(socket: WebSocket, request: IncomingMessage): void {
    const { log, connections } = this.parts;
    const surplus = connections.refusalOf(request.socket);
    if (surplus) {
      socket.on('error', () => {});
      socket.close(TOO_MANY_CONNECTIONS, surplus.message);
      return;
    }
    const connection: Connection = {
      ...{ socket, raw: request.socket, request },
      ...{ channels: new Set(), isAlive: true },
    };
    this.connections.add(connection);
    socket.on('pong', () => {
      connection.isAlive = true;
    });
    socket.on('error', (error) => log.debug({ err: error }, 'WebSocket error'));
    const closed = this.open(connection);
    socket.once('close', (code, reason) => {
      this.connections.delete(connection);
      void closed(code, String(reason));
    });
  }

  private open(connection: Connection): ReturnType<Server<Connection>['opened']> {
    const { socket } = connection;
    const { limits, log } = this.parts;
    return this.protocol.opened(
      {
        protocol: socket.protocol,
        send: (data) => {
          if (socket.readyState !== socket.OPEN) return;
          socket.send(data);
          if (socket.bufferedAmount > limits.bufferedBytes) closeSlow(connection);
        },
        close: (code, reason) => socket.close(code, reason),
        onMessage: (listener) =>
          socket.on('message', (data) => {
            listener(String(data)).catch((error: unknown) => {
              log.error({ err: error }, 'WebSocket message failed');
              socket.close(CloseCode.InternalServerError, 'Internal error');
            });
          }),
      },
      connection,
    );
  }

  /** Who did not answer the last ping is gone. */
  private ping(): void {
    for (const connection of this.connections) {
      if (!connection.isAlive) connection.socket.terminate();
      connection.isAlive = false;
      if (connection.socket.readyState === connection.socket.OPEN) connection.socket.ping();
    }
  }
}
