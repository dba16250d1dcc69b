import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg, { type PoolConfig } from 'pg';
import { createApp } from '../../src/app.ts';
import { createApiKey } from '../../src/control/keys/index.ts';
import { createTenant } from '../../src/control/tenancy/index.ts';
import { createHttpServer } from '../../src/platform/http/index.ts';
import { createLogger } from '../../src/platform/log/logger.ts';
import { answer } from '../kit/child.ts';
import { createRaw, type Statement } from './raw.ts';

const PEPPER = 'bench-pepper-0123456789';

/** A tenant of the bench and a key of its own, as clients use them. */
export interface BenchTenant {
  id: string;
  key: string;
}

export type Message =
  | { do: 'tenants'; connection: PoolConfig; count: number }
  | { do: 'listen' }
  | { do: 'record'; tenant: string }
  | { do: 'recorded' };

const recordings = new Map<string, Statement[]>();
let recording: Statement[] | undefined;
let app: ReturnType<typeof createApp>;
let connection: PoolConfig;
let tenants: BenchTenant[] = [];

/** Remembers what the product sends while a mutation is recorded. */
const query = pg.Client.prototype.query;
pg.Client.prototype.query = function record(this: pg.Client, ...args: unknown[]) {
  const [first] = args;
  if (recording) {
    const statement = (typeof first === 'string' ? { text: first } : first) as Statement;
    if (!statement.text.includes('set_config')) recording.push({ ...statement });
  }
  return (query as (...a: unknown[]) => unknown).apply(this, args);
} as never;

const listen = (server: Server): Promise<number> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
  );

answer<Message>(async (message) => {
  switch (message.do) {
    case 'tenants': {
      connection = message.connection;
      const log = createLogger('silent', false);
      app = createApp({
        connection,
        adminToken: 'bench-admin-token-0123456789abcdefgh',
        keyPepper: PEPPER,
        log,
      });
      tenants = [];
      for (let i = 0; i < message.count; i++) {
        const { id, slug } = await createTenant(app.platform(), { slug: `bench-${i}`, name: `Bench ${i}` });
        const name = 'bench';
        const scopes = ['ADMIN' as const];
        const key = await createApiKey(await app.tenantScope(slug), {
          name,
          scopes,
          expiresAt: null,
        });
        tenants.push({ id, key: key.value });
      }
      return { tenants };
    }
    case 'listen': {
      const http = createHttpServer({
        ...{ host: app.host, log: createLogger('silent', false), registry: app.registry },
        limits: { ratePerMinute: 100_000_000 },
      });
      const { port } = await http.listen(0, '127.0.0.1');
      const first = tenants[0] as BenchTenant;
      return { product: port, raw: await listen(createRaw(connection, first.id, recordings)) };
    }
    case 'record': {
      recording = [];
      recordings.set(message.tenant, recording);
      return {};
    }
    case 'recorded': {
      const count = recording?.length ?? 0;
      recording = undefined;
      return { count };
    }
  }
});
