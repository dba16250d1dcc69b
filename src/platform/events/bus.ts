import { EventEmitter } from 'node:events';

/**
 * Carries committed events between instances. It may lose messages: followers detect a gap by seq and fill it
 * from Postgres. So Redis may drop, restart or be absent.
 */
export interface Bus {
  /** LOCAL: this process only, because no Redis was configured. */
  readonly kind: 'LOCAL' | 'REDIS';
  /** False while messages of other instances may be getting lost; followers then poll more often. */
  readonly isConnected: boolean;
  publish(channel: string, message: string): void;
  subscribe(channel: string, listener: (message: string) => void): () => void;
  /** Called after every (re)connection, and when the carrier falls silent: something may have been missed. */
  onReconnect(listener: () => void): () => void;
  /**
   * Takes a name for so many milliseconds among all instances: 0 when it is ours, else how long it is somebody's. Always
   * ours where nobody can be asked: inside one process, and while the carrier is away.
   */
  take(name: string, ms: number): Promise<number>;
  /** Asks the carrier for a sign of life; rejects when there is none. The local bus always has one. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The bus inside one process. `isAlone` says that no other instance shares the database; where one may, followers
 * must look at the log more often, because its events are not heard here.
 */
export function createLocalBus(isAlone = true): Bus {
  const emitter = new EventEmitter();
  emitter.setMaxListeners(0);
  return {
    kind: 'LOCAL',
    isConnected: isAlone,
    publish: (channel, message) => void emitter.emit(channel, message),
    subscribe: (channel, listener) => {
      emitter.on(channel, listener);
      return () => emitter.off(channel, listener);
    },
    onReconnect: () => () => {},
    take: async () => 0,
    ping: async () => {},
    close: async () => {
      emitter.removeAllListeners();
    },
  };
}
