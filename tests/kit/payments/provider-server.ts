import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What can go wrong on the way.
 * RESET: cut off before anything is done. LOST: done, and the answer cut off. HANG: done, and never answered.
 * DRIP: done, and answered a byte at a time. FAIL: not done, 500. FAIL_DONE: done, and still a 500.
 * BUSY: not done, 429. DENIED: not done, 401. GARBAGE: done, answered with something that is not JSON.
 */
export type Fault = 'RESET' | 'LOST' | 'HANG' | 'DRIP' | 'FAIL' | 'FAIL_DONE' | 'BUSY' | 'DENIED' | 'GARBAGE';

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface ProviderRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  text: string;
}

/** A local HTTP server that speaks a provider's protocol, with faults on demand. */
export abstract class ProviderServer {
  /** `METHOD /path`, in order, refused ones included. */
  readonly calls: string[] = [];
  /** Where it listens. */
  url = '';
  /** What it takes for now. */
  clock: () => Date = () => new Date();
  private readonly server: Server;
  private readonly faults: { fault: Fault; part: string }[] = [];

  constructor() {
    this.server = createServer((request, response) => {
      this.take(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  async start(): Promise<this> {
    this.server.listen(Number(this.url.split(':')[2] ?? 0), '127.0.0.1');
    await once(this.server, 'listening');
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  /** Gone: connections are refused until it starts again on the same port. */
  async stop(): Promise<void> {
    if (!this.server.listening) return;
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }

  /** The next calls whose `METHOD /path` contains `part` meet these faults, one each. */
  meet(part: string, ...faults: Fault[]): void {
    this.faults.push(...faults.map((fault) => ({ fault, part })));
  }

  /** Forgets faults and calls, not what was done. */
  calm(): void {
    this.faults.length = 0;
    this.calls.length = 0;
  }

  /** Unix seconds. */
  protected seconds(): number {
    return Math.floor(this.clock().getTime() / 1000);
  }

  protected abstract answer(request: ProviderRequest, fail: boolean): Answer;
  protected abstract problem(status: number): Answer;

  private async take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const url = new URL(incoming.url ?? '/', this.url);
    const call = `${incoming.method} ${url.pathname}`;
    this.calls.push(call);
    const index = this.faults.findIndex(({ part }) => call.includes(part));
    const fault = index < 0 ? undefined : this.faults.splice(index, 1)[0]?.fault;
    if (fault === 'RESET') return void incoming.socket.destroy();
    if (fault === 'BUSY') return send(response, this.problem(429));
    if (fault === 'DENIED') return send(response, this.problem(401));
    const request = {
      ...{ method: incoming.method ?? 'GET', path: url.pathname, query: url.searchParams },
      ...{ headers: incoming.headers, text: Buffer.concat(chunks).toString() },
    };
    const answer = this.answer(request, fault === 'FAIL');
    switch (fault) {
      case 'LOST':
        return void incoming.socket.destroy();
      case 'HANG':
        return;
      case 'FAIL_DONE':
        return send(response, this.problem(500));
      case 'GARBAGE':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>maintenance</h1>');
        return;
      case 'DRIP':
        return drip(response, answer);
      default:
        return send(response, answer);
    }
  }
}

function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Slow enough for every time-out, and never silent. */
function drip(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed || sent >= text.length) return clearInterval(timer);
    response.write(text[sent++]);
  }, 20);
}
