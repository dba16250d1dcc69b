import type { Random } from '../../kernel/random.ts';
import type { DemoCurrency, DemoItem } from './catalogue.ts';
import type { LineItem } from './facts.ts';
import { type Sampler, sampler } from './sampler.ts';

/** What one customer puts together. */
export interface Basket {
  lines: LineItem[];
  /** The items behind the lines of goods, and how many of each. */
  goods: { item: DemoItem; quantity: number }[];
}

/** Fills baskets from a catalogue. */
export type FillBasket = (random: Random, currency: DemoCurrency, isCollector: boolean) => Basket;

/** Chances of 1, 2, 3, … different items in a basket. */
const LINES = [46, 27, 13, 7, 4, 3] as const;
const COLLECTOR_LINES = [14, 20, 22, 18, 14, 12] as const;
/** Chances of 1, 2, 3, … pieces of an item. */
const QUANTITIES = [81, 13, 3, 2, 0, 1] as const;

const POSTAGE: Record<DemoCurrency, { free: number; fee: number }> = {
  EUR: { free: 6_000, fee: 490 },
  GBP: { free: 5_000, fee: 395 },
  USD: { free: 7_500, fee: 695 },
  INR: { free: 250_000, fee: 9_900 },
};
const VOUCHERS = 0.04;

/** A basket holds 1 to 6 different items, sometimes postage and a voucher. */
export function basketFiller(catalogue: readonly DemoItem[]): FillBasket {
  const draw = {
    ordinary: sampler(catalogue.map(({ popularity }) => popularity)),
    collector: sampler(catalogue.map(({ appeal }) => appeal)),
  };
  return (random, currency, isCollector) => {
    const wanted = 1 + random.weighted(isCollector ? COLLECTOR_LINES : LINES);
    const items = distinct(random, isCollector ? draw.collector : draw.ordinary, catalogue, wanted);
    const goods = items.map((item) => ({ item, quantity: quantityOf(random, item) }));
    const lines = goods.map(({ item, quantity }): LineItem => {
      const { sku, name, category, price } = item;
      return { sku, name, category, quantity, unitPriceMinor: price[currency], kind: 'PRODUCT' };
    });
    return { goods, lines: [...lines, ...extras(random, currency, totalOf(lines))] };
  };
}

function distinct(random: Random, draw: Sampler, catalogue: readonly DemoItem[], wanted: number): DemoItem[] {
  const found = new Set<DemoItem>();
  while (found.size < wanted) found.add(catalogue[draw(random)] as DemoItem);
  return [...found];
}

/** Of a one-off there is one. */
const quantityOf = (random: Random, item: DemoItem): number =>
  item.home ? 1 : 1 + random.weighted(QUANTITIES);

function extras(random: Random, currency: DemoCurrency, goodsMinor: number): LineItem[] {
  const { free, fee } = POSTAGE[currency];
  const found: LineItem[] = [];
  if (random.next() < VOUCHERS) {
    const off = -Math.floor(goodsMinor / 10);
    found.push({ name: 'Voucher 10 %', quantity: 1, unitPriceMinor: off, kind: 'ADJUSTMENT' });
  }
  if (goodsMinor < free) found.push({ name: 'Postage', quantity: 1, unitPriceMinor: fee, kind: 'FEE' });
  return found;
}

/** Σ quantity × unit price in minor units; far below where a number loses digits. */
export function totalOf(lines: readonly LineItem[]): number {
  return lines.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
}
