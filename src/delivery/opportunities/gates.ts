import type { OrderStatus, PendingOrder } from '../../commerce/orders/index.ts';
import { productsOf } from '../rarity/index.ts';

/** Why an order is no opportunity (spec c.2). */
export const SKIP_REASONS = [
  'CANCELLED',
  'NO_GEO',
  'NO_WEIGHT',
  'HAZARDOUS',
  'DUPLICATE',
  'BELOW_THRESHOLD',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** An order that could be delivered: the fields the gates have found to be there. */
export interface Deliverable extends PendingOrder {
  pickupCountry: string;
  pickupLat: number;
  pickupLon: number;
  deliveryCountry: string;
  deliveryLat: number;
  deliveryLon: number;
  weightGrams: number;
}

const SALES: ReadonlySet<OrderStatus> = new Set<OrderStatus>(['OPEN', 'PAID', 'FULFILLED']);

/** Whether the order is a sale with a product in it. Only such orders are scored and enter the corpus. */
export function isPackage(order: Pick<PendingOrder, 'status' | 'items'>): boolean {
  return SALES.has(order.status) && productsOf(order).length > 0;
}

/** The first gate a sale fails, or null. The order of the gates is that of spec c.2. Pure. */
export function gateOf(order: PendingOrder, isDuplicate: boolean, isRare: boolean): SkipReason | null {
  const { pickupLat, pickupLon, deliveryLat, deliveryLon } = order;
  const places = [pickupLat, pickupLon, deliveryLat, deliveryLon];
  if (!order.pickupCountry || !order.deliveryCountry || places.includes(null)) return 'NO_GEO';
  if (order.weightGrams === null || order.weightGrams <= 0) return 'NO_WEIGHT';
  if (order.isHazardous) return 'HAZARDOUS';
  if (isDuplicate) return 'DUPLICATE';
  return isRare ? null : 'BELOW_THRESHOLD';
}
