import { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';
import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Bus } from './bus.ts';

/**
 * Names channels of one database: the installation's own tenant has the same id everywhere, and several installations may
 * share a Redis. Tenants' ids are unique, so their channels stay what the specification calls them.
 */
export const namespaceOf = (channel: string, database: string): string =>
  channel.includes(PLATFORM_TENANT) || !/[0-9a-f-]{36}/.test(channel) ? `${database}:${channel}` : channel;

/**
 * The bus over Redis pub/sub. A message published here reaches this process at once, without waiting for Redis,
 * and other instances when Redis delivers it; hearing it twice is harmless because followers go by seq.
 */
export function createRedisBus(url: string, onError: (error: Error) => void, database = ''): Bus {
  const local = new EventEmitter();
  local.setMaxListeners(0);
  const options = {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy: (n: number) => Math.min(100 * n, 2000),
  };
  const publisher = new Redis(url, options);
  const subscriber = new Redis(url, {
    ...options,
    enableOfflineQueue: true,
    autoResubscribe: true,
    maxRetriesPerRequest: null,
  });
  publisher.on('error', onError);
  subscriber.on('error', onError);
  subscriber.on('message', (channel: string, message: string) => local.emit(channel, message));
  subscriber.on('ready', () => local.emit('reconnect'));
  return {
    kind: 'REDIS',
    get isConnected() {
      return publisher.status === 'ready' && subscriber.status === 'ready';
    },
    publish(name, message) {
      const channel = namespaceOf(name, database);
      local.emit(channel, message);
      publisher.publish(channel, message).catch(onError);
    },
    subscribe(name, listener) {
      const channel = namespaceOf(name, database);
      if (local.listenerCount(channel) === 0) subscriber.subscribe(channel).catch(onError);
      local.on(channel, listener);
      return () => {
        local.off(channel, listener);
        if (local.listenerCount(channel) === 0) subscriber.unsubscribe(channel).catch(onError);
      };
    },
    onReconnect(listener) {
      local.on('reconnect', listener);
      return () => local.off('reconnect', listener);
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
      publisher.disconnect();
      subscriber.disconnect();
      local.removeAllListeners();
    },
  };
}
