import type { PaymentCredentials, PaymentEndpoints, PaymentProvider, PriceList } from './types.ts';

/**
 * The adapter of a real provider, on a tenant's own account. Its SDK is loaded when it is first needed: they take
 * longer to load than the rest of the program, and most installations use one or none.
 */
export async function openPaymentProvider(
  name: 'STRIPE' | 'RAZORPAY',
  credentials: PaymentCredentials,
  endpoints: PaymentEndpoints,
): Promise<PaymentProvider> {
  if (name === 'STRIPE') return (await import('./stripe.ts')).createStripe(credentials, endpoints);
  return (await import('./razorpay.ts')).createRazorpay(credentials, endpoints);
}

/** Stripe's price list, on a tenant's own account; the only provider with one that bills. */
export async function openStripePrices(
  credentials: PaymentCredentials,
  endpoints: PaymentEndpoints,
): Promise<PriceList> {
  return (await import('./stripe-prices.ts')).createStripePrices(credentials, endpoints);
}
