import { connect, type Socket } from 'node:net';

/** What one run of load measured. */
export interface Load {
  perSecond: number;
  p50: number;
  p99: number;
}

/** A prepared HTTP request: the bytes that go on the wire. */
export function httpRequest(path: string, headers: Record<string, string>, body: string): Buffer {
  const all = { host: '127.0.0.1', 'content-type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/**
 * Keeps `connections` kept-alive connections busy with one request each at a time, for `ms`. Written for little
 * cost of its own, because client and server share two cores. Throws on any status but 200.
 */
export async function load(
  port: number,
  requests: readonly Buffer[],
  { connections = 24, ms = 2_000 }: { connections?: number; ms?: number } = {},
): Promise<Load> {
  const latencies: number[] = [];
  let next = 0;
  const started = performance.now();
  const end = started + ms;
  const lane = async (index: number) => {
    const wire = new Wire(port);
    // Each connection has a share of the requests of its own, so that writers do not all want the same row.
    const own = requests.filter((_, i) => i % connections === index % Math.min(connections, requests.length));
    const mine = own.length > 0 ? own : requests;
    while (performance.now() < end) {
      const sent = performance.now();
      await wire.ask(mine[next++ % mine.length] as Buffer);
      latencies.push(performance.now() - sent);
    }
    wire.close();
  };
  await Promise.all(Array.from({ length: connections }, (_, index) => lane(index)));
  return summary(latencies, started);
}

/** Sends every request once over `connections` kept-alive connections; answers with the bodies, in order. */
export async function sendAll(
  port: number,
  requests: readonly Buffer[],
  connections = 16,
): Promise<Load & { bodies: string[] }> {
  const bodies: string[] = [];
  const latencies: number[] = [];
  let next = 0;
  const started = performance.now();
  const lane = async () => {
    const wire = new Wire(port);
    for (let i = next++; i < requests.length; i = next++) {
      const sent = performance.now();
      bodies[i] = await wire.ask(requests[i] as Buffer, true);
      latencies.push(performance.now() - sent);
    }
    wire.close();
  };
  await Promise.all(Array.from({ length: connections }, lane));
  return { bodies, ...summary(latencies, started) };
}

function summary(latencies: number[], started: number): Load {
  const seconds = (performance.now() - started) / 1_000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? Number.NaN;
  return { perSecond: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
}

/** One answer's body, to compare what two servers say. */
export async function askOnce(port: number, request: Buffer): Promise<string> {
  const wire = new Wire(port);
  const body = await wire.ask(request, true);
  wire.close();
  return body;
}

/** A bare HTTP/1.1 client for answers with a content-length. */
class Wire {
  private readonly socket: Socket;
  private chunks: Buffer[] = [];
  private size = 0;
  private wanted = -1;
  private headEnd = 0;
  private done: PromiseWithResolvers<string> | undefined;
  private isBodyWanted = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.take(chunk));
    this.socket.on('error', (error) => this.done?.reject(error));
    this.socket.on('close', () => this.done?.reject(new Error('The server closed the connection.')));
  }

  ask(request: Buffer, isBodyWanted = false): Promise<string> {
    this.chunks = [];
    this.size = 0;
    this.wanted = -1;
    this.isBodyWanted = isBodyWanted;
    this.done = Promise.withResolvers();
    this.socket.write(request);
    return this.done.promise;
  }

  close(): void {
    this.done = undefined;
    this.socket.destroy();
  }

  private take(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.size += chunk.length;
    if (this.wanted < 0) this.readHead();
    if (this.wanted < 0 || this.size < this.wanted) return;
    const body = this.isBodyWanted ? Buffer.concat(this.chunks).toString('utf8', this.headEnd) : '';
    this.done?.resolve(body);
  }

  private readHead(): void {
    const bytes = this.chunks.length === 1 ? (this.chunks[0] as Buffer) : Buffer.concat(this.chunks);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = bytes.toString('latin1', 0, end);
    if (!head.startsWith('HTTP/1.1 200')) {
      this.done?.reject(new Error(`Unexpected answer: ${bytes.toString('utf8', 0, 600)}`));
      return;
    }
    this.headEnd = end + 4;
    this.wanted = this.headEnd + Number(/content-length: (\d+)/i.exec(head)?.[1]);
  }
}
