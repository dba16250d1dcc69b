import type { OrderItem, PendingOrder } from '../../commerce/orders/index.ts';
import { itemKey } from './corpus.ts';
import { addTo, type Histogram, rawBucket, valueBin } from './histogram.ts';
import type { Package } from './score.ts';
import { distinctSetHash } from './set-hash.ts';
import { dayOf } from './window.ts';

/** A package that stands for an order: scored as of the moment the order was placed. */
export interface OrderPackage extends Package {
  readonly orderId: string;
  readonly placedAt: Date;
}

/** An order as far as it is a package: the lines that are goods to send, worth the order's total. */
export function packageOf(
  order: Pick<PendingOrder, 'id' | 'placedAt' | 'items' | 'currency' | 'totalMinor'>,
): OrderPackage {
  const { id: orderId, placedAt, currency, totalMinor: amountMinor } = order;
  const estimatedValue = amountMinor > 0n ? { amountMinor, currency } : null;
  return { orderId, placedAt, items: productsOf(order), estimatedValue };
}

/** The lines that are goods to send. */
export function productsOf({ items }: Pick<PendingOrder, 'items'>): OrderItem[] {
  return items.filter((item) => item.kind === 'PRODUCT' && item.quantity > 0);
}

/** The identities a package is looked up and remembered by. */
export interface PackageKeys {
  readonly keys: readonly string[];
  readonly setHash: string;
}

/** What a batch adds to one day, and what a day takes away again when it leaves the window. */
export interface DayTotals {
  orders: number;
  /** Orders of the day that contain the item. */
  readonly items: Map<string, number>;
  /** Per currency, a histogram over `valueBin`. */
  readonly values: Record<string, Histogram>;
  readonly rawScores: Histogram;
}

/** Distinct item keys and their set's hash. */
export function keysOf(pkg: Package): PackageKeys {
  const keys = [...new Set(pkg.items.map(itemKey))];
  return { keys, setHash: distinctSetHash(keys) };
}

/** A day without orders. */
export function emptyDay(): DayTotals {
  return { orders: 0, items: new Map(), values: {}, rawScores: {} };
}

/** Adds one scored order to its day, in place. A value of zero or less says nothing and is not ranked. */
export function contribute(day: DayTotals, pkg: OrderPackage, { keys }: PackageKeys, raw: number): void {
  day.orders += 1;
  for (const key of keys) day.items.set(key, (day.items.get(key) ?? 0) + 1);
  addTo(day.rawScores, rawBucket(raw));
  const value = pkg.estimatedValue;
  if (!value || value.amountMinor <= 0n) return;
  day.values[value.currency] ??= {};
  addTo(day.values[value.currency] as Histogram, valueBin(value.amountMinor));
}

/** The batch's additions, a day at a time. */
export function byDay(
  batch: readonly { pkg: OrderPackage; keys: PackageKeys; raw: number }[],
): Map<string, DayTotals> {
  const days = new Map<string, DayTotals>();
  for (const { pkg, keys, raw } of batch) {
    const name = dayOf(pkg.placedAt);
    const day = days.get(name) ?? emptyDay();
    days.set(name, day);
    contribute(day, pkg, keys, raw);
  }
  return days;
}
