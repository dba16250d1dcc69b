import type { Connection, PageArgs } from '../../kernel/page.ts';
import type { Scope } from '../../platform/scope.ts';
import { createLoader, createReader, type Stored } from '../ingest/index.ts';
import { type CustomerFact, customerSpec } from './customer.ts';

/** A stored customer. */
export type CustomerRow = CustomerFact & Stored;

/** Every given condition must hold; instants are half-open. */
export interface CustomerFilter {
  source?: string | null;
  externalId?: string | null;
  country?: string | null;
  email?: string | null;
  signedUpFrom?: Date | null;
  signedUpTo?: Date | null;
}

const reader = createReader<CustomerFact, CustomerRow>(
  customerSpec.table,
  customerSpec.columns,
  'signedUpAt',
);

/** Customers, newest first. */
export function listCustomers(
  scope: Scope,
  filter: CustomerFilter,
  page: PageArgs,
): Promise<Connection<CustomerRow>> {
  return reader.list(scope, page, (where) => {
    where
      .add('source = ?', filter.source)
      .add('external_id = ?', filter.externalId)
      .add('country = ?', filter.country)
      .add('email = ?', filter.email)
      .add('signed_up_at >= ?', filter.signedUpFrom)
      .add('signed_up_at < ?', filter.signedUpTo);
  });
}

/** One customer of this tenant, or null; calls of one tick share one statement. */
export const getCustomer = createLoader<CustomerRow>(reader.byIds);
