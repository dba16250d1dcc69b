import { setTimeout as sleep } from 'node:timers/promises';

/** Keys that are remembered at once. */
const KEYS = 10_000;

/** Begins calls of one key at least `intervalMs` apart, in the order in which they asked. */
export function createPacer(now: () => number = () => performance.now()) {
  const free = new Map<string, number>();
  return async (key: string, intervalMs: number): Promise<void> => {
    const at = now();
    const turn = Math.max(free.get(key) ?? 0, at);
    if (free.size >= KEYS) for (const [old, until] of free) if (until <= at) free.delete(old);
    free.set(key, turn + intervalMs);
    if (turn > at) await sleep(turn - at);
  };
}
