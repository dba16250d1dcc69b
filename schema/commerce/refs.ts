import type { CartRow } from '../../src/commerce/carts/index.ts';
import type { CustomerRow } from '../../src/commerce/customers/index.ts';
import type { OrderRow } from '../../src/commerce/orders/index.ts';
import type { PaymentRow } from '../../src/commerce/payments/index.ts';
import { ValidationError } from '../../src/kernel/errors.ts';
import { isUuid } from '../../src/kernel/ids.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';

// Orders, customers, carts and payments name each other, so all names exist before any is described.
export const CustomerType = builder.objectRef<CustomerRow>('Customer');
export const OrderType = builder.objectRef<OrderRow>('Order');
export const CartType = builder.objectRef<CartRow>('Cart');
export const PaymentType = builder.objectRef<PaymentRow>('Payment');

/** A getter for ids that came from outside: what is no row id names no row. */
export function find<Row>(
  get: (scope: Context['scope'], id: string) => Promise<Row | null>,
): (id: string | null, scope: Context['scope']) => Promise<Row | null> {
  return async (id, scope) => (id !== null && isUuid(id) ? get(scope, id) : null);
}

/** The row id of a filter's global id; throws ValidationError for a made-up one. */
export function filterId(globalId: { id: string } | null | undefined, field: string): string | undefined {
  if (!globalId) return undefined;
  if (isUuid(globalId.id)) return globalId.id;
  throw new ValidationError(field, 'This is not an id that this API gave out.');
}
