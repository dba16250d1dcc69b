import { writeAudit } from '../../control/audit/index.ts';
import { watchTenant } from '../../control/watch/index.ts';
import { InvalidTransitionError, ValidationError } from '../../kernel/errors.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer, type Offer, offersById } from '../offers/index.ts';
import type { Charge } from './charge.ts';
import { requestRelease } from './request.ts';
import { runPayments } from './run-payments.ts';
import { chargeOf } from './store.ts';

export interface Refund {
  readonly id: string;
  readonly reason?: string | null | undefined;
}

/**
 * Gives the money of a dispatched or delivered offer back, all of it; audited. InvalidTransition for any other offer.
 * The answer shows how far it came: a provider that is away is asked again by the delivery loop.
 */
export async function refundOffer(
  scope: Scope,
  { id, reason }: Refund,
): Promise<{ offer: Offer; charge: Charge }> {
  const why = reason?.trim() || 'REFUNDED_BY_FINANCE';
  if (why.length > 500) throw new ValidationError('reason', 'A reason has at most 500 characters.');
  await scope.db.tx(async (tx) => {
    const offer = await lockOffer(tx, scope.tenantId, id);
    const charge = await chargeOf(tx, scope.tenantId, id);
    if (!charge || (offer.status !== 'DISPATCHED' && offer.status !== 'DELIVERED')) {
      throw new InvalidTransitionError('offer', offer.status, 'REFUNDED');
    }
    await requestRelease(scope, tx, id, why);
    await writeAudit(scope, tx, {
      action: 'offer.refund',
      subject: id,
      before: { charge: charge.status, captured: `${charge.capturedMinor}` },
      after: { requested: true, reason: why },
    });
    await watchTenant(tx, 'DELIVERIES', scope.tenantId);
  });
  await runPayments(scope, { offerId: id });
  const [offer] = await offersById(scope, [id]);
  return { offer: offer as Offer, charge: (await chargeOf(scope.db, scope.tenantId, id)) as Charge };
}
