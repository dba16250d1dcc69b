import type { Connection, PageArgs } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { createLoader, createReader, type OrderItem, type Stored } from '../ingest/index.ts';
import { type CartFact, type CartStatus, cartSpec } from './cart.ts';

/** A stored cart. */
export type CartRow = Omit<CartFact, 'items'> & Stored & { items: OrderItem[] };

/** Every given condition must hold; instants are half-open. */
export interface CartFilter {
  source?: string | null;
  externalId?: string | null;
  status?: readonly CartStatus[] | null;
  customerId?: string | null;
  lastActivityFrom?: Date | null;
  lastActivityTo?: Date | null;
}

const reader = createReader<CartFact, CartRow>(cartSpec.table, cartSpec.columns, 'lastActivityAt');

/** Carts, newest first. */
export function listCarts(scope: Scope, filter: CartFilter, page: PageArgs): Promise<Connection<CartRow>> {
  return reader.list(scope, page, (where) => {
    where
      .add('source = ?', filter.source)
      .add('external_id = ?', filter.externalId)
      .add('status = ANY (?::text[])', filter.status)
      .add('customer_id = ?', filter.customerId)
      .add('last_activity_at >= ?', filter.lastActivityFrom)
      .add('last_activity_at < ?', filter.lastActivityTo);
  });
}

/** One cart of this tenant, or null; calls of one tick share one statement. */
export const getCart = createLoader<CartRow>(reader.byIds);
