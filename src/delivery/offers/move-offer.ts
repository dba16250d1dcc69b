import { InvalidTransitionError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { moveOpportunities, type OpportunityStatus } from '../opportunities/index.ts';
import { checkTransition, type Offer, type OfferStatus, offerEvent } from './offer.ts';
import { saveState } from './store.ts';

export interface OfferMove {
  /** Why it ended; the new status unless given. Kept only with a status that ends the offer. */
  readonly reason?: string | undefined;
  /** How the customer answered. */
  readonly via?: 'LINK' | 'API' | undefined;
  /** Where its opportunity goes instead of where it follows by itself. */
  readonly opportunityStatus?: OpportunityStatus | undefined;
}

/** Where the opportunity goes when its offer moves; PAYMENT_AUTHORIZED leaves it ACCEPTED. */
const FOLLOWS: Partial<Record<OfferStatus, OpportunityStatus>> = {
  OFFERED: 'OFFERED',
  ACCEPTED: 'ACCEPTED',
  DECLINED: 'DECLINED',
  EXPIRED: 'EXPIRED',
  DISPATCHED: 'DISPATCHED',
  DELIVERED: 'DELIVERED',
  CANCELLED: 'CANCELLED',
  REFUNDED: 'FAILED',
};

/** The instant a status is stamped with. */
const STAMPS: Partial<Record<OfferStatus, 'offeredAt' | 'acceptedAt' | 'authorizedAt' | 'dispatchedAt'>> = {
  OFFERED: 'offeredAt',
  ACCEPTED: 'acceptedAt',
  PAYMENT_AUTHORIZED: 'authorizedAt',
  DISPATCHED: 'dispatchedAt',
};
/** Steps that need the opportunity to be where the offer says it is: its order may have been cancelled. */
const NEEDS_OPPORTUNITY: ReadonlySet<OfferStatus> = new Set<OfferStatus>(['OFFERED', 'ACCEPTED']);
const ENDS: ReadonlySet<OfferStatus> = new Set<OfferStatus>([
  'DELIVERED',
  'EXPIRED',
  'DECLINED',
  'CANCELLED',
  'REFUNDED',
]);

/**
 * Moves a locked offer and its opportunity one step and logs it (spec c.3). The caller holds the offer's lock
 * (`lockOffer`) and calls this late: the event log is locked until the commit. InvalidTransition for a step the state
 * machine does not have, or when the opportunity is closed already.
 */
export async function moveOffer(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  to: OfferStatus,
  { reason, via, opportunityStatus }: OfferMove = {},
): Promise<Offer> {
  checkTransition(offer.status, to);
  const opportunityTo = opportunityStatus ?? FOLLOWS[to];
  if (opportunityTo) {
    const moved = await moveOpportunities(tx, scope.tenantId, [offer.opportunityId], opportunityTo);
    if (moved === 0 && NEEDS_OPPORTUNITY.has(to)) {
      throw new InvalidTransitionError('opportunity', 'CLOSED', opportunityTo);
    }
  }
  const stamp = STAMPS[to];
  const moved: Offer = {
    ...offer,
    status: to,
    ...(stamp && { [stamp]: scope.now }),
    ...(via && { answeredVia: via }),
    ...(ENDS.has(to) && { closedAt: scope.now, closedReason: reason ?? to }),
    version: offer.version + 1,
  };
  await saveState(tx, scope.tenantId, moved);
  const event = offerEvent(moved);
  if (event) await scope.events.append(tx, scope.tenantId, [event]);
  return moved;
}
