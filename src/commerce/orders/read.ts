import type { Connection, PageArgs } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { createLoader, createReader, type OrderItem, type Stored } from '../ingest/index.ts';
import { type OrderFact, orderSpec } from './order.ts';
import type { OrderStatus } from './types.ts';

/** A stored order. */
export type OrderRow = Omit<OrderFact, 'items' | 'hasProduct'> & Stored & { items: OrderItem[] };

/** Every given condition must hold; instants are half-open. */
export interface OrderFilter {
  source?: string | null;
  externalId?: string | null;
  status?: readonly OrderStatus[] | null;
  channel?: string | null;
  currency?: string | null;
  customerId?: string | null;
  deliveryCountry?: string | null;
  placedFrom?: Date | null;
  placedTo?: Date | null;
}

const reader = createReader<OrderFact, OrderRow>(orderSpec.table, orderSpec.columns, 'placedAt');

/** Orders, newest first. */
export function listOrders(scope: Scope, filter: OrderFilter, page: PageArgs): Promise<Connection<OrderRow>> {
  return reader.list(scope, page, (where) => {
    where
      .add('source = ?', filter.source)
      .add('external_id = ?', filter.externalId)
      .add('status = ANY (?::text[])', filter.status)
      .add('channel = ?', filter.channel)
      .add('currency = ?', filter.currency)
      .add('customer_id = ?', filter.customerId)
      .add('delivery_country = ?', filter.deliveryCountry)
      .add('placed_at >= ?', filter.placedFrom)
      .add('placed_at < ?', filter.placedTo);
  });
}

/** One order of this tenant, or null; calls of one tick share one statement. */
export const getOrder = createLoader<OrderRow>(reader.byIds);
