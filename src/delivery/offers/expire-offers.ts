import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { moveOpportunities } from '../opportunities/index.ts';
import { offerPayload } from './offer.ts';
import { expireDue, lockDesk, withdrawCancelled } from './store.ts';

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
  return closeDueOffers(scope, tx);
}

/** The same for callers that hold the desk. */
export async function closeDueOffers(scope: Scope, tx: Tx): Promise<ExpiryResult> {
  const withdrawn = await withdrawCancelled(tx, scope.tenantId, scope.now);
  const expired = await expireDue(tx, scope.tenantId, scope.now);
  const idsOf = (offers: typeof expired) => offers.map((offer) => offer.opportunityId);
  if (withdrawn.length > 0) await moveOpportunities(tx, scope.tenantId, idsOf(withdrawn), 'CANCELLED');
  if (expired.length > 0) await moveOpportunities(tx, scope.tenantId, idsOf(expired), 'EXPIRED');
  await scope.events.append(tx, scope.tenantId, [
    ...withdrawn.map((offer) => ({ type: 'ACTION_CANCELLED' as const, payload: offerPayload(offer) })),
    ...expired.map((offer) => ({ type: 'ACTION_EXPIRED' as const, payload: offerPayload(offer) })),
  ]);
  return { expired: expired.length, withdrawn: withdrawn.length };
}
