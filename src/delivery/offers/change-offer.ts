import { writeAudit } from '../../control/audit/index.ts';
import { getSteering } from '../../control/flags/index.ts';
import { InvalidTransitionError, VersionConflictError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { getOpportunity } from '../opportunities/index.ts';
import { moveOffer } from './move-offer.ts';
import { checkTransition, type Offer } from './offer.ts';
import { requireConsent, requireOpenDesk, requireRoute } from './require.ts';
import { lockDesk, lockOffer } from './store.ts';

export interface OfferChange {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
}

/**
 * Puts a PENDING offer before the customer; audited. Refused when it has run out (InvalidTransition), when the tenant's mode
 * holds all offers or the customer has said no meanwhile (HELD), or when no route exists any more (NOT_ROUTABLE).
 */
export async function offerAction(scope: Scope, change: OfferChange): Promise<Offer> {
  return scope.db.tx(async (tx) => {
    const offer = await open(scope, tx, change);
    checkTransition(offer.status, 'OFFERED');
    if (offer.expiresAt <= scope.now) throw new InvalidTransitionError('offer', 'EXPIRED', 'OFFERED');
    const settings = await getSteering(scope, tx);
    await requireOpenDesk(scope, tx, settings);
    await requireConsent(tx, scope.tenantId, offer.customerId, settings);
    await requireRoute(scope, tx, await getOpportunity(tx, scope.tenantId, offer.opportunityId), settings);
    await writeAudit(scope, tx, {
      ...{ action: 'offer.offer', subject: offer.id },
      ...{ before: { status: offer.status }, after: { status: 'OFFERED' } },
    });
    return moveOffer(scope, tx, offer, 'OFFERED');
  });
}

async function open(scope: Scope, tx: Tx, { id, expectedVersion }: OfferChange): Promise<Offer> {
  await lockDesk(tx, scope.tenantId);
  const offer = await lockOffer(tx, scope.tenantId, id);
  if (expectedVersion != null && expectedVersion !== offer.version) {
    throw new VersionConflictError('offer', expectedVersion, offer.version);
  }
  return offer;
}
