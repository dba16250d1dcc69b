import type Stripe from 'stripe';
import { addMs, HOUR_MS } from '../../../kernel/time.ts';
import { createStripeClient, seconds } from './stripe-client.ts';
import { find } from './stripe-find.ts';
import { capture, refund, release } from './stripe-money.ts';
import { metadataOf, said, stateOfSession } from './stripe-state.ts';
import {
  type PaymentCredentials,
  type PaymentEndpoints,
  type PaymentProvider,
  type PaymentRequest,
  WebhookRefused,
} from './types.ts';

/** Longer than a hold and its retries; Stripe wants at least 30 minutes from the moment it is asked. */
const SESSION_MS = HOUR_MS;

/** Stripe: a hosted Checkout Session whose PaymentIntent is captured by hand. */
export function createStripe(credentials: PaymentCredentials, endpoints: PaymentEndpoints): PaymentProvider {
  const client = createStripeClient(credentials.secret, endpoints);
  const { stripe, call } = client;
  return {
    name: 'STRIPE',
    find: (payment) => find(client, payment),
    authorise: async (request, key) =>
      stateOfSession(
        await call(() => stripe.checkout.sessions.create(sessionOf(request), { idempotencyKey: key.key })),
      ),
    capture: (payment, key) => capture(client, payment, key),
    void: (payment, key) => release(client, payment, key),
    refund: (payment, key) => refund(client, payment, key),
    parseWebhook(body, headers) {
      const signature = headers['stripe-signature'];
      if (!credentials.webhookSecret || typeof signature !== 'string') throw new WebhookRefused();
      let event: Stripe.Event;
      try {
        event = stripe.webhooks.constructEvent(body, signature, credentials.webhookSecret);
      } catch {
        throw new WebhookRefused();
      }
      return { eventId: event.id, type: event.type, ...said(event) };
    },
  };
}

/** The same request for the same charge, always: Stripe refuses a key that comes with other parameters. */
const sessionOf = (request: PaymentRequest): Stripe.Checkout.SessionCreateParams => ({
  mode: 'payment',
  allowed_payment_method_types: ['card'],
  // The customer pays the offer's price in the offer's currency.
  adaptive_pricing: { enabled: false },
  client_reference_id: request.reference,
  metadata: metadataOf(request.reference),
  payment_intent_data: { capture_method: 'manual', metadata: metadataOf(request.reference) },
  line_items: [
    {
      quantity: 1,
      price_data: {
        currency: request.currency.toLowerCase(),
        unit_amount: Number(request.amountMinor),
        product_data: { name: request.description },
      },
    },
  ],
  success_url: request.returnUrl,
  cancel_url: request.returnUrl,
  expires_at: seconds(addMs(request.createdAt, SESSION_MS)),
});
