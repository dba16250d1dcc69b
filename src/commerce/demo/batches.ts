import type { DemoFacts } from './facts.ts';

/** In the order of import within a stretch of time: a fact names only facts of earlier lists. */
export const FACT_LISTS = ['errors', 'customers', 'carts', 'orders', 'payments'] as const;
export type FactList = (typeof FACT_LISTS)[number];

/** One call of an import verb. */
export interface DemoBatch {
  readonly list: FactList;
  readonly items: DemoFacts[FactList];
  /** True for the last batch of its list: afterwards the list is complete. */
  readonly isLast: boolean;
}

/** Stretches of so many orders go in together: few enough that their payments, too, fit into one call of 1,000. */
const STRETCH = 930;
const MAX_ITEMS = 1_000;
/** Thirteen small calls cost half a second more than one, so these go in whole, before the first stretch. */
const AT_ONCE: readonly FactList[] = ['errors', 'customers'];

const INSTANT: { [L in FactList]: (item: DemoFacts[L][number]) => Date } = {
  customers: (item) => item.signedUpAt,
  carts: (item) => item.startedAt,
  orders: (item) => item.placedAt,
  payments: (item) => item.attemptedAt,
  errors: (item) => item.occurredAt,
};

/**
 * Cuts ordered facts into calls: the customers, then stretch by stretch in order of time carts before orders before
 * payments, because a fact may only name facts that exist.
 */
export function toBatches(facts: DemoFacts): DemoBatch[] {
  const cuts = facts.orders.filter((_, i) => i > 0 && i % STRETCH === 0).map((order) => order.placedAt);
  const taken: Record<FactList, number> = { customers: 0, carts: 0, orders: 0, payments: 0, errors: 0 };
  return [...cuts, null].flatMap((cut) =>
    FACT_LISTS.flatMap((list) => {
      const from = taken[list];
      const all: DemoFacts[FactList] = facts[list];
      const instant = INSTANT[list] as (item: DemoFacts[FactList][number]) => Date;
      const until = AT_ONCE.includes(list) ? null : cut;
      let to = until ? from : all.length;
      while (until && to < all.length && instant(all[to] as DemoFacts[FactList][number]) < until) to++;
      taken[list] = to;
      return slices(list, all, from, to);
    }),
  );
}

function slices(list: FactList, all: DemoFacts[FactList], from: number, to: number): DemoBatch[] {
  const found: DemoBatch[] = [];
  for (let at = from; at < to; at += MAX_ITEMS) {
    const end = Math.min(at + MAX_ITEMS, to);
    found.push({ list, items: all.slice(at, end) as DemoFacts[FactList], isLast: end === all.length });
  }
  return found;
}
