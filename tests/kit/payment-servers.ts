export { FakeRazorpay } from './payments/razorpay-server.ts';
export { FakeStripe } from './payments/stripe-server.ts';
