import { setImmediate } from 'node:timers/promises';
import { uuidFrom } from '../../kernel/ids.ts';
import type { Scope } from '../../platform/scope.ts';
import { getCart } from '../carts/index.ts';
import { getCustomer } from '../customers/index.ts';
import { getOrder } from '../orders/index.ts';
import { getPayment } from '../payments/index.ts';
import { type DemoBatch, toBatches } from './batches.ts';
import type { DemoFacts } from './facts.ts';
import { generateInSteps } from './generate.ts';
import { type ImportCounts, importFacts, noCounts } from './import-facts.ts';
import { DEMO_SEED, DEMO_SOURCE } from './plan.ts';

/** Facts in the database, of all there will be. */
export interface SeedProgress {
  done: number;
  total: number;
}

export interface SeedOptions {
  /** Where the known history ends. Keep it for the tenant: another end is another history. */
  endAt: Date;
  seed?: number;
  onProgress?: (progress: SeedProgress) => void;
  /** Stops between two batches. */
  signal?: AbortSignal;
}

export interface SeedResult extends SeedProgress, ImportCounts {
  /** False when the signal stopped it; call again to go on. */
  isComplete: boolean;
}

/**
 * Fills the tenant with sixty days of a demo shop through the import verbs, oldest facts first. Calling it again
 * goes on after the last batch that is stored, and does nothing when all are.
 */
export async function seedDemo(scope: Scope, options: SeedOptions): Promise<SeedResult> {
  const { endAt, onProgress, signal } = options;
  const batches = toBatches(await generate(options.seed ?? DEMO_SEED, endAt));
  const total = batches.reduce((sum, { items }) => sum + items.length, 0);
  const stored = await countStored(scope, batches);
  const counts = noCounts();
  let done = batches.slice(0, stored).reduce((sum, { items }) => sum + items.length, 0);
  onProgress?.({ done, total });
  for (const { list, items, isLast } of batches.slice(stored)) {
    if (signal?.aborted) return { ...counts, done, total, isComplete: false };
    await importFacts(scope, list, items, isLast ? endAt : null, counts);
    done += items.length;
    onProgress?.({ done, total });
  }
  return { ...counts, done, total, isComplete: true };
}

/** Generates without holding up whoever else is served. */
async function generate(seed: number, endAt: Date): Promise<DemoFacts> {
  const steps = generateInSteps(seed, endAt);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await setImmediate();
  }
}

const GETTERS = {
  customers: ['customer', getCustomer],
  carts: ['cart', getCart],
  orders: ['order', getOrder],
  payments: ['payment', getPayment],
} as const;

/** How many batches are stored. A batch is one transaction and they go in order, so its last fact speaks for it. */
async function countStored(scope: Scope, batches: readonly DemoBatch[]): Promise<number> {
  const found = await Promise.all(
    batches.map(async ({ list, items }) => {
      if (list === 'errors') return false;
      const [kind, get] = GETTERS[list];
      const id = uuidFrom(scope.tenantId, kind, DEMO_SOURCE, items.at(-1)?.externalId ?? '');
      return (await get(scope, id)) !== null;
    }),
  );
  return found.lastIndexOf(true) + 1;
}
