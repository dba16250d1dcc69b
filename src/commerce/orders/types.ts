export const ORDER_STATUSES = ['OPEN', 'PAID', 'FULFILLED', 'CANCELLED', 'REFUNDED', 'ADJUSTMENT'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

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
  kind: ItemKind;
}

/** An order that nobody has scored yet. It is a package: OPEN, PAID or FULFILLED with a product in it. */
export interface PendingOrder {
  id: string;
  version: bigint;
  customerId: string | null;
  status: OrderStatus;
  currency: string;
  totalMinor: bigint;
  items: OrderItem[];
  placedAt: Date;
  pickupCountry: string | null;
  pickupLat: number | null;
  pickupLon: number | null;
  deliveryCountry: string | null;
  deliveryLat: number | null;
  deliveryLon: number | null;
  weightGrams: number | null;
  isHazardous: boolean;
}
