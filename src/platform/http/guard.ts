import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { refusal } from './errors.ts';

/** The caller's id for the request if it is harmless in a log line, else a new one. */
export function requestIdOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\w.:-]{1,64}$/.test(header) ? header : randomUUID();
}

/** Content types that a page of any origin may send without asking (CORS "simple"), or none at all. */
const SIMPLE = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)?(;|$)/i;
/** Headers that make a browser ask first; any one of them proves that the caller was allowed. */
const ASKED = [
  'authorization',
  'x-tenant',
  'x-request-id',
  'x-csrf-prevention',
  'graphql-require-preflight',
  'apollo-require-preflight',
];

/** Refuses what a foreign page could make a browser send. */
export function checkCsrf(request: IncomingMessage): GraphQLError | undefined {
  const { headers } = request;
  if (!SIMPLE.test(headers['content-type'] ?? '')) return undefined;
  if (ASKED.some((name) => headers[name] !== undefined)) return undefined;
  return refusal(
    'FORBIDDEN',
    'Send "content-type: application/json" or a header such as "x-csrf-prevention: 1".',
    { status: 403 },
  );
}

const METHODS = 'GET, POST, OPTIONS';
const HEADERS =
  'authorization, content-type, accept, x-tenant, x-request-id, x-cost, x-csrf-prevention, idempotency-key, graphql-require-preflight';

/** Cross-origin headers for the configured origins; nothing for others, which makes browsers refuse. */
export function createCors(origins: readonly string[]) {
  const isAny = origins.includes('*');
  const allowed = new Set(origins);
  return (request: IncomingMessage, response: ServerResponse): void => {
    if (origins.length === 0) return;
    if (!isAny) response.setHeader('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !(isAny || allowed.has(origin))) return;
    response.setHeader('access-control-allow-origin', isAny ? '*' : origin);
    response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
    if (request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', METHODS);
      response.setHeader('access-control-allow-headers', HEADERS);
      response.setHeader('access-control-max-age', '86400');
    }
  };
}
