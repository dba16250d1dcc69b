import { PLATFORM_TENANT } from '../../kernel/ids.ts';
import type { Bus } from '../events/bus.ts';

const CHANNEL = 'tenant-cache';
/**
 * How old a value may be. Changes are usually heard of at once; a writer that died after its commit, or lost Redis, is
 * noticed by age, within the two seconds that a freeze may take (spec j.5).
 */
const MAX_AGE_MS = 1_500;
const SIZE = 20_000;

/** A remembered value. */
export interface Cached<T> {
  readonly value: T;
  /** True when it should have been read again and could not be: it is what was last known. */
  readonly isStale: boolean;
}

/**
 * What is read often and changed rarely, remembered per tenant in every process. A change is heard of over the bus, at
 * once; where the bus is away it is noticed by age, within two seconds.
 */
export interface TenantCache {
  /** The value `name` of the tenant; `load` reads it with the caller's own database handle. */
  get<T>(name: string, tenantId: string, load: () => Promise<T>): Promise<Cached<T>>;
  /** What is known right now, however old; undefined when nothing is. For code that cannot wait. */
  peek<T>(name: string, tenantId: string): T | undefined;
  /** After the commit of a change: forgets the value here and on every instance. The installation's is everybody's. */
  invalidate(name: string, tenantId: string): void;
  close(): void;
}

interface Entry {
  value: unknown;
  loadedAt: number;
}

/** A cache over the given bus; `now` is a monotonic clock in ms. */
export function createTenantCache(bus: Bus, now: () => number = () => performance.now()): TenantCache {
  const entries = new Map<string, Map<string, Entry>>();
  let size = 0;
  /** Counts what was forgotten, so that a value read before a change is not remembered after it. */
  let generation = 0;

  const forget = (name: string, tenantId: string): void => {
    generation++;
    const byTenant = entries.get(name);
    if (!byTenant) return;
    if (tenantId === PLATFORM_TENANT) {
      for (const entry of byTenant.values()) entry.loadedAt = Number.NEGATIVE_INFINITY;
    } else {
      const entry = byTenant.get(tenantId);
      if (entry) entry.loadedAt = Number.NEGATIVE_INFINITY;
    }
  };
  const forgetAll = (): void => {
    for (const name of entries.keys()) forget(name, PLATFORM_TENANT);
  };
  const remember = (name: string, tenantId: string, value: unknown): void => {
    if (size >= SIZE) {
      entries.clear();
      size = 0;
    }
    let byTenant = entries.get(name);
    if (!byTenant) {
      byTenant = new Map();
      entries.set(name, byTenant);
    }
    if (!byTenant.has(tenantId)) size++;
    byTenant.set(tenantId, { value, loadedAt: now() });
  };
  const unsubscribe = bus.subscribe(CHANNEL, (message) => {
    const { name, tenantId } = JSON.parse(message) as { name: string; tenantId: string };
    forget(name, tenantId);
  });
  const stopListening = bus.onReconnect(forgetAll);

  return {
    async get<T>(name: string, tenantId: string, load: () => Promise<T>): Promise<Cached<T>> {
      const entry = entries.get(name)?.get(tenantId);
      if (entry && now() - entry.loadedAt <= MAX_AGE_MS) return { value: entry.value as T, isStale: false };
      const before = generation;
      try {
        const value = await load();
        if (generation === before) remember(name, tenantId, value);
        return { value, isStale: false };
      } catch (error) {
        if (!entry) throw error;
        return { value: entry.value as T, isStale: true };
      }
    },
    peek: <T>(name: string, tenantId: string) => entries.get(name)?.get(tenantId)?.value as T | undefined,
    invalidate(name, tenantId) {
      forget(name, tenantId);
      bus.publish(CHANNEL, JSON.stringify({ name, tenantId }));
    },
    close() {
      unsubscribe();
      stopListening();
    },
  };
}
