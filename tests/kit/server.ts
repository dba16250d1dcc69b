import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { createTenant, type NewTenant, type TenantRow } from '../../src/control/tenancy/index.ts';
import { createHttpServer, type HttpServer } from '../../src/platform/http/index.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { type OpenTestDatabase, testDatabase } from './database.ts';

export const ADMIN_TOKEN = 'test-admin-token-0123456789abcdefghijkl';

export interface Answer<Data> {
  data: Data;
  errors?: { message: string; path?: string[]; extensions: { code: string } & Record<string, unknown> }[];
}

/** A caller of the public API: sends the generated typed documents with one credential. */
export interface Client {
  /** The data; a top-level error is thrown, so that no test goes on over one by accident. */
  run<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables?: Variables): Promise<Data>;
  /** The whole answer, errors included. */
  ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables?: Variables,
  ): Promise<Answer<Data>>;
  /** What a subscription delivers over WebSocket, until the iterator is returned. */
  subscribe<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables?: Variables,
  ): AsyncIterableIterator<Data>;
}

export interface TestServer {
  app: App;
  http: HttpServer;
  url: string;
  database: OpenTestDatabase;
  /** A client with this credential, acting on the tenant (the admin token needs one). */
  client(credential?: string, tenant?: string): Client;
  createTenant(input: Partial<NewTenant> & { slug: string }): Promise<TenantRow>;
  stop(): Promise<void>;
}

/** The product on a free port over a test database. Automation is off unless the test starts it. */
export async function startServer(
  options: Partial<AppOptions> & { database?: OpenTestDatabase } = {},
): Promise<TestServer> {
  const database = options.database ?? (await testDatabase());
  const log = createLogger('silent', false);
  const app = createApp({
    ...{ connection: database.connection, adminToken: ADMIN_TOKEN, keyPepper: 'test-pepper-0123456789', log },
    ...{ redisUrl: process.env.REDIS_URL, ...options },
  });
  const http = createHttpServer({
    ...{ host: app.host, routes: app.routes, log, registry: app.registry, processMetrics: false },
  });
  const { port } = await http.listen(0, '127.0.0.1');
  app.listensAt(`http://127.0.0.1:${port}`);
  const url = `http://127.0.0.1:${port}/graphql`;
  return {
    ...{ app, http, url, database },
    client: (credential = ADMIN_TOKEN, tenant) => createApiClient(url, credential, tenant),
    createTenant: (input) => createTenant(app.platform(), { name: input.slug, ...input }),
    async stop() {
      await http.stop(1_000);
      await app.stop(1_000);
      if (!options.database) await database.close();
    },
  };
}

/** A client of the API at `url`, wherever it runs. */
export function createApiClient(url: string, credential: string, tenant?: string): Client {
  const headers = { authorization: `Bearer ${credential}`, ...(tenant && { 'x-tenant': tenant }) };
  const ask: Client['ask'] = async (document, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: print(document), variables }),
    });
    return (await response.json()) as never;
  };
  return {
    ask,
    async run(document, variables) {
      const { data, errors } = await ask(document, variables);
      if (errors)
        throw new Error(errors.map((error) => `${error.extensions?.code}: ${error.message}`).join('\n'));
      return data;
    },
    subscribe(document, variables) {
      const client = createClient({
        url: url.replace('http', 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: { authorization: headers.authorization, ...(tenant && { tenant }) },
        retryAttempts: 0,
      });
      const results = client.iterate({
        query: print(document),
        variables: variables as Record<string, unknown>,
      });
      return unwrap(results, () => void client.dispose()) as never;
    },
  };
}

/** Data only; an error ends the iteration by throwing. */
function unwrap(
  results: AsyncIterableIterator<{ data?: unknown; errors?: readonly { message: string }[] }>,
  close: () => void,
): AsyncIterableIterator<unknown> {
  const iterator: AsyncIterableIterator<unknown> = {
    async next() {
      const { value, done } = await results.next();
      if (done) return { value: undefined, done: true };
      if (value.errors)
        throw new Error(value.errors.map((error: { message: string }) => error.message).join('\n'));
      return { value: value.data, done: false };
    },
    async return() {
      await results.return?.();
      close();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** The next `count` results of a subscription. */
export async function take<T>(iterator: AsyncIterableIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const { value, done } = await iterator.next();
    if (done) break;
    taken.push(value as T);
  }
  return taken;
}
