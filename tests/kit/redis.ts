import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { Redis } from 'ioredis';
import { eventually } from './process.ts';

/** A Redis of a test's own, which it may stop and start again on the same port. */
export interface OwnRedis {
  readonly url: string;
  start(): Promise<void>;
  /** Kills it; what it knew is gone. */
  stop(): Promise<void>;
  /** It stays connected and says nothing more (SIGSTOP), until it is thawed. */
  freeze(): void;
  thaw(): void;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a redis-server on a free port, without persistence. */
export async function ownRedis(): Promise<OwnRedis> {
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  let child: ReturnType<typeof spawn> | undefined;
  const redis: OwnRedis = {
    url,
    async start() {
      child = spawn('redis-server', [...args, '--dir', tmpdir()], { stdio: 'ignore' });
      await eventually('Redis answers', () => ping(url), 10_000);
    },
    freeze: () => void child?.kill('SIGSTOP'),
    thaw: () => void child?.kill('SIGCONT'),
    async stop() {
      if (!child) return;
      const closed = once(child, 'close');
      child.kill('SIGKILL');
      await closed;
      child = undefined;
    },
  };
  await redis.start();
  return redis;
}

async function ping(url: string): Promise<boolean> {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    client.disconnect();
  }
}
