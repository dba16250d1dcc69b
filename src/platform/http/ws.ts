import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ExecutionArgs, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Context as WsContext } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Logger } from '../log/logger.ts';
import { credentialsOf, type Edge, factsOf } from './edge.ts';
import { type Masker, refusal } from './errors.ts';
import { checkParams } from './params.ts';
import type { Ready } from './pipeline.ts';
import { plain } from './respond.ts';
import type { Streams, Subscription } from './stream.ts';
import type { Call, Credentials, GraphQLHost, Limits } from './types.ts';
import { Channel, type Connection, closeSlow } from './ws-channel.ts';

/** graphql-transport-ws: the protocol is graphql-ws's, only `next` messages of live streams are written by us. */
export interface WsTransport {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Says goodbye to every client; they may connect to another instance. */
  stop(): void;
  readonly size: number;
}

export interface WsParts {
  host: GraphQLHost;
  edge: Edge;
  streams: Streams;
  masker: Masker;
  limits: Limits;
  log: Logger;
  pingMs: number;
}

type Args = ExecutionArgs & { ready: Ready; id: string; connection: Connection };
type Ctx = WsContext<Record<string, unknown>, Connection>;

export function createWsTransport(parts: WsParts): WsTransport {
  const { limits, log, masker, streams } = parts;
  const connections = new Set<Connection>();
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: limits.bodyBytes,
    handleProtocols,
  });

  const authenticate = (ctx: Ctx): Promise<Call> =>
    parts.edge(credentialsFrom(ctx), { ...factsOf(ctx.extra.request, 'ws'), requestId: randomUUID() });

  const protocol = makeServer<Record<string, unknown>, Connection>({
    async onConnect(ctx) {
      try {
        await authenticate(ctx);
        return true;
      } catch (error) {
        ctx.extra.socket.close(CloseCode.Forbidden, (error as Error).message.slice(0, 120));
        return false;
      }
    },
    async onSubscribe(ctx, id, payload) {
      try {
        const ready = await prepare(ctx, payload);
        if (Array.isArray(ready)) return ready;
        return {
          schema: parts.host.schema,
          document: ready.prepared.document,
          operationName: ready.operation.name,
          contextValue: ready.context,
          rootValue: undefined,
          variableValues: ready.variables,
          ready,
          id,
          connection: ctx.extra,
        } as Args;
      } catch (error) {
        return [masker.request(error, id)];
      }
    },
    execute: (args) => (args as Args).ready.execute(undefined) as never,
    subscribe: (args) => subscribe(args as Args) as never,
    onNext: (_ctx, _id, _payload, _args, result) => plain(result) as never,
    onError: (_ctx, _id, _payload, errors) => plain({ errors: errors as GraphQLError[] }).errors as never,
  });

  async function prepare(ctx: Ctx, payload: object): Promise<Ready | GraphQLError[]> {
    const open = Object.keys(ctx.subscriptions).length;
    if (open > limits.operationsPerSocket) {
      return [
        refusal('LIMIT_EXCEEDED', `At most ${limits.operationsPerSocket} operations per WebSocket.`, {
          status: 429,
        }),
      ];
    }
    const call = await authenticate(ctx);
    const params = checkParams(payload);
    const ready = params instanceof GraphQLError ? params : await streams.prepare(params, call);
    if ('operation' in ready) return ready;
    return streams.refused(ready, call).errors as GraphQLError[];
  }

  async function subscribe(args: Args): Promise<unknown> {
    const channel = new Channel(args.connection, args.id, limits.bufferedBytes);
    const opened = await streams.subscribe(args.ready, channel);
    if (!('start' in opened)) return opened;
    channel.attach(opened as Subscription);
    return channel;
  }

  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const connection: Connection = {
      socket,
      raw: request.socket,
      request,
      channels: new Set(),
      isAlive: true,
    };
    connections.add(connection);
    socket.on('pong', () => {
      connection.isAlive = true;
    });
    socket.on('error', (error) => log.debug({ err: error }, 'WebSocket error'));
    const closed = protocol.opened(
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
    socket.once('close', (code, reason) => {
      connections.delete(connection);
      void closed(code, String(reason));
    });
  });

  const pings = setInterval(() => {
    for (const connection of connections) {
      if (!connection.isAlive) connection.socket.terminate();
      connection.isAlive = false;
      if (connection.socket.readyState === connection.socket.OPEN) connection.socket.ping();
    }
  }, parts.pingMs);
  pings.unref();

  return {
    upgrade: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (ws) => sockets.emit('connection', ws, request)),
    get size() {
      return connections.size;
    },
    stop() {
      clearInterval(pings);
      for (const { socket } of connections) {
        socket.close(1001, 'SERVER_SHUTDOWN');
        setTimeout(() => socket.terminate(), 2_000).unref();
      }
    },
  };
}

/** connectionParams first, because browsers cannot set headers on a WebSocket. */
function credentialsFrom(ctx: Ctx): Credentials {
  const params = ctx.connectionParams ?? {};
  const headers = credentialsOf(ctx.extra.request);
  const text = (...names: string[]) =>
    names.map((name) => params[name]).find((value) => typeof value === 'string') as string | undefined;
  return {
    authorization: text('authorization', 'Authorization') ?? headers.authorization,
    tenant: text('tenant', 'x-tenant') ?? headers.tenant,
  };
}
