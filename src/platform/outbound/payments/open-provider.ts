import { createRazorpay } from './razorpay.ts';
import { createStripe } from './stripe.ts';
import type { PaymentCredentials, PaymentEndpoints, PaymentProvider } from './types.ts';

/** The adapter of a real provider, on a tenant's own account. */
export function openPaymentProvider(
  name: 'STRIPE' | 'RAZORPAY',
  credentials: PaymentCredentials,
  endpoints: PaymentEndpoints,
): PaymentProvider {
  return name === 'STRIPE' ? createStripe(credentials, endpoints) : createRazorpay(credentials, endpoints);
}
