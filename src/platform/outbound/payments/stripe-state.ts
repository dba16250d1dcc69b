import type Stripe from 'stripe';
import type { PaymentNotice, PaymentState } from './types.ts';

type Session = Stripe.Checkout.Session;
type Intent = Stripe.PaymentIntent;
type Money = Pick<PaymentState, 'currency' | 'amountMinor'>;

const money = (currency: string | null, minor: number | null): Money => ({
  currency: (currency ?? '').toUpperCase(),
  amountMinor: BigInt(minor ?? 0),
});

/** Where the money of a PaymentIntent is; `latest_charge` must be expanded to tell a refund. */
export function stateOfIntent(intent: Intent): PaymentState {
  const { id: ref, currency } = intent;
  switch (intent.status) {
    case 'requires_capture':
      return { status: 'AUTHORIZED', ref, ...money(currency, intent.amount_capturable) };
    case 'succeeded': {
      const charge = intent.latest_charge;
      const isRefunded = typeof charge === 'object' && charge !== null && charge.refunded;
      return {
        status: isRefunded ? 'REFUNDED' : 'CAPTURED',
        ref,
        ...money(currency, intent.amount_received),
      };
    }
    case 'canceled':
      return { status: 'VOIDED', ref, ...money(currency, intent.amount) };
    default:
      return { status: 'REQUIRES_ACTION', ref, ...money(currency, intent.amount) };
  }
}

/** Where the money of a Checkout Session is; `payment_intent` is looked at when it is expanded. */
export function stateOfSession(session: Session): PaymentState {
  const intent = typeof session.payment_intent === 'object' ? session.payment_intent : null;
  const known = intent && stateOfIntent(intent);
  if (known && known.status !== 'REQUIRES_ACTION') return known;
  const asked = money(session.currency, session.amount_total);
  if (session.status === 'expired') {
    return { status: 'DECLINED', ref: session.id, ...asked, code: 'SESSION_EXPIRED' };
  }
  return { status: 'REQUIRES_ACTION', ref: session.id, ...asked, actionUrl: session.url ?? undefined };
}

const REFERENCE = 'charge_id';
export const metadataOf = (reference: string): Record<string, string> => ({ [REFERENCE]: reference });

type Said = Pick<PaymentNotice, 'reference' | 'state'>;
const NOTHING: Said = { reference: null, state: null };

/** What an event says about a payment. Failed attempts say nothing: the customer may try another card. */
export function said(event: Stripe.Event): Said {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.expired':
      return ofSession(event.data.object);
    case 'payment_intent.amount_capturable_updated':
    case 'payment_intent.succeeded':
    case 'payment_intent.canceled':
      return {
        reference: event.data.object.metadata[REFERENCE] ?? null,
        state: stateOfIntent(event.data.object),
      };
    case 'charge.refunded':
      return ofCharge(event.data.object);
    default:
      return NOTHING;
  }
}

/** Only cards are offered and capture is manual, so a completed session is an authorised one. */
function ofSession(session: Session): Said {
  const reference = session.client_reference_id;
  if (session.status !== 'complete') return { reference, state: stateOfSession(session) };
  const intent = session.payment_intent;
  const ref = (typeof intent === 'string' ? intent : intent?.id) ?? session.id;
  return {
    reference,
    state: { status: 'AUTHORIZED', ref, ...money(session.currency, session.amount_total) },
  };
}

/** A released authorisation is told as a refund of money that was never captured. Partial refunds are not booked. */
function ofCharge(charge: Stripe.Charge): Said {
  const reference = charge.metadata[REFERENCE] ?? null;
  const intent = charge.payment_intent;
  const ref = (typeof intent === 'string' ? intent : intent?.id) ?? '';
  if (!charge.refunded) return { reference, state: null };
  const status = charge.captured ? 'REFUNDED' : 'VOIDED';
  return { reference, state: { status, ref, ...money(charge.currency, charge.amount) } };
}
