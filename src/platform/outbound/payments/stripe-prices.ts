import { createStripeClient } from './stripe-client.ts';
import type { PaymentCredentials, PaymentEndpoints, PriceList } from './types.ts';

/**
 * Stripe's price list. Prices there never change: a new one takes over the lookup key in one step, so whoever bills by the
 * key finds exactly one price at any time.
 */
export function createStripePrices(credentials: PaymentCredentials, endpoints: PaymentEndpoints): PriceList {
  const { stripe, call } = createStripeClient(credentials.secret, endpoints);
  return {
    async publish({ id, amountMinor, currency, lookupKey, name }, { key }) {
      const price = await call(() =>
        stripe.prices.create(
          {
            ...{ currency: currency.toLowerCase(), unit_amount: Number(amountMinor), nickname: name },
            ...{ recurring: { interval: 'month' }, product_data: { name }, metadata: { price_id: id } },
            ...{ lookup_key: lookupKey, transfer_lookup_key: true },
          },
          { idempotencyKey: key },
        ),
      );
      return price.id;
    },
    async find({ id, lookupKey }) {
      const { data } = await call(() => stripe.prices.list({ lookup_keys: [lookupKey], limit: 1 }));
      return data[0]?.metadata.price_id === id ? data[0].id : null;
    },
  };
}
