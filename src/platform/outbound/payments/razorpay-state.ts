import type { PaymentNotice, PaymentState, PaymentStatus } from './types.ts';

/** What we read of Razorpay's payment entity. */
export interface RazorpayPayment {
  id: string;
  order_id: string | null;
  status: 'created' | 'authorized' | 'captured' | 'refunded' | 'failed';
  captured: boolean;
  amount: number | string;
  currency: string;
}

/** Where the money of a payment is. An authorisation that ran out is told as a refund of what was never captured. */
export function statusOf({ status, captured }: Pick<RazorpayPayment, 'status' | 'captured'>): PaymentStatus {
  switch (status) {
    case 'authorized':
      return 'AUTHORIZED';
    case 'captured':
      return 'CAPTURED';
    case 'refunded':
      return captured ? 'REFUNDED' : 'VOIDED';
    default:
      return 'REQUIRES_ACTION';
  }
}

/** The payment state under its order's id: an order is what we ask for, payments are attempts at it. */
export const stateOfPayment = (payment: RazorpayPayment): PaymentState => ({
  status: statusOf(payment),
  ref: payment.order_id ?? '',
  currency: payment.currency,
  amountMinor: BigInt(payment.amount),
});

const FARTHEST: readonly PaymentStatus[] = ['REFUNDED', 'CAPTURED', 'AUTHORIZED', 'VOIDED'];

/** The attempt that moved money, when one did. */
export function decisive<P extends RazorpayPayment>(payments: readonly P[]): P | undefined {
  for (const status of FARTHEST) {
    const found = payments.find((payment) => statusOf(payment) === status);
    if (found) return found;
  }
  return undefined;
}

const EVENTS = new Set(['payment.authorized', 'payment.captured', 'refund.created', 'refund.processed']);

/** What a webhook says; a refund counts when the whole payment has been refunded. */
export function saidBy(body: unknown): Omit<PaymentNotice, 'eventId'> {
  const { event, payload } = (body ?? {}) as {
    event?: unknown;
    payload?: { payment?: { entity?: RazorpayPayment } };
  };
  const type = typeof event === 'string' ? event : 'unknown';
  const payment = payload?.payment?.entity;
  const nothing = { type, reference: null, state: null };
  if (!EVENTS.has(type) || !payment?.order_id || !Number.isSafeInteger(Number(payment.amount)))
    return nothing;
  if (type.startsWith('refund.') && payment.status !== 'refunded') return nothing;
  return { ...nothing, state: stateOfPayment(payment) };
}
