import { EventEmitter } from 'node:events';
import { Redis } from 'ioredis';
import type { Bus } from './bus.ts';

/**
 * The bus over Redis pub/sub. A message published here reaches this process at once, without waiting for Redis,
 * and other instances when Redis delivers it; hearing it twice is harmless because followers go by seq.
 */
export function createRedisBus(url: string, onError: (error: Error) => void): Bus {
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
    get isConnected() {
      return publisher.status === 'ready' && subscriber.status === 'ready';
    },
    publish(channel, message) {
      local.emit(channel, message);
      publisher.publish(channel, message).catch(onError);
    },
    subscribe(channel, listener) {
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
    async close() {
      publisher.disconnect();
      subscriber.disconnect();
      local.removeAllListeners();
    },
  };
}
