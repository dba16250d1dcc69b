import type { HttpAnswer, OutboundHttp } from '../http.ts';

/** Looks at an answer before the SDK does; throws one of our three kinds of failure. */
type Check = (answer: HttpAnswer) => void;

/** `fetch` for SDKs over our own calls: the guard, the time-out to the last byte and the limit of answers hold for them. */
export function fetchOver(
  http: OutboundHttp,
  options: { timeoutMs?: number | undefined; isTrusted: boolean },
  check: Check,
) {
  return async (
    url: string | URL,
    init: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Response> => {
    const { method = 'GET', headers = {}, body } = init;
    const text = body === undefined ? undefined : String(body);
    const answer = await http.call(String(url), { ...options, method, headers, body: text });
    check(answer);
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : new Uint8Array(answer.body), { status: answer.status });
  };
}
