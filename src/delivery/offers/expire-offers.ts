import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { moveOpportunities } from '../opportunities/index.ts';
import { offerEvent } from './offer.ts';
import { closeDue, lockDesk } from './store.ts';

export interface ExpiryResult {
  expired: number;
  /** Offers taken back because their order was cancelled or refunded. */
  withdrawn: number;
}

/**
 * Closes offers whose time is up or whose order is gone, and their opportunities with them. An opportunity whose
 * offer expired is final: nobody is asked twice for the same version of an order (C14 counts every offer by itself).
 */
export async function expireOffers(scope: Scope, tx: Tx): Promise<ExpiryResult> {
  await lockDesk(tx, scope.tenantId);
  const { events, ...closed } = await closeDueOffers(scope, tx);
  await scope.events.append(tx, scope.tenantId, events);
  return closed;
}

/** The same for callers that hold the desk; the events are theirs to append, last of all. */
export async function closeDueOffers(scope: Scope, tx: Tx): Promise<ExpiryResult & { events: NewEvent[] }> {
  const closed = await closeDue(tx, scope.tenantId, scope.now);
  const withdrawn = closed.filter(({ status }) => status === 'CANCELLED');
  const expired = closed.filter(({ status }) => status === 'EXPIRED');
  const idsOf = (offers: typeof expired) => offers.map((offer) => offer.opportunityId);
  if (withdrawn.length > 0) await moveOpportunities(tx, scope.tenantId, idsOf(withdrawn), 'CANCELLED');
  if (expired.length > 0) await moveOpportunities(tx, scope.tenantId, idsOf(expired), 'EXPIRED');
  const events = closed.flatMap((offer) => offerEvent(offer) ?? []);
  return { expired: expired.length, withdrawn: withdrawn.length, events };
}
