import type { OrderItem } from '../ingest/index.ts';

export const ORDER_STATUSES = ['OPEN', 'PAID', 'FULFILLED', 'CANCELLED', 'REFUNDED', 'ADJUSTMENT'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/**
 * An order that nobody has looked at since it last changed: OPEN, PAID or FULFILLED with a product in it, or one
 * that was so before (cancelled since), so that what was made of it can be closed.
 */
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
