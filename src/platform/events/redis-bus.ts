import { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';
import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Bus } from './bus.ts';
import { createHeartbeat } from './heartbeat.ts';

/** Redis is given up and connected to anew when a command has no answer for so long. */
const ANSWER_MS = 2_000;

/**
 * Names channels of one database: the installation's own tenant has the same id everywhere, and several installations may
 * share a Redis. Tenants' ids are unique, so their channels stay what the specification calls them.
 */
export const namespaceOf = (channel: string, database: string): string =>
  channel.includes(PLATFORM_TENANT) || !/[0-9a-f-]{36}/.test(channel) ? `${database}:${channel}` : channel;

/** Two connections, because one that subscribes may say nothing else. Neither keeps commands while it is away. */
function connect(url: string, onError: (error: Error) => void): [publisher: Redis, subscriber: Redis] {
  const options = {
    ...{ enableOfflineQueue: false, commandTimeout: ANSWER_MS, disconnectTimeout: 100 },
    retryStrategy: (n: number) => Math.min(100 * n, 2000),
  };
  const publisher = new Redis(url, { ...options, maxRetriesPerRequest: 1 });
  const subscriber = new Redis(url, { ...options, maxRetriesPerRequest: null, autoResubscribe: false });
  for (const client of [publisher, subscriber]) client.on('error', onError);
  return [publisher, subscriber];
}

/**
 * The bus over Redis pub/sub. A message published here reaches this process at once, without waiting for Redis,
 * and other instances when Redis delivers it; hearing it twice is harmless because followers go by seq.
 */
export function createRedisBus(url: string, onError: (error: Error) => void, database = ''): Bus {
  const local = new EventEmitter();
  local.setMaxListeners(0);
  const missed = new EventEmitter();
  missed.setMaxListeners(0);
  const [publisher, subscriber] = connect(url, onError);
  const isReady = () => publisher.status === 'ready' && subscriber.status === 'ready';
  const mayHaveMissed = () => void missed.emit('missed');
  const heartbeat = createHeartbeat({
    database,
    isReady,
    send: (channel) => publisher.publish(channel, ''),
    onSilence: mayHaveMissed,
    // A server that is frozen, or a network that swallows everything, closes nothing by itself.
    giveUp: () => {
      for (const client of [publisher, subscriber]) if (client.status === 'ready') client.disconnect(true);
    },
  });
  const resync = `${database}:resync`;
  subscriber.on('message', (channel: string, message: string) => {
    if (channel === resync) mayHaveMissed();
    else if (!heartbeat.hear(channel)) local.emit(channel, message);
  });
  subscriber.on('ready', () => {
    const channels = [resync, heartbeat.channel, ...(local.eventNames() as string[])];
    // Only what is said once the channels are subscribed to is heard.
    subscriber.subscribe(...channels).then(mayHaveMissed, onError);
  });
  // What this instance said while it was away has not reached the others, who may have been connected all the time.
  publisher.on('ready', () => void publisher.publish(resync, '').catch(onError));
  return {
    kind: 'REDIS',
    get isConnected() {
      return isReady() && heartbeat.isHeard;
    },
    publish(name, message) {
      const channel = namespaceOf(name, database);
      local.emit(channel, message);
      publisher.publish(channel, message).catch(onError);
    },
    subscribe(name, listener) {
      const channel = namespaceOf(name, database);
      const isFirst = local.listenerCount(channel) === 0;
      local.on(channel, listener);
      if (isFirst && subscriber.status === 'ready') subscriber.subscribe(channel).catch(onError);
      return () => {
        local.off(channel, listener);
        if (local.listenerCount(channel) > 0 || subscriber.status !== 'ready') return;
        subscriber.unsubscribe(channel).catch(onError);
      };
    },
    onReconnect(listener) {
      missed.on('missed', listener);
      return () => missed.off('missed', listener);
    },
    async take(name, ms) {
      const key = `${database}:taken:${name}`;
      try {
        if ((await publisher.set(key, 1, 'PX', ms, 'NX')) === 'OK') return 0;
        return Math.max(await publisher.pttl(key), 1);
      } catch {
        return 0;
      }
    },
    async ping() {
      await publisher.ping();
      if (subscriber.status !== 'ready') throw new Error('The subscribing connection is away.');
    },
    async close() {
      heartbeat.stop();
      publisher.disconnect();
      subscriber.disconnect();
      local.removeAllListeners();
      missed.removeAllListeners();
    },
  };
}
