import { addMs, HOUR_MS, MINUTE_MS } from '../../../kernel/time.ts';
import { OutboundAmbiguous } from '../errors.ts';
import { type StripeClient, seconds } from './stripe-client.ts';
import { stateOfIntent, stateOfSession } from './stripe-state.ts';
import type { Payment, PaymentState } from './types.ts';

/** A lost answer is looked for among the sessions of this time around the charge. */
const SEARCH = { beforeMs: 5 * MINUTE_MS, afterMs: HOUR_MS, sessions: 2_000 };

/** Where the money is, by Stripe's id or by our reference; null when Stripe does not know the payment. */
export async function find({ stripe, call }: StripeClient, payment: Payment): Promise<PaymentState | null> {
  const { ref } = payment;
  if (ref?.startsWith('pi_')) {
    return stateOfIntent(
      await call(() => stripe.paymentIntents.retrieve(ref, { expand: ['latest_charge'] })),
    );
  }
  const id = ref || (await findSession({ stripe, call }, payment));
  if (!id) return null;
  const expand = ['payment_intent.latest_charge'];
  return stateOfSession(await call(() => stripe.checkout.sessions.retrieve(id, { expand })));
}

/** By our reference: exact, because lists (unlike Stripe's search) show what was made a moment ago. */
function findSession(
  { stripe, call }: StripeClient,
  { reference, createdAt }: Payment,
): Promise<string | null> {
  const created = {
    gte: seconds(addMs(createdAt, -SEARCH.beforeMs)),
    lte: seconds(addMs(createdAt, SEARCH.afterMs)),
  };
  return call(async () => {
    let seen = 0;
    for await (const session of stripe.checkout.sessions.list({ created, limit: 100 })) {
      if (session.client_reference_id === reference) return session.id;
      if (++seen >= SEARCH.sessions) throw new OutboundAmbiguous('STRIPE_TOO_MANY_SESSIONS');
    }
    return null;
  });
}
