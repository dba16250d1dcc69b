import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Connections } from './connections.ts';
import { Documents } from './documents.ts';
import { createEdge } from './edge.ts';
import { createMasker } from './errors.ts';
import { createGraphiql } from './graphiql.ts';
import { createHandler } from './handler.ts';
import { createHealth } from './health.ts';
import { createMetrics } from './metrics.ts';
import { Pipeline } from './pipeline.ts';
import { createRateLimit } from './rate-limit.ts';
import { createRooms } from './rooms.ts';
import { createSessionWatch } from './sessions.ts';
import { createSseTransport } from './sse.ts';
import { Streams } from './stream.ts';
import { DEFAULT_LIMITS, type HttpOptions } from './types.ts';
import { WsTransport } from './ws.ts';
import { makeYoga, PATH } from './yoga.ts';

/** The HTTP side of the process. */
export interface HttpServer {
  readonly server: Server;
  listen(port: number, host: string): Promise<AddressInfo>;
  /** Accepts nothing new, says goodbye to subscribers, waits up to `graceMs` for running requests. */
  stop(graceMs: number): Promise<void>;
  /** For tests and metrics: open subscriptions and the rooms they share. */
  readonly streams: { readonly size: number; readonly rooms: number };
}

/** How long an answer may lie unread. */
const UNREAD_MS = 60_000;

/** Who drips bytes is cut; a connection between two requests outlives the 60 s of usual load balancers. */
const timeouts = (requestMs: number) => ({
  keepAliveTimeout: 65_000,
  requestTimeout: requestMs,
  headersTimeout: Math.min(15_000, requestMs),
  connectionsCheckingInterval: Math.min(5_000, requestMs),
});

/** Builds the server; nothing listens yet. */
export function createHttpServer(options: HttpOptions): HttpServer {
  const { host, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const metrics = createMetrics([options.registry], options.processMetrics ?? true);
  const masker = createMasker(log, metrics.error);
  const rate = createRateLimit(limits.ratePerMinute);
  const edge = createEdge(host, rate, masker);
  const documents = new Documents({
    schema: host.schema,
    limits,
    persisted: options.persistedDocuments ?? {},
    persistedOnly: options.persistedOnly ?? false,
    introspection: options.introspection ?? true,
  });
  const yoga = makeYoga(host, { batch: limits.batch }, () => pipeline);
  const { getEnveloped } = yoga;
  const pipeline: Pipeline = new Pipeline({ host, documents, limits, rate, masker, metrics, getEnveloped });
  const rooms = createRooms(host, masker);
  const sessions = createSessionWatch(options.revokeCheckMs ?? 2_000, (error) =>
    log.warn({ err: error }, 'Could not check whether a key was revoked'),
  );
  const streams = new Streams({ pipeline, rooms, sessions, masker, metrics });
  const pingMs = options.pingMs ?? 12_000;
  const connections = new Connections(limits);
  const sse = createSseTransport({ streams, connections, limits, pingMs });
  const ws = new WsTransport({ host, edge, streams, connections, masker, limits, log, pingMs });

  let isStopping = false;
  let running = 0;
  let onIdle = () => {};
  const health = createHealth(options.readyChecks ?? {}, options.registry, () => isStopping);
  const handle = createHandler({
    options,
    limits,
    edge,
    rate,
    masker,
    pipeline,
    yoga,
    sse,
    graphiql: createGraphiql(options.graphiql ?? false),
    health,
    connections,
    isStopping: () => isStopping,
  });

  const server = createServer(
    timeouts(limits.requestMs),
    (request: IncomingMessage, response: ServerResponse) => {
      running++;
      // A client that asks and never reads the answer; one that waits for it is left alone.
      response.on('timeout', (socket) => socket.writableLength > 0 && socket.destroy());
      response.once('close', () => {
        running--;
        if (running === 0) onIdle();
      });
      void handle(request, response);
    },
  );
  server.timeout = UNREAD_MS;
  server.on('connection', (socket) => connections.watch(socket));
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (isStopping || request.url?.split('?')[0] !== PATH) socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
    else ws.upgrade(request, socket, head);
  });

  return {
    server,
    listen: (port, address) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, address, () => {
          server.off('error', reject);
          resolve(server.address() as AddressInfo);
        });
      }),
    async stop(graceMs) {
      isStopping = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      sessions.close();
      streams.endAll('SERVER_SHUTDOWN');
      sse.stop();
      ws.stop();
      server.closeIdleConnections();
      if (running > 0) {
        await Promise.race([
          new Promise<void>((resolve) => {
            onIdle = resolve;
          }),
          new Promise((resolve) => setTimeout(resolve, graceMs).unref()),
        ]);
      }
      server.closeAllConnections();
      await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 3_000).unref())]);
      await yoga.dispose();
    },
    streams: {
      get size() {
        return streams.size;
      },
      get rooms() {
        return rooms.size;
      },
    },
  };
}
