import { getSettings } from '../../control/tenancy/index.ts';
import {
  DomainError,
  InvalidTransitionError,
  NotFoundError,
  ValidationError,
  VersionConflictError,
} from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { getOpportunity, moveOpportunities } from '../opportunities/index.ts';
import { loadHubs } from '../routing/index.ts';
import { checkTransition, type Offer, offerPayload } from './offer.ts';
import { routeOf } from './propose.ts';
import { lockDesk, lockOffer, saveState } from './store.ts';

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
    const moved = await moveOpportunities(tx, scope.tenantId, [offer.opportunityId], 'OFFERED');
    if (moved === 0) throw new InvalidTransitionError('opportunity', 'CANCELLED', 'OFFERED');
    return save(scope, tx, { ...offer, status: 'OFFERED', offeredAt: scope.now }, 'ACTION_PROPOSED');
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
    checkTransition(offer.status, 'CANCELLED');
    await moveOpportunities(tx, scope.tenantId, [offer.opportunityId], 'CANCELLED');
    const closed = { ...offer, status: 'CANCELLED' as const, closedAt: scope.now, closedReason: reason };
    return save(scope, tx, closed, 'ACTION_CANCELLED');
  });
}

async function open(scope: Scope, tx: Tx, { id, expectedVersion }: OfferChange): Promise<Offer> {
  await lockDesk(tx, scope.tenantId);
  const offer = isUuid(id) ? await lockOffer(tx, scope.tenantId, id) : undefined;
  if (!offer) throw new NotFoundError('offer', id);
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

async function save(
  scope: Scope,
  tx: Tx,
  changed: Offer,
  type: 'ACTION_PROPOSED' | 'ACTION_CANCELLED',
): Promise<Offer> {
  const offer = { ...changed, version: changed.version + 1 };
  await saveState(tx, scope.tenantId, offer);
  await scope.events.append(tx, scope.tenantId, [{ type, payload: offerPayload(offer) }]);
  return offer;
}
