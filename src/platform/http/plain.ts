import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { RateLimit } from './rate-limit.ts';
import { send } from './respond.ts';
import { isListening } from './straight.ts';
import type { PlainRoute } from './types.ts';

/** Lets the route of this path answer, within the address's budget of operations; false when there is none. */
export async function answerPlainly(
  routes: readonly PlainRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  facts: { requestId: string; address: string },
  rate: RateLimit,
): Promise<boolean> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const route = routes.find(({ prefix }) => url.pathname.startsWith(prefix));
  if (!route) return false;
  const limited = await rate.take(null, facts.address);
  if (limited) throw limited;
  const body = await readBody(request, route.maxBytes);
  const answer = await route.handle({
    method: request.method ?? 'GET',
    rest: url.pathname.slice(route.prefix.length),
    query: url.searchParams,
    headers: request.headers,
    body,
    ...facts,
  });
  if (!isListening(response)) return true;
  send(response, answer.status, answer.type, answer.body, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': facts.requestId,
    ...answer.headers,
  });
  return true;
}
