/** The shapes that the import verbs take, with the fields a demo fact always has. */
export interface CustomerItem {
  externalId: string;
  version: number;
  name: string;
  email: string;
  country: string;
  signedUpAt: Date;
  churnedAt: Date | null;
}

export interface LineItem {
  sku?: string;
  name: string;
  category?: string;
  quantity: number;
  unitPriceMinor: number;
  kind: 'PRODUCT' | 'FEE' | 'ADJUSTMENT';
}

export interface CartItem {
  externalId: string;
  version: number;
  customerExternalId: string | null;
  email: string | null;
  status: 'OPEN' | 'ORDERED' | 'CLOSED';
  currency: string;
  items: LineItem[];
  startedAt: Date;
  lastActivityAt: Date;
}

export interface PlaceItem {
  country: string;
  lat: number | null;
  lon: number | null;
}

export interface OrderItem {
  externalId: string;
  version: number;
  customerExternalId: string | null;
  cartExternalId: string | null;
  status: 'OPEN' | 'PAID' | 'CANCELLED' | 'REFUNDED';
  channel: string;
  currency: string;
  items: LineItem[];
  placedAt: Date;
  paidAt: Date | null;
  pickup: PlaceItem;
  delivery: PlaceItem;
  weightGrams: number | null;
  isHazardous: boolean;
}

export interface PaymentItem {
  externalId: string;
  version: number;
  orderExternalId: string;
  customerExternalId: string | null;
  status: 'AUTHORIZED' | 'CAPTURED' | 'FAILED' | 'VOIDED' | 'REFUNDED';
  currency: string;
  amountMinor: number;
  refundedMinor: number;
  attempt: number;
  method: string;
  declineCode: string | null;
  attemptedAt: Date;
  refundedAt: Date | null;
}

export interface ErrorItem {
  externalId: string;
  service: string;
  message: string;
  count: number;
  occurredAt: Date;
}

/** Everything there is to import, each list in order of time; a fact only refers to facts of earlier lists. */
export interface DemoFacts {
  customers: CustomerItem[];
  carts: CartItem[];
  orders: OrderItem[];
  payments: PaymentItem[];
  errors: ErrorItem[];
}

/** Nothing yet. */
export function noFacts(): DemoFacts {
  return { customers: [], carts: [], orders: [], payments: [], errors: [] };
}
