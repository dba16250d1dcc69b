import type { ServerResponse } from 'node:http';
import { gzip } from 'node:zlib';
import { GraphQLError } from 'graphql';
import { type Encoding, encodingOf } from './encoding.ts';
import type { ErrorHttp } from './errors.ts';
import type { Result } from './pipeline.ts';

/** The answer's text without what is meant for the transport only. */
export const serialise = (result: Result): string => JSON.stringify(plain(result));

/** The answer as plain data without what is meant for the transport only. */
export function plain(result: Result): Omit<Result, 'errors'> & { errors?: object[] } {
  if (!result.errors) return result as Omit<Result, 'errors'>;
  const errors = result.errors.map((error) => {
    const json = error instanceof GraphQLError ? error.toJSON() : (error as GraphQLError);
    const { http, ...extensions } = json.extensions ?? {};
    return { ...json, extensions };
  });
  return { ...result, errors };
}

/** Status and headers as GraphQL over HTTP says. */
export function statusOf(result: Result, type: string): { status: number; headers: Record<string, string> } {
  let status = 200;
  const headers: Record<string, string> = {};
  if (!result.errors) return { status, headers };
  for (const { extensions } of result.errors) {
    const http = extensions?.http as ErrorHttp | undefined;
    if (!http) continue;
    Object.assign(headers, http.headers);
    // application/json promises 200 for every well-formed request.
    if (http.spec && type === 'application/json') continue;
    status = Math.max(status, http.status);
  }
  return { status, headers };
}

/**
 * The status of a batch, of which GraphQL over HTTP says nothing: that of its operations where all were refused alike,
 * e.g. 429 when none was left of the budget; else 200, because each answer speaks for itself.
 */
function statusOfAll(results: Result[], type: string): ReturnType<typeof statusOf> {
  const [first, ...others] = results.map((result) => statusOf(result, type));
  const isSame = first && others.every(({ status }) => status === first.status);
  return isSame ? first : { status: 200, headers: {} };
}

/** Writes a whole answer with one call. */
export function send(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  if (response.destroyed || response.headersSent) return;
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  response.writeHead(status, { ...headers, 'content-type': type, 'content-length': length });
  response.end(body);
}

/**
 * From here on gzip pays: 35 KB become 6 KB for 0.2 ms of a helper thread (level 1; measured), introspection's 900 KB
 * become 120 KB for 6 ms. Below, a request itself costs hardly more than that.
 */
const COMPRESS_FROM = 8_192;
const GZIP: readonly Encoding[] = ['gzip'];

/** Sends JSON with 200 or another status, compressed if it is large and the caller likes that. */
function sendJson(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Record<string, string>,
): void {
  const isLarge = text.length >= COMPRESS_FROM;
  if (isLarge && !response.headersSent) response.appendHeader('vary', 'accept-encoding');
  if (!isLarge || !encodingOf(response.req.headers['accept-encoding'], GZIP)) {
    send(response, status, type, text, headers);
    return;
  }
  gzip(text, { level: 1 }, (error, body) => {
    if (error) send(response, status, type, text, headers);
    else send(response, status, type, body, { ...headers, 'content-encoding': 'gzip' });
  });
}

/** Sends a GraphQL answer, or an array of them for a batch. */
export function sendResult(
  response: ServerResponse,
  result: Result | Result[],
  type: string,
  requestId: string,
): void {
  const contentType = type === 'application/json' ? JSON_TYPE : GRAPHQL_TYPE;
  // Headers given with the status cost less than headers set before.
  const id = { 'x-request-id': requestId };
  if (Array.isArray(result)) {
    const { status, headers } = statusOfAll(result, type);
    sendJson(response, status, contentType, `[${result.map(serialise).join(',')}]`, { ...headers, ...id });
  } else if (result.errors) {
    const { status, headers } = statusOf(result, type);
    sendJson(response, status, contentType, serialise(result), { ...headers, ...id });
  } else {
    sendJson(response, 200, contentType, serialise(result), id);
  }
}

export const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';
