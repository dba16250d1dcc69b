import { ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer, moveOffer, type Offer } from '../offers/index.ts';
import { type Answer, checkOpen } from './accept-offer.ts';

/** OFFERED → DECLINED, with the customer's reason in up to 500 characters. Declining again changes nothing. */
export async function declineOffer(
  scope: Scope,
  { id, expectedVersion, via, reason }: Answer & { readonly reason?: string | null | undefined },
): Promise<Offer> {
  const given = reason?.trim() || 'DECLINED';
  if (given.length > 500) throw new ValidationError('reason', 'A reason has at most 500 characters.');
  return scope.db.tx(async (tx) => {
    const offer = await lockOffer(tx, scope.tenantId, id);
    if (offer.status === 'DECLINED') return offer;
    checkOpen(scope, offer, 'DECLINED', expectedVersion);
    return moveOffer(scope, tx, offer, 'DECLINED', { via, reason: given });
  });
}
