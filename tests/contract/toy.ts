import { randomUUID } from 'node:crypto';
import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { Registry } from 'prom-client';
import { NotFoundError, UnauthenticatedError } from '../../src/kernel/errors.ts';
import type { Feeds } from '../../src/platform/events/feed.ts';
import { LiveStream } from '../../src/platform/events/live-stream.ts';
import type { LoggedEvent } from '../../src/platform/events/types.ts';
import {
  createHttpServer,
  type GraphQLHost,
  type HttpOptions,
  type HttpServer,
} from '../../src/platform/http/index.ts';
import { createLogger, type Logger } from '../../src/platform/log/logger.ts';

/** What resolvers of the toy see. */
export interface ToyContext {
  tenantId: string | null;
  scopes: string[];
  key: string | null;
}

const required = <T extends GraphQLScalarType>(type: T) => new GraphQLNonNull(type);

const Item: GraphQLObjectType = new GraphQLObjectType({
  name: 'Item',
  fields: () => ({
    name: { type: GraphQLString },
    items: {
      type: new GraphQLList(Item),
      args: { first: { type: GraphQLInt } },
      extensions: pageCost(),
      resolve: (_item, { first }) => Array.from({ length: first ?? 1 }, (_, i) => ({ name: `item ${i}` })),
    },
  }),
});

function pageCost() {
  const complexity = ({ first }: { first?: number }) => ({ field: 1, multiplier: Math.max(1, first ?? 1) });
  return { complexity };
}

const Kind = new GraphQLEnumType({
  name: 'Kind',
  values: { ENGINE_STARTED: { value: 'ENGINE_STARTED' }, ENGINE_STOPPED: { value: 'ENGINE_STOPPED' } },
});

/** How often an event of a live stream was resolved, to see that executions are shared. */
export const executions = { count: 0 };

const Event = new GraphQLObjectType({
  name: 'Event',
  fields: {
    seq: { type: required(GraphQLString), resolve: (event: LoggedEvent) => String(event.seq) },
    type: { type: required(GraphQLString) },
    by: {
      type: GraphQLString,
      resolve: (event: LoggedEvent) => {
        const { by } = event.payload as { by: string };
        executions.count++;
        if (by === 'boom') throw new Error('secret in an event');
        return by;
      },
    },
  },
});

export function toySchema(feeds?: Feeds): GraphQLSchema {
  const viewer = (context: ToyContext) => {
    if (!context.scopes.includes('VIEWER')) throw new UnauthenticatedError('Send a key.');
  };
  return new GraphQLSchema({
    query: new GraphQLObjectType({
      name: 'Query',
      fields: {
        hello: {
          type: GraphQLString,
          args: { name: { type: GraphQLString } },
          resolve: (_, { name }) => `Hello ${name ?? 'you'}`,
        },
        items: {
          type: new GraphQLList(Item),
          args: { first: { type: GraphQLInt } },
          extensions: pageCost(),
          resolve: (_, { first }) =>
            Array.from({ length: first ?? 1 }, (_unused, i) => ({ name: `item ${i}` })),
        },
        boom: {
          type: GraphQLString,
          resolve: () => {
            throw new Error('connection to 10.0.0.1 refused: password "hunter2"');
          },
        },
        brokenNull: { type: required(GraphQLString), resolve: () => null },
        missing: {
          type: GraphQLString,
          resolve: () => {
            throw new NotFoundError('thing', '7');
          },
        },
        tenant: {
          type: GraphQLString,
          resolve: (_, _args, context: ToyContext) => {
            viewer(context);
            return context.tenantId;
          },
        },
        slow: {
          type: GraphQLString,
          resolve: () => new Promise((resolve) => setTimeout(resolve, 300, 'done')),
        },
      },
    }),
    mutation: new GraphQLObjectType({
      name: 'Mutation',
      fields: { touch: { type: GraphQLBoolean, resolve: () => true } },
    }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        events: {
          type: Event,
          args: { after: { type: GraphQLString }, type: { type: Kind } },
          subscribe: (_, { after, type }, context: ToyContext) => {
            viewer(context);
            return new LiveStream(feeds as Feeds, {
              tenantId: context.tenantId as string,
              after: after === undefined || after === null ? null : BigInt(after),
              key: type ?? '',
              accepts: (event) => !type || event.type === type,
            }) as AsyncIterable<unknown>;
          },
          resolve: (event) => event,
        },
        count: {
          type: GraphQLInt,
          args: { to: { type: required(GraphQLInt) } },
          subscribe: async function* (_, { to }) {
            for (let i = 1; i <= to; i++) yield i;
          },
          resolve: (n) => n,
        },
      },
    }),
  });
}

/** Keys of the toy: any `Bearer rk_…` is a viewer of `tenantId` until it is in `revoked`. */
export function toyHost(
  schema: GraphQLSchema,
  tenantId: string | null,
  revoked = new Set<string>(),
): GraphQLHost {
  return {
    schema,
    async context({ authorization }): Promise<ToyContext> {
      if (authorization === undefined) return { tenantId: null, scopes: [], key: null };
      const key = authorization.replace('Bearer ', '');
      if (key === 'boom') throw new Error('directory is down: secret');
      if (!key.startsWith('rk_') || revoked.has(key))
        throw new UnauthenticatedError('This key is not valid.');
      return { tenantId, scopes: ['VIEWER'], key };
    },
    session(context) {
      const { tenantId: tenant, scopes, key } = context as ToyContext;
      return {
        permissions: `${tenant}:${scopes}`,
        credential: key,
        tenantId: tenant,
        isRevoked: async () => key !== null && revoked.has(key),
      };
    },
  };
}

/** A logger that remembers. */
export function recordingLog(): { log: Logger; lines: { msg: string; requestId?: string; err?: Error }[] } {
  const lines: { msg: string; requestId?: string; err?: Error }[] = [];
  const log = createLogger('silent', false);
  log.error = ((fields: { requestId?: string; err?: Error }, msg: string) =>
    lines.push({ ...fields, msg })) as never;
  return { log, lines };
}

export interface Toy {
  http: HttpServer;
  url: string;
  registry: Registry;
  lines: ReturnType<typeof recordingLog>['lines'];
  revoked: Set<string>;
  stop(graceMs?: number): Promise<void>;
}

/** A listening server on the toy schema. */
export async function startToy(
  options: Partial<HttpOptions> & { feeds?: Feeds; tenantId?: string } = {},
): Promise<Toy> {
  const { log, lines } = recordingLog();
  const registry = new Registry();
  const revoked = new Set<string>();
  const tenantId = options.tenantId ?? randomUUID();
  const http = createHttpServer({
    host: toyHost(toySchema(options.feeds), tenantId, revoked),
    log,
    registry,
    processMetrics: false,
    ...options,
  });
  const { port } = await http.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}/graphql`;
  return { http, url, registry, lines, revoked, stop: (graceMs = 1_000) => http.stop(graceMs) };
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came back; assertions say what it must be
  body: any;
  text: string;
}

/** One JSON POST. */
export async function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null, text };
}
