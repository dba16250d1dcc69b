import { type Histogram, type RankTable, rankTable, valueBin } from './histogram.ts';

/** Where a value stands among the tenant's values of the same currency. */
export interface ValueRank {
  /** Percentile rank 0..100, ties at their middle; null when there is nothing to compare with. */
  readonly rank: number | null;
  /** Values compared with. */
  readonly n: number;
}

/**
 * What a tenant has ordered in the trailing 180 days, as far as scoring asks. The package being scored is not
 * part of it yet, otherwise nothing would ever be unseen.
 */
export interface CorpusView {
  /** Orders in the window, N. */
  readonly orders: number;
  /** Orders that contain the item, 0..N. */
  itemOrders(key: string): number;
  valueRank(currency: string, minor: bigint): ValueRank;
  /** When this combination of items was first ordered; null when never. */
  setFirstSeen(setHash: string): Date | null;
}

/** The same facts as plain data: what a store loads before a batch. */
export interface CorpusFacts {
  readonly orders: number;
  readonly itemOrders: ReadonlyMap<string, number>;
  /** Per currency, a histogram over `valueBin`. */
  readonly values: Readonly<Record<string, Histogram>>;
  readonly firstSeen: ReadonlyMap<string, Date>;
}

/** A view over facts held in memory, for one batch: every question is one look-up. */
export function corpusView(facts: CorpusFacts): CorpusView {
  const ranks = new Map<string, RankTable>();
  for (const [currency, histogram] of Object.entries(facts.values)) ranks.set(currency, rankTable(histogram));
  return {
    orders: facts.orders,
    itemOrders: (key) => facts.itemOrders.get(key) ?? 0,
    valueRank: (currency, minor) => {
      const table = ranks.get(currency);
      return table ? { rank: table.rankOf(valueBin(minor)), n: table.n } : { rank: null, n: 0 };
    },
    setFirstSeen: (setHash) => facts.firstSeen.get(setHash) ?? null,
  };
}

const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const STOP_WORDS = new Set('a an and at by for from in of on or the to with'.split(' '));

/** Identity of an item: its sku, else its normalised name (spec c.1). `~` keeps names apart from skus. */
export function itemKey(item: { readonly sku?: string | null; readonly name: string }): string {
  const sku = item.sku?.trim();
  return sku ? sku : `~${normaliseName(item.name)}`;
}

/** NFKC, lower case, stop words out, words sorted: "The Vase of Ming" and "ming VASE" are one item. */
export function normaliseName(name: string): string {
  const plain = name.normalize('NFKC').toLowerCase();
  const words = plain.match(WORD) ?? [plain.trim()];
  const telling = words.filter((word) => !STOP_WORDS.has(word));
  return (telling.length > 0 ? telling : words).sort().join(' ');
}
