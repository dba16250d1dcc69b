import { watchTenant } from '../../control/watch/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { PaymentState } from '../../platform/outbound/payments/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { confirmHubs, releaseHubs } from '../capacity/index.ts';
import { lockOffer, moveOffer, type Offer } from '../offers/index.ts';
import { type Charge, paymentPayload } from './charge.ts';
import { type Consequence, consequenceOf } from './consequence.ts';
import { linesOf, sumsOf } from './ledger.ts';
import { payPage } from './pay-page.ts';
import { requestRelease } from './request.ts';
import { appendEntries, chargeOf, type Origin, saveCharge } from './store.ts';

/** What is known of an offer's money, and from whom. */
export interface Learned {
  readonly state: PaymentState;
  readonly origin: Origin;
  /** Why it was given back. */
  readonly why?: string | null;
}

/**
 * Books what a provider says about an offer's money, and what follows from it, in one transaction: whoever learns
 * first writes, everybody later changes nothing. Order of locks: offer, hubs, charge, opportunity, event log.
 */
export async function applyState(
  scope: Scope,
  tx: Tx,
  offerId: string,
  { state, origin, why = null }: Learned,
): Promise<Charge> {
  const offer = await lockOffer(tx, scope.tenantId, offerId);
  const before = (await chargeOf(tx, scope.tenantId, offerId)) as Charge;
  const lines = await appendEntries(scope, tx, before, linesOf(state, before), origin);
  const isWithCustomer = state.status === 'REQUIRES_ACTION' || before.status === 'REQUIRES_ACTION';
  const sums = sumsOf(lines, isWithCustomer);
  const isWaiting = sums.status === 'REQUIRES_ACTION';
  const after: Charge = {
    ...before,
    ...sums,
    providerRef: state.ref || before.providerRef,
    actionUrl: isWaiting ? (state.actionUrl ?? before.actionUrl ?? payPage(scope, before)) : null,
    failureCode: state.code ?? before.failureCode,
    updatedAt: scope.now,
    version: before.version + 1,
  };
  if (isEqual(before, after)) return before;
  const asked = consequenceOf(offer.status, before.status, after.status, why);
  const follows = await useHubs(scope, tx, offer, asked);
  await saveCharge(tx, scope.tenantId, after);
  await follow(scope, tx, offer, follows);
  const event: NewEvent = {
    type: 'PAYMENT_CHANGED',
    payload: paymentPayload(after, why ?? state.code ?? null),
  };
  if (before.status !== after.status) await scope.events.append(tx, scope.tenantId, [event]);
  return after;
}

/** Slots are confirmed or freed first. A hold that has run out meanwhile means that nobody can deliver any more. */
async function useHubs(scope: Scope, tx: Tx, offer: Offer, asked: Consequence): Promise<Consequence> {
  if (asked.hubs === 'RELEASE') await releaseHubs(scope, tx, offer.opportunityId);
  if (asked.hubs !== 'CONFIRM') return asked;
  const confirmed = await confirmHubs(scope, tx, offer.opportunityId);
  if (confirmed > 0) return asked;
  await releaseHubs(scope, tx, offer.opportunityId);
  return { offer: { to: 'EXPIRED', reason: 'HOLD_EXPIRED' }, release: 'HOLD_EXPIRED' };
}

async function follow(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  { release, offer: step }: Consequence,
): Promise<void> {
  if (release) await requestRelease(scope, tx, offer.id, release);
  if (release || step) await watchTenant(tx, 'DELIVERIES', scope.tenantId);
  if (step) await moveOffer(scope, tx, offer, step.to, { reason: step.reason });
}

const isEqual = (a: Charge, b: Charge): boolean =>
  a.status === b.status &&
  a.providerRef === b.providerRef &&
  a.actionUrl === b.actionUrl &&
  a.failureCode === b.failureCode &&
  a.authorizedMinor === b.authorizedMinor &&
  a.capturedMinor === b.capturedMinor &&
  a.refundedMinor === b.refundedMinor;
