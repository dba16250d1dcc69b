import type { IncomingHttpHeaders } from 'node:http';
import Razorpay from 'razorpay';
import { sha256Hex } from '../../../kernel/ids.ts';
import { OutboundRefused } from '../errors.ts';
import { createRazorpayCall, type RazorpayCall } from './razorpay-client.ts';
import { decisive, type RazorpayPayment, saidBy, stateOfPayment, statusOf } from './razorpay-state.ts';
import {
  type CallKey,
  type Payment,
  type PaymentCredentials,
  type PaymentEndpoints,
  type PaymentNotice,
  type PaymentProvider,
  type PaymentState,
  WebhookRefused,
} from './types.ts';

/** Minutes after which Razorpay gives back what was authorised and not captured. */
const MANUAL_EXPIRY_MIN = 1_440;

/**
 * Razorpay: an order with manual capture, paid on its hosted checkout. It has no void: an authorisation that is not
 * captured goes back to the customer by itself after a day, so `void` only promises never to capture.
 */
export function createRazorpay(
  credentials: PaymentCredentials,
  endpoints: PaymentEndpoints,
): PaymentProvider {
  const call = createRazorpayCall(credentials, endpoints);
  return {
    name: 'RAZORPAY',
    find: async (payment) => (await look(call, payment))?.state ?? null,
    authorise: async (request) => {
      const order = await call((api) => api.orders.create(orderOf(request) as never));
      return waiting(request, (order as unknown as { id: string }).id);
    },
    capture: (payment) => capture(call, payment),
    void: (payment) => release(call, payment),
    refund: (payment, key) => refund(call, payment, key),
    parseWebhook: (body, headers) => parse(body, headers, credentials.webhookSecret),
  };
}

const waiting = ({ currency, amountMinor }: Payment, ref: string): PaymentState => ({
  status: 'REQUIRES_ACTION',
  ...{ ref, currency, amountMinor },
});

const orderOf = ({ reference, currency, amountMinor }: Payment) => ({
  amount: Number(amountMinor),
  currency,
  receipt: reference,
  payment: {
    capture: 'manual',
    capture_options: { manual_expiry_period: MANUAL_EXPIRY_MIN, refund_speed: 'normal' },
  },
  notes: { charge_id: reference },
});

interface Looked {
  readonly state: PaymentState;
  /** The attempt that moved money. */
  readonly payment?: RazorpayPayment | undefined;
}

/** The orders of our receipt (two, when the answer to the first was lost) with what was paid for them. */
async function look(call: RazorpayCall, payment: Payment): Promise<Looked | null> {
  const refs = payment.ref ? [payment.ref] : await ordersOf(call, payment.reference);
  const [first] = refs;
  if (first === undefined) return null;
  for (const ref of refs) {
    const { items } = (await call((api) => api.orders.fetchPayments(ref))) as unknown as {
      items: RazorpayPayment[];
    };
    const found = decisive(items);
    if (found) return { state: { ...stateOfPayment(found), ref }, payment: found };
  }
  return { state: waiting(payment, first) };
}

async function ordersOf(call: RazorpayCall, receipt: string): Promise<string[]> {
  const { items } = await call((api) => api.orders.all({ receipt, count: 100 }));
  return items
    .filter((order) => order.receipt === receipt)
    .sort((a, b) => a.created_at - b.created_at || a.id.localeCompare(b.id))
    .map((order) => order.id);
}

async function capture(call: RazorpayCall, payment: Payment): Promise<PaymentState> {
  const found = await look(call, payment);
  if (!found?.payment) throw new OutboundRefused('RAZORPAY_NOT_AUTHORISED');
  if (found.state.status !== 'AUTHORIZED') return found.state;
  const { id, amount, currency } = found.payment;
  try {
    const taken = await call((api) => api.payments.capture(id, amount, currency));
    return { ...found.state, status: statusOf(taken) };
  } catch (error) {
    return orWhatItIs(call, payment, error, ['CAPTURED', 'REFUNDED', 'VOIDED']);
  }
}

/** Nothing to call: see MANUAL_EXPIRY_MIN. Money that was captured meanwhile is reported as it is. */
async function release(call: RazorpayCall, payment: Payment): Promise<PaymentState> {
  const found = await look(call, payment);
  const state = found?.state ?? waiting(payment, '');
  if (state.status !== 'AUTHORIZED' && state.status !== 'REQUIRES_ACTION') return state;
  return { ...state, status: 'VOIDED', code: `RELEASED_BY_RAZORPAY_WITHIN_${MANUAL_EXPIRY_MIN / 60}_H` };
}

async function refund(call: RazorpayCall, payment: Payment, { key }: CallKey): Promise<PaymentState> {
  const found = await look(call, payment);
  if (!found?.payment) throw new OutboundRefused('RAZORPAY_NOT_CAPTURED');
  if (found.state.status !== 'CAPTURED') return found.state;
  const { id, amount } = found.payment;
  const wanted = { amount, speed: 'normal' as const, receipt: payment.reference };
  try {
    await call((api) => api.payments.refund(id, wanted), key);
    return { ...found.state, status: 'REFUNDED' };
  } catch (error) {
    return orWhatItIs(call, payment, error, ['REFUNDED', 'VOIDED']);
  }
}

/** Refused because it has ended already: then that is the answer. */
async function orWhatItIs(
  call: RazorpayCall,
  payment: Payment,
  error: unknown,
  ends: readonly PaymentState['status'][],
): Promise<PaymentState> {
  if (!(error instanceof OutboundRefused)) throw error;
  const found = await look(call, payment);
  if (!found || !ends.includes(found.state.status)) throw error;
  return found.state;
}

function parse(body: Buffer, headers: IncomingHttpHeaders, secret: string | null): PaymentNotice {
  const signature = headers['x-razorpay-signature'];
  if (!secret || typeof signature !== 'string') throw new WebhookRefused();
  const text = body.toString('utf8');
  if (!Razorpay.validateWebhookSignature(text, signature, secret)) throw new WebhookRefused();
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new WebhookRefused();
  }
  // The id is not signed, but what an event books is booked once whatever its id.
  const id = headers['x-razorpay-event-id'];
  const eventId = typeof id === 'string' && /^[\w-]{1,100}$/.test(id) ? id : sha256Hex(text);
  return { eventId, ...saidBy(read) };
}
