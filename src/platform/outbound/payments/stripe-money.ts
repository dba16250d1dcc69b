import { OutboundRefused } from '../errors.ts';
import type { StripeClient } from './stripe-client.ts';
import { find } from './stripe-find.ts';
import { stateOfIntent } from './stripe-state.ts';
import type { CallKey, Payment, PaymentState } from './types.ts';

/**
 * Stripe keeps the answer of a key, a 500 included. A further attempt is made only after a look showed that nothing was
 * done, so it may have a key of its own; capturing, cancelling and refunding in full cannot happen twice anyway.
 */
const keyOf = ({ key, attempt }: CallKey): { idempotencyKey: string } => ({
  idempotencyKey: attempt <= 1 ? key : `${key}-${attempt}`,
});

async function intentOf(client: StripeClient, payment: Payment): Promise<string> {
  if (payment.ref?.startsWith('pi_')) return payment.ref;
  const state = await find(client, payment);
  if (!state?.ref.startsWith('pi_')) throw new OutboundRefused('STRIPE_NOT_AUTHORISED');
  return state.ref;
}

/** Takes authorised money. */
export async function capture(client: StripeClient, payment: Payment, key: CallKey): Promise<PaymentState> {
  const id = await intentOf(client, payment);
  try {
    return stateOfIntent(await client.call(() => client.stripe.paymentIntents.capture(id, {}, keyOf(key))));
  } catch (error) {
    return orWhatItIs(client, { ...payment, ref: id }, error, ['CAPTURED', 'REFUNDED', 'VOIDED']);
  }
}

/** Ends the session, or gives the authorisation back. */
export async function release(client: StripeClient, payment: Payment, key: CallKey): Promise<PaymentState> {
  const state = await find(client, payment);
  const ended = { currency: payment.currency, amountMinor: payment.amountMinor, status: 'VOIDED' as const };
  if (!state) return { ...ended, ref: '' };
  const { ref } = state;
  const { stripe, call } = client;
  try {
    if (state.status === 'REQUIRES_ACTION' && ref.startsWith('cs_')) {
      await call(() => stripe.checkout.sessions.expire(ref, {}, keyOf(key)));
    } else if (state.status === 'REQUIRES_ACTION' || state.status === 'AUTHORIZED') {
      await call(() => stripe.paymentIntents.cancel(ref, {}, keyOf(key)));
    } else {
      return state;
    }
    return { ...ended, ref };
  } catch (error) {
    return orWhatItIs(client, { ...payment, ref }, error, ['VOIDED', 'DECLINED', 'CAPTURED', 'REFUNDED']);
  }
}

/** Gives all of it back. */
export async function refund(client: StripeClient, payment: Payment, key: CallKey): Promise<PaymentState> {
  const id = await intentOf(client, payment);
  const { stripe, call } = client;
  try {
    const made = await call(() => stripe.refunds.create({ payment_intent: id }, keyOf(key)));
    if (made.status === 'failed' || made.status === 'canceled') {
      throw new OutboundRefused(`STRIPE_REFUND_${made.status.toUpperCase()}`);
    }
    return { status: 'REFUNDED', ref: id, currency: payment.currency, amountMinor: payment.amountMinor };
  } catch (error) {
    return orWhatItIs(client, { ...payment, ref: id }, error, ['REFUNDED', 'VOIDED']);
  }
}

/** Refused because it has ended already: then that is the answer. */
async function orWhatItIs(
  client: StripeClient,
  payment: Payment,
  error: unknown,
  ends: readonly PaymentState['status'][],
): Promise<PaymentState> {
  if (!(error instanceof OutboundRefused)) throw error;
  const state = await find(client, payment);
  if (!state || !ends.includes(state.status)) throw error;
  return state;
}
