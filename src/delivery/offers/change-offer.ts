import { getSettings } from '../../control/tenancy/index.ts';
import {
  DomainError,
  InvalidTransitionError,
  ValidationError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { getOpportunity } from '../opportunities/index.ts';
import { loadHubs } from '../routing/index.ts';
import { moveOffer } from './move-offer.ts';
import { checkTransition, type Offer } from './offer.ts';
import { routeOf } from './propose.ts';
import { lockDesk, lockOffer } from './store.ts';

export interface OfferChange {
  readonly id: string;
  readonly expectedVersion?: number | null | undefined;
}

/**
 * Puts a PENDING offer before the customer. Refused when it has run out (InvalidTransition), when the tenant's
 * mode holds all offers (HELD) or when no route exists any more (NOT_ROUTABLE).
 */
export async function offerAction(scope: Scope, change: OfferChange): Promise<Offer> {
  return scope.db.tx(async (tx) => {
    const offer = await open(scope, tx, change);
    checkTransition(offer.status, 'OFFERED');
    if (offer.expiresAt <= scope.now) throw new InvalidTransitionError('offer', 'EXPIRED', 'OFFERED');
    const { upsellMode } = await getSettings(tx, scope.tenantId);
    if (upsellMode === 'OFF' || upsellMode === 'OBSERVE') {
      const reason = upsellMode === 'OFF' ? 'MODE_OFF' : 'DRY_RUN';
      throw new DomainError('HELD', `The upsell mode is ${upsellMode}; set it to APPROVE or AUTO first.`, {
        reason,
      });
    }
    await checkRoute(scope, tx, offer);
    return moveOffer(scope, tx, offer, 'OFFERED');
  });
}

/** Takes an offer back. Its opportunity is closed too, otherwise the next cycle would offer it again. */
export async function cancelOffer(
  scope: Scope,
  change: OfferChange & { readonly reason?: string | null | undefined },
): Promise<Offer> {
  const reason = change.reason?.trim() || 'CANCELLED_BY_OPERATOR';
  if (reason.length > 500) throw new ValidationError('reason', 'A reason has at most 500 characters.');
  return scope.db.tx(async (tx) => {
    const offer = await open(scope, tx, change);
    return moveOffer(scope, tx, offer, 'CANCELLED', { reason });
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

async function checkRoute(scope: Scope, tx: Tx, offer: Offer): Promise<void> {
  const opportunity = await getOpportunity(tx, scope.tenantId, offer.opportunityId);
  const route = routeOf(opportunity, await loadHubs(tx, scope.tenantId));
  if (route.ok) return;
  const text = route.reasons.map((reason) => reason.text).join(' ');
  throw new DomainError('NOT_ROUTABLE', text, { reasons: route.reasons });
}
