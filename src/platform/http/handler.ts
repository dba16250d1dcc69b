import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import { type AnswerType, answerType } from './accept.ts';
import { readBody } from './body.ts';
import type { Connections } from './connections.ts';
import { credentialsOf, type Edge, factsOf } from './edge.ts';
import { isOurFault, type Masker, refusal } from './errors.ts';
import type { Graphiql } from './graphiql.ts';
import { checkCsrf, createCors } from './guard.ts';
import type { Health } from './health.ts';
import { checkParams, paramsOfUrl } from './params.ts';
import type { Pipeline } from './pipeline.ts';
import { answerPlainly } from './plain.ts';
import type { RateLimit } from './rate-limit.ts';
import { JSON_TYPE, send, sendResult } from './respond.ts';
import type { SseTransport } from './sse.ts';
import { isListening, readParams, runJson } from './straight.ts';
import type { Call, HttpOptions, Limits, TakeCall } from './types.ts';
import { PATH, type Yoga } from './yoga.ts';

export interface HandlerParts {
  options: HttpOptions;
  limits: Limits;
  edge: Edge;
  rate: RateLimit;
  masker: Masker;
  pipeline: Pipeline;
  yoga: Yoga;
  sse: SseTransport;
  graphiql: Graphiql;
  health: Health;
  connections: Connections;
  isStopping(): boolean;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Sends every request its way: health, preflight, the straight way, SSE, or Yoga. */
export function createHandler(parts: HandlerParts): Handle {
  const { edge, limits, masker, options, pipeline, sse } = parts;
  const cors = createCors(options.corsOrigins ?? []);
  const mayBeStraight = options.straight ?? true;

  const refuse = (response: ServerResponse, error: unknown, requestId: string, type?: AnswerType | null) => {
    if (!isListening(response)) return;
    const masked = masker.request(error, requestId);
    // Failed before it was known whose request it is, e.g. because the database is away.
    if (isOurFault(masked)) options.host.onAnswer?.(null, 0, true);
    // What is left of a refused body is not read; the connection cannot be used again.
    if ((masked.extensions.http as { status?: number })?.status === 413)
      response.setHeader('connection', 'close');
    sendResult(
      response,
      { errors: [masked] },
      type === 'application/json' ? type : 'application/graphql-response+json',
      requestId,
    );
  };

  const graphql: Handle = async (request, response) => {
    const type = answerType(request.headers.accept);
    const facts = factsOf(request, type === 'text/event-stream' ? 'sse' : 'http');
    try {
      const csrf = checkCsrf(request);
      if (csrf) throw csrf;
      const take = (): Promise<Call> => edge(credentialsOf(request), facts);
      const isStraight = type !== null && (facts.transport === 'sse' || mayBeStraight);
      if (isStraight && request.method === 'POST' && isJson(request)) {
        const [call, body] = await Promise.all([take(), readParams(request, limits)]);
        if (!isListening(response)) return;
        if (facts.transport === 'sse') await stream(request, response, checkParams(body), call);
        else sendResult(response, await runJson(body, call, take, pipeline, limits), type, facts.requestId);
      } else if (isStraight && request.method === 'GET') {
        const call = await take();
        if (!isListening(response)) return;
        const params = paramsOfUrl(searchOf(request));
        if (facts.transport === 'sse') await stream(request, response, params, call);
        else if (params instanceof GraphQLError) throw params;
        else sendResult(response, await pipeline.run(params, call), type, facts.requestId);
      } else {
        await throughYoga(request, response, await take(), take);
      }
    } catch (error) {
      refuse(response, error, facts.requestId, type);
    }
  };

  const stream = async (
    request: IncomingMessage,
    response: ServerResponse,
    params: ReturnType<typeof checkParams>,
    call: Call,
  ) => {
    if (params instanceof GraphQLError) throw params;
    await sse.handle(request, response, params, call);
  };

  /** Other media types, methods that are refused: rare, so copies do not matter; written by us all the same. */
  const throughYoga = async (
    request: IncomingMessage,
    response: ServerResponse,
    call: Call,
    another: TakeCall,
  ) => {
    let first: Call | undefined = call;
    const take: TakeCall = async () => {
      const taken = first ?? (await another());
      first = undefined;
      return taken;
    };
    const body = request.method === 'POST' ? await readBody(request, limits.bodyBytes) : undefined;
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const url = `http://localhost${request.url}`;
    const init = { method: request.method ?? 'GET', headers, ...(body && { body }) };
    const answer = await parts.yoga.fetch(url, init as RequestInit, { take } as never);
    const text = Buffer.from(await answer.arrayBuffer());
    // Yoga's own unexpected errors would carry their message.
    if (answer.status === 500 && !text.includes('"INTERNAL"')) throw new Error(text.toString());
    const kept = [...answer.headers].filter(([name]) => !SET_BY_US.has(name));
    // Yoga refuses some with a status and nothing else.
    if (text.length === 0 && answer.status >= 400) {
      const message = REFUSED[answer.status] ?? `Refused: ${answer.statusText}.`;
      throw refusal('BAD_REQUEST', message, { status: answer.status, headers: Object.fromEntries(kept) });
    }
    const type = answer.headers.get('content-type') ?? JSON_TYPE;
    send(response, answer.status, type, text, {
      ...Object.fromEntries(kept),
      'x-request-id': call.requestId,
    });
  };

  return async (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    if (parts.isStopping()) response.setHeader('connection', 'close');
    const surplus = parts.connections.refusalOf(request.socket);
    if (surplus) {
      response.setHeader('connection', 'close');
      refuse(response, surplus, factsOf(request, 'http').requestId);
      return;
    }
    if (request.method !== 'POST') {
      const isGraphiql = await parts.graphiql(path, request, response).catch((error) => {
        refuse(response, error, factsOf(request, 'http').requestId);
        return true;
      });
      if (isGraphiql) return;
    }
    if (path === PATH) {
      cors(request, response);
      if (request.method === 'OPTIONS') response.writeHead(204, { 'content-length': 0 }).end();
      else await graphql(request, response);
      return;
    }
    const isHealth = await parts.health.handle(path, response).catch((error) => {
      refuse(response, error, factsOf(request, 'http').requestId);
      return true;
    });
    if (isHealth) return;
    const facts = factsOf(request, 'http');
    const isPlain = await answerPlainly(options.routes ?? [], request, response, facts, parts.rate).catch(
      (error) => {
        refuse(response, error, facts.requestId);
        return true;
      },
    );
    if (!isPlain) send(response, 404, JSON_TYPE, `{"errors":[{"message":"The API is at ${PATH}."}]}`);
  };
}

const REFUSED: Readonly<Record<number, string>> = {
  405: 'Send a POST; a GET for queries only.',
  406: 'Accept application/json, application/graphql-response+json or text/event-stream.',
  415: 'Send JSON, with "content-type: application/json".',
};

const SET_BY_US = new Set(['content-type', 'content-length', 'connection', 'transfer-encoding']);

const isJson = (request: IncomingMessage): boolean =>
  (request.headers['content-type'] ?? '').startsWith('application/json');

const searchOf = (request: IncomingMessage): URLSearchParams =>
  new URL(request.url ?? '/', 'http://localhost').searchParams;
