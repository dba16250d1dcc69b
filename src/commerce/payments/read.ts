import type { Connection, PageArgs } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { createLoader, createReader, type Stored } from '../ingest/index.ts';
import { type PaymentFact, type PaymentStatus, paymentSpec } from './payment.ts';

/** A stored payment. */
export type PaymentRow = PaymentFact & Stored;

/** Every given condition must hold; instants are half-open. */
export interface PaymentFilter {
  source?: string | null;
  externalId?: string | null;
  status?: readonly PaymentStatus[] | null;
  currency?: string | null;
  method?: string | null;
  orderId?: string | null;
  customerId?: string | null;
  attemptedFrom?: Date | null;
  attemptedTo?: Date | null;
}

const reader = createReader<PaymentFact, PaymentRow>(paymentSpec.table, paymentSpec.columns, 'attemptedAt');

/** Payments, newest first. */
export function listPayments(
  scope: Scope,
  filter: PaymentFilter,
  page: PageArgs,
): Promise<Connection<PaymentRow>> {
  return reader.list(scope, page, (where) => {
    where
      .add('source = ?', filter.source)
      .add('external_id = ?', filter.externalId)
      .add('status = ANY (?::text[])', filter.status)
      .add('currency = ?', filter.currency)
      .add('method = ?', filter.method)
      .add('order_id = ?', filter.orderId)
      .add('customer_id = ?', filter.customerId)
      .add('attempted_at >= ?', filter.attemptedFrom)
      .add('attempted_at < ?', filter.attemptedTo);
  });
}

/** One payment of this tenant, or null; calls of one tick share one statement. */
export const getPayment = createLoader<PaymentRow>(reader.byIds);
