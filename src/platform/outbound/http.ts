import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { ADDRESS_REFUSED, isPublicAddress, publicLookup } from './addresses.ts';
import { wasUnreached } from './deadline.ts';
import { OutboundAmbiguous, OutboundDelayed, OutboundRefused } from './errors.ts';
import { retryAfterSec } from './retry-after.ts';

export interface CallOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** From the first byte sent to the last one received. Default 5 s. */
  readonly timeoutMs?: number | undefined;
  /** An answer that is longer is not read: RESPONSE_TOO_LONG. Default 256 KiB. */
  readonly maxBytes?: number;
  /** For addresses that the operator has configured: private ones are called too. */
  readonly isTrusted?: boolean;
  /** Ends the call early. */
  readonly signal?: AbortSignal | null | undefined;
}

/** An answer whose body has been read to its end. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The way to call addresses that tenants give. Redirects are not followed. */
export interface OutboundHttp {
  /** False on installations that tenants share: addresses of the inner network are refused. */
  readonly allowsPrivate: boolean;
  /** Whatever is answered. Throws OutboundRefused for an address that may not be called, else as `postJson`. */
  call(url: string, options?: CallOptions): Promise<HttpAnswer>;
  /**
   * Posts JSON and gives back the 2xx answer. Throws OutboundRefused (4xx, 3xx, an address that may not be called),
   * OutboundDelayed (429 and 503 with their Retry-After, nobody reached) or OutboundAmbiguous (time-outs, other 5xx,
   * broken connections), with codes such as `HTTP_404` that hold no part of the address.
   */
  postJson(url: string, body: unknown, options?: Omit<CallOptions, 'method' | 'body'>): Promise<HttpAnswer>;
}

export const HTTP_TIMEOUT_MS = 5_000;
const MAX_ANSWER_BYTES = 262_144;

/** Calls go through one place, so that no domain has to remember the guard. */
export function createOutboundHttp({
  allowPrivateAddresses,
}: {
  allowPrivateAddresses: boolean;
}): OutboundHttp {
  const call = (url: string, options: CallOptions = {}): Promise<HttpAnswer> =>
    exchange(checkedUrl(url), options, !allowPrivateAddresses && !options.isTrusted);
  return {
    allowsPrivate: allowPrivateAddresses,
    // Async, so that a refused address rejects like everything else.
    call: async (url, options) => call(url, options),
    async postJson(url, body, options = {}) {
      const headers = { accept: 'application/json', 'content-type': 'application/json', ...options.headers };
      const answer = await call(url, { ...options, method: 'POST', headers, body: JSON.stringify(body) });
      throwUnlessDone(answer);
      return answer;
    },
  };
}

/** Maps an answer's status to our three kinds of failure; 2xx passes. */
export function throwUnlessDone(answer: Pick<HttpAnswer, 'status' | 'headers'>, prefix = 'HTTP'): void {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return;
  const says = `${prefix}_${status}`;
  const pause = retryAfterSec(headers['retry-after']);
  if (status === 429 || (status === 503 && pause !== null)) throw new OutboundDelayed(says, pause);
  throw status >= 500 ? new OutboundAmbiguous(says) : new OutboundRefused(says);
}

/** Throws OutboundRefused (URL_REFUSED) for an address with another scheme than http(s) or with a password in it. */
function checkedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new OutboundRefused('URL_REFUSED');
  }
  return url;
}

function exchange(url: URL, options: CallOptions, isGuarded: boolean): Promise<HttpAnswer> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Sockets do not look literal addresses up, so these are checked here.
  if (isGuarded && isIP(host) && !isPublicAddress(host)) throw new OutboundRefused(ADDRESS_REFUSED);
  const { method = 'GET', headers, body, timeoutMs = HTTP_TIMEOUT_MS, maxBytes = MAX_ANSWER_BYTES } = options;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => reject(translated(error, signal.aborted));
    const outgoing = request(
      url,
      {
        ...{ method, signal, agent: false },
        ...(isGuarded && { lookup: publicLookup }),
        headers: { ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
      },
      (incoming) => {
        readAll(incoming, maxBytes).then(
          (read) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: read }),
          fail,
        );
      },
    );
    outgoing.on('error', fail);
    outgoing.end(body);
  });
}

async function readAll(incoming: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) {
      incoming.destroy();
      throw new OutboundAmbiguous('RESPONSE_TOO_LONG');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Codes only: messages of the network quote hosts. */
function translated(error: Error & { code?: unknown }, isLate: boolean): Error {
  if (error instanceof OutboundAmbiguous) return error;
  if (isLate) return new OutboundAmbiguous('TIMEOUT');
  const code = typeof error.code === 'string' && /^\w{1,40}$/.test(error.code) ? error.code : 'CONNECTION';
  if (code === ADDRESS_REFUSED) return new OutboundRefused(code);
  return wasUnreached(code) ? new OutboundDelayed(code) : new OutboundAmbiguous(code);
}
