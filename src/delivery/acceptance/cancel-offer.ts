import { writeAudit } from '../../control/audit/index.ts';
import { DomainError, ValidationError, VersionConflictError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { releaseHubs } from '../capacity/index.ts';
import { requestRelease, runPayments } from '../charges/index.ts';
import { checkTransition, lockDesk, lockOffer, moveOffer, type Offer } from '../offers/index.ts';
import { lockOpportunity } from '../opportunities/index.ts';
import { hasLiveDelivery } from './store.ts';

export interface Cancellation {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Takes an offer back that has not been dispatched, with its slots and its money. Its opportunity is closed too,
 * otherwise the next cycle would offer it again. Audited. What is under way is ended by cancelling its delivery.
 */
export async function cancelOffer(
  scope: Scope,
  { id, expectedVersion, reason }: Cancellation,
): Promise<Offer> {
  const given = reason?.trim() || 'CANCELLED_BY_OPERATOR';
  if (given.length > 500) throw new ValidationError('reason', 'A reason has at most 500 characters.');
  const cancelled = await scope.db.tx(async (tx) => {
    await lockDesk(tx, scope.tenantId);
    const offer = await lockOffer(tx, scope.tenantId, id);
    if (expectedVersion != null && expectedVersion !== offer.version) {
      throw new VersionConflictError('offer', expectedVersion, offer.version);
    }
    checkTransition(offer.status, 'CANCELLED');
    if (offer.status === 'DISPATCHED' || (await hasLiveDelivery(tx, scope.tenantId, offer.id))) {
      throw new DomainError('INVALID_TRANSITION', 'Its delivery has begun; cancel the delivery instead.', {
        ...{ from: offer.status, to: 'CANCELLED' },
      });
    }
    await writeAudit(scope, tx, {
      ...{ action: 'offer.cancel', subject: offer.id, reason: given },
      ...{ before: { status: offer.status }, after: { status: 'CANCELLED' } },
    });
    return takeBack(scope, tx, offer, given);
  });
  if (cancelled.acceptedAt) await runPayments(scope, { offerId: cancelled.id });
  return cancelled;
}

/** Gives slots and money back and closes the offer; its lock is held. */
async function takeBack(scope: Scope, tx: Tx, offer: Offer, reason: string): Promise<Offer> {
  if (offer.acceptedAt) {
    await lockOpportunity(tx, scope.tenantId, offer.opportunityId);
    await releaseHubs(scope, tx, offer.opportunityId);
    await requestRelease(scope, tx, offer.id, reason);
  }
  return moveOffer(scope, tx, offer, 'CANCELLED', { reason });
}
