import {
  type Effect,
  type EffectFailure,
  type EffectHandler,
  EffectRefused,
  handleEffects,
} from '../../control/effects/index.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { PaymentState } from '../../platform/outbound/payments/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer, type Offer, offersById } from '../offers/index.ts';
import { openProvider } from './account.ts';
import { applyState } from './apply-state.ts';
import { type Charge, paymentOf, paymentPayload } from './charge.ts';
import { AUTHORISE, CAPTURE, RELEASE, type ReleasePayload } from './request.ts';
import { chargeOf, type Origin, saveCharge } from './store.ts';

/** What a provider said; null when there was nothing to ask. */
interface Found {
  readonly state: PaymentState | null;
  readonly source: Origin['source'];
}
const answered = (state: PaymentState | null): Found => ({ state, source: 'EFFECT' });
const NOTHING = answered(null);

interface Asked {
  readonly charge: Charge;
  readonly offer: Offer;
}

async function load(scope: Scope, effect: Effect): Promise<Asked> {
  const [offer] = await offersById(scope, [effect.subject]);
  const charge = await chargeOf(scope.db, scope.tenantId, effect.subject);
  if (!offer || !charge) throw new EffectRefused('GONE');
  return { offer, charge };
}

/** A provider that speaks of another amount speaks of something else. */
function checked(charge: Charge, state: PaymentState): PaymentState {
  const isOurs = state.currency === charge.currency && state.amountMinor === charge.amountMinor;
  if (!isOurs) throw new EffectRefused('AMOUNT_MISMATCH');
  return state;
}

const callOf = (effect: Effect) => ({ key: effect.id, attempt: effect.attempts });

async function authorise(scope: Scope, effect: Effect): Promise<Found> {
  const { charge, offer } = await load(scope, effect);
  if (charge.status !== 'PENDING') return NOTHING;
  if (offer.status !== 'ACCEPTED') throw new EffectRefused('OFFER_CLOSED');
  const provider = await openProvider(scope, charge.provider);
  const returnUrl = scope.outbound.offerPage({
    tenantId: scope.tenantId,
    offerId: offer.id,
    expiresAt: offer.expiresAt,
  });
  const request = { ...paymentOf(charge), description: offer.bundleName, returnUrl };
  return answered(checked(charge, await provider.authorise(request, callOf(effect))));
}

/** Money is taken for what is on its way, and for nothing else. */
async function capture(scope: Scope, effect: Effect): Promise<Found> {
  const { charge, offer } = await load(scope, effect);
  if (charge.status === 'CAPTURED') return NOTHING;
  if (charge.status !== 'AUTHORIZED') throw new EffectRefused(`CHARGE_${charge.status}`);
  if (offer.dispatchedAt === null || (offer.status !== 'DISPATCHED' && offer.status !== 'DELIVERED')) {
    throw new EffectRefused('NOT_DISPATCHED');
  }
  const provider = await openProvider(scope, charge.provider);
  return answered(checked(charge, await provider.capture(paymentOf(charge), callOf(effect))));
}

const OVER = new Set<string>(['VOIDED', 'REFUNDED', 'FAILED']);

/** Void or refund: what to do is decided by where the money really is, not by what we believe. */
async function release(scope: Scope, effect: Effect): Promise<Found> {
  const { charge } = await load(scope, effect);
  if (OVER.has(charge.status)) return NOTHING;
  const provider = await openProvider(scope, charge.provider);
  const payment = paymentOf(charge);
  const now = await provider.find(payment);
  if (now === null) {
    const { currency, amountMinor } = charge;
    return answered({ status: 'VOIDED', ref: '', currency, amountMinor });
  }
  const known = { ...payment, ref: now.ref };
  switch (checked(charge, now).status) {
    case 'CAPTURED':
      return answered(await provider.refund(known, callOf(effect)));
    case 'AUTHORIZED':
    case 'REQUIRES_ACTION':
      return answered(await provider.void(known, callOf(effect)));
    default:
      return answered(now);
  }
}

/** Looks at the provider; its word counts when it is one of these. */
async function lookUp(
  scope: Scope,
  effect: Effect,
  done: readonly PaymentState['status'][],
): Promise<Found | null> {
  const { charge } = await load(scope, effect);
  const provider = await openProvider(scope, charge.provider);
  const state = await provider.find(paymentOf(charge));
  if (!state || !done.includes(state.status)) return null;
  return { state: checked(charge, state), source: 'RECONCILE' };
}

async function settle(scope: Scope, tx: Tx, effect: Effect, { state, source }: Found): Promise<void> {
  if (!state) return;
  const why = effect.kind === RELEASE ? (effect.payload as ReleasePayload).reason : null;
  await applyState(scope, tx, effect.subject, { state, origin: { source, sourceId: effect.id }, why });
}

/** Nothing is booked; what went wrong is shown on the charge and in the event log. */
async function note(scope: Scope, tx: Tx, effect: Effect, failure: EffectFailure): Promise<void> {
  await lockOffer(tx, scope.tenantId, effect.subject);
  const charge = await chargeOf(tx, scope.tenantId, effect.subject);
  if (!charge) return;
  const step = effect.kind.replace('payment.', '').toUpperCase();
  const reason = `${step}_${failure.status}:${failure.reason}`;
  const noted = { ...charge, failureCode: reason, updatedAt: scope.now, version: charge.version + 1 };
  await saveCharge(tx, scope.tenantId, noted);
  await scope.events.append(tx, scope.tenantId, [
    { type: 'PAYMENT_CHANGED', payload: paymentPayload(noted, reason) },
  ]);
}

async function declined(scope: Scope, tx: Tx, effect: Effect, failure: EffectFailure): Promise<void> {
  const charge = await chargeOf(tx, scope.tenantId, effect.subject);
  // Given up is not declined: a release looks at the provider when the offer ends.
  if (!charge || failure.status === 'DEAD') return note(scope, tx, effect, failure);
  const { currency, amountMinor } = charge;
  const state = { status: 'DECLINED' as const, ref: '', currency, amountMinor, code: failure.reason };
  const origin = { source: 'EFFECT' as const, sourceId: effect.id };
  await applyState(scope, tx, effect.subject, { state, origin });
}

const handlers: EffectHandler<unknown, Found>[] = [
  {
    kind: AUTHORISE,
    execute: authorise,
    reconcile: (scope, effect) =>
      lookUp(scope, effect, ['REQUIRES_ACTION', 'AUTHORIZED', 'CAPTURED', 'VOIDED', 'REFUNDED', 'DECLINED']),
    settle,
    fail: declined,
  },
  {
    kind: CAPTURE,
    execute: capture,
    reconcile: (scope, effect) => lookUp(scope, effect, ['CAPTURED', 'VOIDED', 'REFUNDED']),
    settle,
    fail: note,
  },
  {
    kind: RELEASE,
    execute: release,
    reconcile: (scope, effect) => lookUp(scope, effect, ['VOIDED', 'REFUNDED', 'DECLINED']),
    settle,
    fail: note,
  },
];
for (const handler of handlers) handleEffects(handler);
