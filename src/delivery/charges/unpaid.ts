import type { Scope } from '../../platform/scope.ts';
import { expireHolds, releaseHubs } from '../capacity/index.ts';
import { lockOffer, moveOffer } from '../offers/index.ts';
import { requestRelease } from './request.ts';

const ACCEPTED = `
  SELECT id FROM offer WHERE tenant_id = $1 AND opportunity_id = ANY($2) AND status = 'ACCEPTED' ORDER BY id`;

/**
 * The sweep of holds that have run out, in a transaction of its own: accepted offers whose hold has run out unpaid end
 * EXPIRED (PAYMENT_TIMEOUT), slots free, and whatever the provider may have done is looked up and given back. Offers that
 * somebody is settling right now are left to them. Returns how many ended.
 */
export function expireUnpaid(scope: Scope): Promise<number> {
  const { tenantId } = scope;
  return scope.db.tx(async (tx) => {
    // They come locked, with their offers.
    const opportunityIds = await expireHolds(scope, tx);
    if (opportunityIds.length === 0) return 0;
    const due = await tx.rows<{ id: string }>(ACCEPTED, [tenantId, opportunityIds], 'accepted_unpaid');
    const offers = [];
    for (const { id } of due) {
      const offer = await lockOffer(tx, tenantId, id);
      await releaseHubs(scope, tx, offer.opportunityId);
      await requestRelease(scope, tx, id, 'PAYMENT_TIMEOUT');
      offers.push(offer);
    }
    // Last, because the first of these locks the event log.
    for (const offer of offers) await moveOffer(scope, tx, offer, 'EXPIRED', { reason: 'PAYMENT_TIMEOUT' });
    return offers.length;
  });
}
