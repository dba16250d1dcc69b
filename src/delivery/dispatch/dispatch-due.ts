import type { Scope } from '../../platform/scope.ts';
import { lockOffer } from '../offers/index.ts';
import { type Dispatched, dispatchPaid } from './dispatch-paid.ts';
import { endUndispatched } from './end-delivery.ts';
import type { Paid } from './paid.ts';
import { deliveryOfOffer } from './store.ts';

/** Dispatches what may go by itself, and ends what never will: its order is gone, or it waited too long. */
export async function dispatchDue(scope: Scope): Promise<Pick<Dispatched, 'dispatched' | 'held'>> {
  const { dispatched, held, over } = await scope.db.tx((tx) => dispatchPaid(scope, tx));
  for (const each of over) await end(scope, each);
  return { dispatched, held };
}

async function end(scope: Scope, { offerId, over }: Paid): Promise<void> {
  await scope.db.tx(async (tx) => {
    const offer = await lockOffer(tx, scope.tenantId, offerId);
    const isGone = over === 'ORDER_CANCELLED';
    const isOurs = offer.status === 'PAYMENT_AUTHORIZED' || (isGone && offer.status === 'ACCEPTED');
    if (!isOurs || over === null || (await deliveryOfOffer(tx, scope.tenantId, offerId))) return;
    const status = isGone ? 'CANCELLED' : 'FAILED';
    await endUndispatched(scope, tx, offer, { status, reason: over });
  });
}
