import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with the next call; `ok` lets it through. */
export type Fault =
  | 'ok'
  | 'hang'
  | 'drip'
  | 'reset'
  | 'malformed'
  | { status: number; retryAfter?: number | string; body?: unknown };

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The parsed body; {} when it is no JSON object. */
  readonly json: Record<string, unknown>;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
}

/** An HTTP server with faults on order; subclasses speak a provider's protocol. */
export abstract class FaultyServer {
  url = '';
  /** Every call that reached it, faults included. */
  readonly calls: Call[] = [];
  /** Taken one by one; when none is left, calls are answered. */
  faults: Fault[] = [];
  private server: Server | undefined;

  /** The provider's answer; refuses what the real one would refuse. */
  protected abstract answer(call: Call): Reply;

  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
        const text = Buffer.concat(chunks).toString('utf8');
        const call = { method: request.method ?? '', path: pathname, query: searchParams, text };
        this.take({ ...call, headers: request.headers, json: parsed(text) }, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise<void>((resolve) => {
      if (this.server) this.server.close(() => resolve());
      else resolve();
    });
  }

  private take(call: Call, response: ServerResponse): void {
    this.calls.push(call);
    const fault = this.faults.shift() ?? 'ok';
    if (fault === 'hang') return;
    if (fault === 'reset') {
      response.socket?.resetAndDestroy();
      return;
    }
    if (fault === 'drip') {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(timer));
      return;
    }
    if (fault === 'malformed') {
      send(response, 200, '{"ok":');
      return;
    }
    const reply = fault === 'ok' ? this.answer(call) : { body: { message: 'on order' }, ...fault };
    const retryAfter = fault === 'ok' ? undefined : fault.retryAfter;
    send(
      response,
      reply.status,
      reply.body,
      retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) },
    );
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
