import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { PoolConfig } from 'pg';
import { type WebSocket, WebSocketServer } from 'ws';
import { createApp } from '../../src/app.ts';
import { createTenant } from '../../src/control/tenancy/index.ts';
import { createHttpServer } from '../../src/platform/http/index.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { answer } from '../kit/child.ts';

export const TOKEN = 'bench-admin-token-0123456789abcdefgh';
const CYCLE = '0190a1b2-0000-7000-8000-000000000001';

export type Message =
  | { do: 'start'; connection: PoolConfig; tenants: number }
  | { do: 'subscribers' }
  | { do: 'publish'; to: 'ws' | 'sse' | number; events: number; everyMs: number };

let app: ReturnType<typeof createApp>;
let http: ReturnType<typeof createHttpServer>;
const scopes: Scope[] = [];
let quiet: Scope;
const sockets = new Set<WebSocket>();
const responses = new Set<ServerResponse>();

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

/** The fact that is announced; `asOf` carries the instant it was sent at, to a hundredth of a millisecond. */
const fact = () => ({
  type: 'PHASE_STARTED' as const,
  payload: {
    cycleId: CYCLE,
    phase: (performance.timeOrigin + performance.now()).toFixed(2),
    attempt: 1,
  },
});

/** What our subscribers receive, as one text that a bare server sends to everyone. */
const bare = (seq: number, phase: string) => ({
  id: '1',
  type: 'next',
  payload: {
    data: {
      engineEvents: { __typename: 'PhaseStartedEvent', seq: `${seq}`, at: new Date(), cycleId: CYCLE, phase },
    },
  },
});

async function publish(message: Extract<Message, { do: 'publish' }>): Promise<void> {
  for (let i = 1; i <= message.events; i++) {
    const event = fact();
    const scope = typeof message.to === 'number' ? (scopes[message.to] as Scope) : quiet;
    // The baselines pay for the same row in the log.
    await scope.db.tx((tx) => app.source.events.append(tx, scope.tenantId, [event]));
    if (message.to === 'ws') {
      const text = JSON.stringify(bare(i, event.payload.phase));
      for (const socket of sockets) socket.send(text);
    } else if (message.to === 'sse') {
      const text = `event: next\ndata: ${JSON.stringify(bare(i, event.payload.phase).payload)}\n\n`;
      for (const response of responses) response.write(text);
    }
    if (message.everyMs > 0) await new Promise((resolve) => setTimeout(resolve, message.everyMs));
  }
}

answer<Message>(async (message) => {
  switch (message.do) {
    case 'start': {
      const log = createLogger('silent', false);
      const { connection } = message;
      app = createApp({ connection, adminToken: TOKEN, keyPepper: 'bench-pepper-0123456789', log });
      for (let i = 0; i <= message.tenants; i++) {
        const tenant = await createTenant(app.platform(), { slug: `fan-${i}`, name: `Fan ${i}` });
        scopes.push(await app.tenantScope(tenant.slug));
      }
      quiet = scopes.pop() as Scope;
      const { host } = app;
      http = createHttpServer({
        ...{ host, log, registry: app.registry, limits: { ratePerMinute: 100_000_000 } },
      });
      const { port } = await http.listen(0, '127.0.0.1');
      const wss = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
      wss.on('connection', (socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
      });
      await new Promise((resolve) => wss.once('listening', resolve));
      const sse = createServer((request, response) => {
        request.resume();
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(':\n\n');
        responses.add(response);
        response.on('close', () => responses.delete(response));
      });
      return { product: port, ws: (wss.address() as AddressInfo).port, sse: await listen(sse) };
    }
    case 'subscribers':
      return { product: http.streams.size, rooms: http.streams.rooms, ws: sockets.size, sse: responses.size };
    case 'publish': {
      const before = process.cpuUsage();
      await publish(message);
      const { user, system } = process.cpuUsage(before);
      return { cpuUs: user + system };
    }
  }
});
