import { InvalidTransitionError, NotFoundError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { LIVE_STATUSES, type Offer, offersById } from '../offers/index.ts';

export interface OfferLink {
  /** Opens the page on which the customer sees and answers the offer, without a login. */
  readonly url: string;
  /** From then on it shows nothing any more, unless the offer was accepted. */
  readonly expiresAt: Date;
}

/**
 * The link that the shop sends to its customer. The same offer has the same link. NotFound; InvalidTransition while the
 * offer waits for approval or after it has ended.
 */
export async function createOfferLink(scope: Scope, { id }: { id: string }): Promise<OfferLink> {
  const [offer] = await offersById(scope, [id]);
  if (!offer) throw new NotFoundError('offer', id);
  const isLive =
    offer.status !== 'PENDING' && (LIVE_STATUSES as readonly Offer['status'][]).includes(offer.status);
  if (!isLive) throw new InvalidTransitionError('offer', offer.status, 'OFFERED');
  const { expiresAt } = offer;
  const url = scope.outbound.offerPage({ tenantId: scope.tenantId, offerId: offer.id, expiresAt });
  return { url, expiresAt };
}
