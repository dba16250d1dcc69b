import {
  choice,
  integer,
  isMissing,
  MAX_MINOR,
  optionalMoney,
  optionalText,
  type Raw,
  shown,
  text,
  within,
} from './fields.ts';
import { FieldError } from './outcome.ts';

export const ITEM_KINDS = ['PRODUCT', 'FEE', 'ADJUSTMENT'] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** One line as stored: whole minor units, never beyond ±9,007,199,254,740,991. */
export interface OrderItem {
  sku?: string;
  name: string;
  category?: string;
  /** Whole, never 0; negative in a credit note. */
  quantity: number;
  unitPriceMinor: number;
  /** PRODUCT is goods; FEE is postage, commission, vouchers; ADJUSTMENT is a discount or correction. */
  kind: ItemKind;
}

/** Lines that one order or cart may have. */
export const MAX_LINES = 5_000;
const MAX_QUANTITY = 1_000_000_000n;

/** The lines under `items`; none when missing. Unit prices may have any sign, quantities too, but not 0. */
export function orderLines(raw: Raw, currency: string): OrderItem[] {
  const items = raw.items;
  if (isMissing(items)) return [];
  if (!Array.isArray(items)) {
    throw new FieldError('items', 'INVALID', `items must be a list of lines, not ${shown(items)}.`);
  }
  if (items.length > MAX_LINES) {
    throw new FieldError(
      'items',
      'TOO_LONG',
      `items has ${items.length} lines; at most ${MAX_LINES} are kept.`,
    );
  }
  return items.map((item: unknown, index) => within(`items.${index}`, () => line(item, currency)));
}

function line(item: unknown, currency: string): OrderItem {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    throw new FieldError('name', 'INVALID', 'A line must hold name, quantity and unitPriceMinor.');
  }
  const raw = item as Raw;
  const quantity = integer(raw, 'quantity', -MAX_QUANTITY, MAX_QUANTITY);
  if (quantity === 0n) {
    throw new FieldError('quantity', 'OUT_OF_RANGE', 'quantity must not be 0; leave the line out instead.');
  }
  const unitPriceMinor = optionalMoney(raw, 'unitPrice', currency);
  if (unitPriceMinor === null)
    throw new FieldError('unitPriceMinor', 'REQUIRED', 'unitPriceMinor is required.');
  const sku = optionalText(raw, 'sku', 200);
  const category = optionalText(raw, 'category', 200);
  return {
    ...(sku !== null && { sku }),
    name: text(raw, 'name', 500),
    ...(category !== null && { category }),
    quantity: Number(quantity),
    unitPriceMinor: Number(unitPriceMinor),
    kind: choice(raw, 'kind', ITEM_KINDS, 'PRODUCT'),
  };
}

/** Σ quantity × unit price, refused where it would lose digits. */
export function sumOfLines(items: readonly OrderItem[]): bigint {
  const sum = items.reduce(
    (total, { quantity, unitPriceMinor }) => total + BigInt(quantity) * BigInt(unitPriceMinor),
    0n,
  );
  if (sum > MAX_MINOR || sum < -MAX_MINOR) {
    throw new FieldError(
      'items',
      'OUT_OF_RANGE',
      `The lines sum to ${sum} minor units; the limit is ±${MAX_MINOR}.`,
    );
  }
  return sum;
}
