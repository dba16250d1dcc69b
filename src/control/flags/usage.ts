import { HOUR_MS } from '../../kernel/time.ts';
import type { TenantCache } from '../../platform/cache/tenant-cache.ts';
import type { Sql } from '../../platform/db/sql.ts';

/** Keys remembered between two flushes of one process; what is beyond them is told at its next use. */
const MAX_KEYS = 50_000;
const FLUSH_MS = 60_000;

/**
 * Which flags were asked for, kept in memory and written in batches: a flag is told of once an hour per process, which
 * is plenty for a report about 30 days.
 */
class FlagUsage {
  private used = new Map<string, Set<string>>();
  private told = new Map<string, number>();
  private size = 0;

  note(ownerId: string, key: string): void {
    if (this.size >= MAX_KEYS) return;
    let keys = this.used.get(ownerId);
    if (!keys) {
      keys = new Set();
      this.used.set(ownerId, keys);
    }
    if (keys.has(key)) return;
    keys.add(key);
    this.size++;
  }

  /** What is due to be written, by whose flags they are. */
  take(now: Date): Map<string, string[]> {
    const due = new Map<string, string[]>();
    if (this.told.size > MAX_KEYS) this.told.clear();
    for (const [ownerId, keys] of this.used) {
      const fresh = [...keys].filter((key) => {
        const name = `${ownerId} ${key}`;
        if (now.getTime() - (this.told.get(name) ?? 0) < HOUR_MS) return false;
        this.told.set(name, now.getTime());
        return true;
      });
      if (fresh.length > 0) due.set(ownerId, fresh);
    }
    this.used = new Map();
    this.size = 0;
    return due;
  }
}

const usages = new WeakMap<TenantCache, FlagUsage>();

/** The usage counter of the process that this cache belongs to. */
export function usageOf(cache: TenantCache): FlagUsage {
  let usage = usages.get(cache);
  if (!usage) {
    usage = new FlagUsage();
    usages.set(cache, usage);
  }
  return usage;
}

export interface UsageOptions {
  readonly cache: TenantCache;
  readonly dbFor: (tenantId: string) => Sql;
  readonly clock: () => Date;
  readonly onError: (error: unknown) => void;
}

/** Writes what was asked for since the last time, one statement per owner of flags. */
export async function flushFlagUsage({ cache, dbFor, clock }: UsageOptions): Promise<number> {
  const now = clock();
  const due = usageOf(cache).take(now);
  for (const [ownerId, keys] of due) {
    await dbFor(ownerId).run(
      `INSERT INTO flag_usage (tenant_id, key, last_evaluated_at) SELECT $1, k, $3 FROM unnest($2::text[]) AS k
       ON CONFLICT (tenant_id, key) DO UPDATE
         SET last_evaluated_at = greatest(flag_usage.last_evaluated_at, excluded.last_evaluated_at)`,
      [ownerId, keys, now],
      'flag_usage',
    );
  }
  return due.size;
}

/** Flushes once a minute until stopped; what a crash loses is told again by the next use. */
export function startFlagUsage(options: UsageOptions): { stop(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = flushFlagUsage(options).catch(options.onError);
  }, FLUSH_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
      await flushFlagUsage(options).catch(options.onError);
    },
  };
}
