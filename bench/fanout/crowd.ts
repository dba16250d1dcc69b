import { connect, type Socket } from 'node:net';
import WebSocket from 'ws';

/** Subscribers of one kind: counts what they receive and how late it is. */
export class Crowd {
  received = 0;
  readonly latencies: number[] = [];
  private target = Number.POSITIVE_INFINITY;
  private onTarget = () => {};
  private readonly closers: (() => void)[] = [];
  private static readonly PHASE = Buffer.from('"phase":"');
  private static readonly EVENT = Buffer.from('event: next');

  /** Resolves when `count` more messages have come. */
  expect(count: number): Promise<void> {
    this.target = this.received + count;
    return new Promise((resolve) => {
      this.onTarget = resolve;
    });
  }

  close(): void {
    for (const close of this.closers) close();
  }

  private count(messages: number, sample: Buffer | undefined): void {
    if (messages === 0) return;
    this.received += messages;
    if (sample) this.measure(sample);
    if (this.received >= this.target) this.onTarget();
  }

  private measure(data: Buffer): void {
    const at = data.lastIndexOf(Crowd.PHASE);
    if (at < 0) return;
    const sent = Number.parseFloat(
      data.toString('latin1', at + Crowd.PHASE.length, at + Crowd.PHASE.length + 17),
    );
    this.latencies.push(performance.timeOrigin + performance.now() - sent);
  }

  /** One WebSocket; with `subscribe` it speaks graphql-transport-ws first. Every 20th is timed. */
  async ws(
    index: number,
    port: number,
    subscribe?: { id: string; query: string; headers: object },
  ): Promise<void> {
    const url = `ws://127.0.0.1:${port}/graphql`;
    const socket = new WebSocket(url, subscribe ? 'graphql-transport-ws' : [], { perMessageDeflate: false });
    this.closers.push(() => socket.terminate());
    const acknowledged = new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('open', () => {
        if (!subscribe) resolve();
        else socket.send(JSON.stringify({ type: 'connection_init', payload: subscribe.headers }));
      });
      socket.on('message', (data: Buffer) => {
        if (subscribe && data.includes('"connection_ack"')) {
          const { id, query } = subscribe;
          socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }));
          resolve();
          return;
        }
        this.count(1, index % 20 === 0 ? data : undefined);
      });
    });
    await acknowledged;
  }

  /** One server-sent-events stream over a bare socket. */
  async sse(index: number, port: number, headers: Record<string, string>, body: string): Promise<void> {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.closers.push(() => socket.destroy());
    const lines = Object.entries({ ...headers, host: 'x', 'content-length': `${Buffer.byteLength(body)}` });
    socket.write(
      `POST /graphql HTTP/1.1\r\n${lines.map((line) => line.join(': ')).join('\r\n')}\r\n\r\n${body}`,
    );
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      socket.once('data', (first) => {
        if (!first.includes('200 OK')) reject(new Error(first.toString()));
        resolve();
        socket.on('data', (data) => {
          let messages = 0;
          for (let at = data.indexOf(Crowd.EVENT); at >= 0; at = data.indexOf(Crowd.EVENT, at + 1))
            messages++;
          this.count(messages, index % 20 === 0 ? data : undefined);
        });
      });
    });
  }
}
