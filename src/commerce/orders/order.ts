import { uuidFrom } from '../../kernel/ids.ts';
import {
  type Candidate,
  choice,
  currency,
  type Fact,
  FieldError,
  flag,
  instant,
  type KindSpec,
  linkTo,
  type OrderItem,
  optionalInstant,
  optionalInteger,
  optionalMoney,
  optionalText,
  orderLines,
  place,
  type Raw,
  type ReadContext,
  sumOfLines,
  text,
  version,
} from '../ingest/index.ts';
import { addOrder } from '../rollups/index.ts';
import { ORDER_STATUSES, type OrderStatus } from './types.ts';

/** An order about to be stored: `items` is already JSON, as text or its bytes. */
export interface OrderFact extends Fact {
  customerId: string | null;
  cartId: string | null;
  status: OrderStatus;
  channel: string | null;
  currency: string;
  totalMinor: bigint;
  itemCount: number;
  items: string | Uint8Array;
  placedAt: Date;
  paidAt: Date | null;
  pickupCountry: string | null;
  pickupLat: number | null;
  pickupLon: number | null;
  deliveryCountry: string | null;
  deliveryLat: number | null;
  deliveryLon: number | null;
  weightGrams: number | null;
  isHazardous: boolean;
  /** Whether a line is a PRODUCT of positive quantity; derived from items, not stored. */
  hasProduct?: boolean;
}

const IS_PAID: ReadonlySet<OrderStatus> = new Set(['PAID', 'FULFILLED', 'REFUNDED']);
const HAS_NO_PAYMENT: ReadonlySet<OrderStatus> = new Set(['OPEN', 'ADJUSTMENT']);

/** One order as sent; throws FieldError. The total of the source wins over the sum of its lines. */
export function readOrder(raw: Raw, context: ReadContext): Candidate<OrderFact> {
  const externalId = text(raw, 'externalId', 200);
  const code = currency(raw);
  const items = orderLines(raw, code);
  const customer = linkTo(raw, 'customer', context);
  const cart = linkTo(raw, 'cart', context);
  const pickup = place(raw, 'pickup');
  const delivery = place(raw, 'delivery');
  const weight = optionalInteger(raw, 'weightGrams', 1n, 1_000_000_000n);
  const fact: OrderFact = {
    id: uuidFrom(context.tenantId, 'order', context.source, externalId),
    externalId,
    version: version(raw, context.now),
    customerId: customer?.id ?? null,
    cartId: cart?.id ?? null,
    ...states(raw, context.now),
    channel: optionalText(raw, 'channel', 100),
    currency: code,
    totalMinor: total(raw, code, items),
    itemCount: items.length,
    items: JSON.stringify(items),
    pickupCountry: pickup.country,
    pickupLat: pickup.lat,
    pickupLon: pickup.lon,
    deliveryCountry: delivery.country,
    deliveryLat: delivery.lat,
    deliveryLon: delivery.lon,
    weightGrams: weight === null ? null : Number(weight),
    isHazardous: flag(raw, 'isHazardous'),
    hasProduct: hasProduct(items),
  };
  return { fact, links: [customer, cart].filter((link) => link !== null) };
}

/** `paidAt` is `placedAt` when a paid order does not say; an order that nobody paid has none. */
function states(raw: Raw, now: Date): Pick<OrderFact, 'status' | 'placedAt' | 'paidAt'> {
  const status = choice(raw, 'status', ORDER_STATUSES);
  const placedAt = instant(raw, 'placedAt', now);
  const paidAt = optionalInstant(raw, 'paidAt', now) ?? (IS_PAID.has(status) ? placedAt : null);
  if (paidAt && HAS_NO_PAYMENT.has(status)) {
    throw new FieldError(
      'paidAt',
      'CONFLICT',
      `An order that is ${status} has no paidAt; send status PAID or no paidAt.`,
    );
  }
  if (paidAt && paidAt < placedAt) {
    throw new FieldError('paidAt', 'CONFLICT', 'paidAt must not be before placedAt.');
  }
  return { status, placedAt, paidAt };
}

function total(raw: Raw, code: string, items: OrderItem[]): bigint {
  const sum = sumOfLines(items);
  const given = optionalMoney(raw, 'total', code);
  if (given === null && items.length === 0) {
    throw new FieldError('items', 'REQUIRED', 'An order needs items or a totalMinor.');
  }
  return given ?? sum;
}

/** Whether any line is goods to send. */
export function hasProduct(items: readonly OrderItem[]): boolean {
  return items.some((item) => item.kind === 'PRODUCT' && item.quantity > 0);
}

export const orderSpec: KindSpec<OrderFact> = {
  kind: 'order',
  table: 'orders',
  columns: {
    externalId: 'text',
    version: 'int8',
    customerId: 'uuid',
    cartId: 'uuid',
    status: 'text',
    channel: 'text',
    currency: 'text',
    totalMinor: 'int8',
    itemCount: 'int4',
    items: 'json',
    placedAt: 'timestamptz',
    paidAt: 'timestamptz',
    pickupCountry: 'text',
    pickupLat: 'float8',
    pickupLon: 'float8',
    deliveryCountry: 'text',
    deliveryLat: 'float8',
    deliveryLon: 'float8',
    weightGrams: 'int4',
    isHazardous: 'bool',
  },
  read: readOrder,
  contribute: addOrder,
  latest: ({ placedAt, paidAt }) => (paidAt && paidAt > placedAt ? paidAt : placedAt),
};
