import { addEffects, skipEffects } from '../../control/effects/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { Offer } from '../offers/index.ts';
import type { Charge } from './charge.ts';
import { chargeOf, insertCharge } from './store.ts';

export const AUTHORISE = 'payment.authorise';
export const CAPTURE = 'payment.capture';
export const RELEASE = 'payment.release';

/** Why money is given back, for the offer, the log and the customer. */
export interface ReleasePayload {
  readonly reason: string;
}

/**
 * Opens the charge of an accepted offer and queues its authorisation; a second call finds the first charge. The caller
 * holds the offer's lock, puts the tenant on the delivery loop's list and calls runPayments after the commit.
 */
export async function requestAuthorisation(scope: Scope, tx: Tx, offer: Offer): Promise<Charge> {
  const opened = await insertCharge(scope, tx, offer);
  if (!opened) return (await chargeOf(tx, scope.tenantId, offer.id)) as Charge;
  await addEffects(scope, tx, [{ kind: AUTHORISE, subject: offer.id, step: 'once', payload: {} }]);
  return opened;
}

/** Queues the capture of a dispatched offer's money; once. The caller holds the offer's lock. */
export async function requestCapture(scope: Scope, tx: Tx, offerId: string): Promise<void> {
  await addEffects(scope, tx, [{ kind: CAPTURE, subject: offerId, step: 'once', payload: {} }]);
}

/**
 * Queues giving the money back: nothing, a void or a refund, decided by where the money is when it runs. What has not
 * been attempted yet is not attempted any more. The caller holds the offer's lock.
 */
export async function requestRelease(scope: Scope, tx: Tx, offerId: string, reason: string): Promise<void> {
  const charge = await chargeOf(tx, scope.tenantId, offerId);
  if (!charge) return;
  const subject = offerId;
  await skipEffects(tx, scope.tenantId, { subject, kind: AUTHORISE });
  await skipEffects(tx, scope.tenantId, { subject, kind: CAPTURE });
  // Captured money is another thing to give back than an authorisation: a release may have happened before it.
  const step = charge.status === 'CAPTURED' ? 'refund' : 'release';
  const payload: ReleasePayload = { reason };
  await addEffects(scope, tx, [{ kind: RELEASE, subject, step, payload }]);
}
