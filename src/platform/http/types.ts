import type { IncomingMessage } from 'node:http';
import type { GraphQLSchema } from 'graphql';
import type { Registry } from 'prom-client';
import type { Logger } from '../log/logger.ts';

/** What a caller presents, from headers or from the WebSocket's connectionParams. */
export interface Credentials {
  /** `Bearer …` */
  authorization?: string | undefined;
  /** Slug or id of the tenant that a platform admin acts on. */
  tenant?: string | undefined;
}

/** What the transport must know about an authenticated caller. */
export interface Session {
  /** Equal for callers who may see exactly the same: tenant and scopes. Their live streams share one execution. */
  permissions: string;
  /** Equal for calls with the same credential: its rate limit and its revocation are looked at once. Null: anonymous. */
  credential: string | null;
  tenantId: string | null;
  /** Asked every 2 s while a subscription is open, once per credential. */
  isRevoked(): Promise<boolean>;
}

/** The seam to the application: platform/http knows neither schema nor tenants. */
export interface GraphQLHost {
  schema: GraphQLSchema;
  /** The GraphQL context of one request or subscription. Throws a DomainError for a credential that is not valid. */
  context(credentials: Credentials, requestId: string): Promise<object>;
  session(context: object): Session;
  /** A fresh context for one event of a subscription; without it the subscription's own is used again. */
  eventContext?(context: object, at: Date): object;
  /**
   * Hears of every answer to a query or mutation: how long it took (null where it waited on purpose, see `waits.ts`) and
   * whether it failed by our fault (INTERNAL, UNAVAILABLE). On the way of every request, so it must cost nothing and not
   * throw.
   */
  onAnswer?(tenantId: string | null, ms: number | null, isError: boolean): void;
}

/** One of GraphiQL's ready-made tabs. */
export interface GraphiqlTab {
  query: string;
  variables?: string;
  headers?: string;
}

/** The page for people. */
export interface GraphiqlOptions {
  title?: string;
  /** What it opens with. */
  tabs?: readonly GraphiqlTab[];
  /** Slug that stands in the field for the tenant. */
  tenant?: string;
}

/** What is refused before it costs anything. */
export interface Limits {
  bodyBytes: number;
  batch: number;
  tokens: number;
  depth: number;
  aliases: number;
  directives: number;
  /** Sum over fields of complexity × page size. */
  cost: number;
  /** Operations per credential (or address, when anonymous) and minute. */
  ratePerMinute: number;
  /** Unsent bytes after which a subscriber counts as too slow. */
  bufferedBytes: number;
  /** Open operations of one WebSocket. */
  operationsPerSocket: number;
  /** Sockets that one address may hold open. */
  connectionsPerAddress: number;
  /** WebSockets and streams over SSE that one credential may hold open. */
  connectionsPerKey: number;
  /** Within this a request must have arrived to its last byte. */
  requestMs: number;
}

export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 1_048_576,
  batch: 10,
  tokens: 2_000,
  depth: 10,
  aliases: 30,
  directives: 20,
  cost: 5_000,
  ratePerMinute: 6_000,
  bufferedBytes: 1_048_576,
  operationsPerSocket: 200,
  connectionsPerAddress: 5_000,
  connectionsPerKey: 1_000,
  requestMs: 30_000,
};

export interface HttpOptions {
  host: GraphQLHost;
  log: Logger;
  registry: Registry;
  limits?: Partial<Limits>;
  /** sha256 → document text, as codegen writes persisted-documents.json. */
  persistedDocuments?: Record<string, string>;
  /** Refuse every document that is not persisted. */
  persistedOnly?: boolean;
  introspection?: boolean;
  graphiql?: false | GraphiqlOptions;
  /** What is not GraphQL: webhooks and pages. */
  routes?: readonly PlainRoute[];
  /** Origins that browsers may call from; ['*'] for any. */
  corsOrigins?: string[];
  /** Each throws when its part is not ready. */
  readyChecks?: Record<string, () => Promise<void>>;
  /** Process metrics on /metrics; off in tests that start many servers. */
  processMetrics?: boolean;
  /** False sends JSON POSTs through Yoga too; for the tests that compare both ways. */
  straight?: boolean;
  /** Period of SSE and WebSocket pings. */
  pingMs?: number;
  /** Period of the look at whether credentials were revoked. */
  revokeCheckMs?: number;
}

/** Facts about one call that travel beside the GraphQL context. */
export interface Call {
  /** What `host.context` made. */
  context: object;
  session: Session;
  requestId: string;
  method: string;
  transport: 'http' | 'sse' | 'ws';
  /** The address, for the rate limit of anonymous callers. */
  address: string;
  wantsCost: boolean;
}

/** The authenticated call of the next operation of a request: each operation of a batch has a context of its own. */
export type TakeCall = () => Promise<Call>;

/** The parameters of a GraphQL request, checked. */
export interface Params {
  query?: string | null | undefined;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  extensions?: Record<string, unknown> | null | undefined;
  documentId?: string | null | undefined;
}

/** A request that is not GraphQL: a webhook, or a page for somebody without a key. */
export interface PlainRequest {
  readonly method: string;
  /** The path behind the route's prefix. */
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The bytes as sent: signatures are made over these. */
  readonly body: Buffer;
  readonly requestId: string;
  readonly address: string;
}

export interface PlainAnswer {
  readonly status: number;
  /** Media type with charset. */
  readonly type: string;
  readonly body: string;
  readonly headers?: Record<string, string>;
}

/** Answers below one path prefix; what it throws is masked and logged. */
export interface PlainRoute {
  /** Begins and ends with a slash. */
  readonly prefix: string;
  readonly maxBytes: number;
  handle(request: PlainRequest): Promise<PlainAnswer>;
}
