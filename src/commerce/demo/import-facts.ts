import type { Scope } from '../../platform/scope.ts';
import { importCarts } from '../carts/index.ts';
import { importCustomers } from '../customers/index.ts';
import { importErrorEvents } from '../errors/index.ts';
import type { ItemResult, Raw } from '../ingest/index.ts';
import { importOrders } from '../orders/index.ts';
import { importPayments } from '../payments/index.ts';
import type { FactList } from './batches.ts';
import type { DemoFacts } from './facts.ts';
import { DEMO_SOURCE } from './plan.ts';

const IMPORT = {
  customers: importCustomers,
  carts: importCarts,
  orders: importOrders,
  payments: importPayments,
  errors: importErrorEvents,
} as const;

/** What became of the facts of one or more calls. */
export interface ImportCounts {
  created: number;
  updated: number;
  unchanged: number;
}

/** Nothing imported yet. */
export function noCounts(): ImportCounts {
  return { created: 0, updated: 0, unchanged: 0 };
}

/**
 * One call of the verb that every source uses, added to `counts`. A refused demo fact is a fault of the generator:
 * throws Error with its reason.
 */
export async function importFacts(
  scope: Scope,
  list: FactList,
  items: DemoFacts[FactList],
  completeTo: Date | null,
  counts: ImportCounts,
): Promise<void> {
  const raws = items as unknown as readonly Raw[];
  const results = await IMPORT[list](scope, { source: DEMO_SOURCE, completeTo, items: raws });
  for (const result of results) {
    if (result.outcome === 'REJECTED') throw new Error(refusal(list, result));
    if (result.outcome === 'CREATED') counts.created++;
    else if (result.outcome === 'UPDATED') counts.updated++;
    else counts.unchanged++;
  }
}

const refusal = (list: FactList, { externalId, error }: ItemResult): string =>
  `Demo ${list} ${externalId} was refused: ${error?.field} ${error?.message}`;
