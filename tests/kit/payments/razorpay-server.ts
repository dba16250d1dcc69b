import { createHmac } from 'node:crypto';
import { type Answer, type ProviderRequest, ProviderServer } from './provider-server.ts';

interface Order {
  id: string;
  entity: 'order';
  amount: number;
  currency: string;
  receipt: string;
  created_at: number;
  payment: { capture: string; capture_options: { manual_expiry_period: number } };
}
interface Payment {
  id: string;
  entity: 'payment';
  order_id: string;
  status: 'authorized' | 'captured' | 'refunded' | 'failed';
  captured: boolean;
  amount: number;
  currency: string;
}

const refusal = (status: number, code: string, description = code): Answer => ({
  status,
  body: { error: { code, description } },
});
const bad = (description: string): Answer => refusal(400, 'BAD_REQUEST_ERROR', description);

/** Razorpay's orders, payments and refunds as far as we use them. */
export class FakeRazorpay extends ProviderServer {
  readonly keyId = 'rzp_test_FakeKeyId01';
  readonly secret = 'fakeRazorpaySecret';
  readonly webhookSecret = 'fakeRazorpayWebhookSecret';
  readonly orders: Order[] = [];
  readonly payments: Payment[] = [];
  readonly refunds: { id: string; payment_id: string; key: string }[] = [];
  private count = 0;

  /** The customer pays on the hosted checkout: the money is authorised. */
  pay(orderId: string): Payment {
    const order = this.orders.find(({ id }) => id === orderId);
    if (!order) throw new Error('No such order.');
    const { amount, currency } = order;
    const payment: Payment = {
      ...{ id: `pay_${++this.count}`, entity: 'payment', order_id: orderId, amount, currency },
      ...{ status: 'authorized', captured: false },
    };
    this.payments.push(payment);
    return payment;
  }

  /** What happens to an authorisation that nobody captures in time. */
  runOut(payment: Payment): void {
    payment.status = 'refunded';
  }

  /** A signed webhook, as bytes and headers. */
  event(type: string, payment: object | null, options: { id?: string; secret?: string } = {}) {
    const payload = payment ? { payment: { entity: payment } } : {};
    const body = JSON.stringify({ entity: 'event', event: type, payload });
    const signature = createHmac('sha256', options.secret ?? this.webhookSecret)
      .update(body)
      .digest('hex');
    const id = options.id ?? `ev_${++this.count}`;
    return {
      body: Buffer.from(body),
      headers: { 'x-razorpay-signature': signature, 'x-razorpay-event-id': id },
    };
  }

  protected override problem(status: number): Answer {
    return refusal(status, status === 500 ? 'SERVER_ERROR' : 'BAD_REQUEST_ERROR', `Key ${this.secret}`);
  }

  protected override answer(request: ProviderRequest, fail: boolean): Answer {
    const expected = `Basic ${Buffer.from(`${this.keyId}:${this.secret}`).toString('base64')}`;
    if (request.headers.authorization !== expected) return this.problem(401);
    if (fail) return this.problem(500);
    const [, , kind, id = '', sub] = request.path.split('/');
    if (kind === 'orders')
      return request.method === 'POST' ? this.order(request) : this.find(request, id, sub);
    if (kind === 'payments' && sub === 'capture') return this.capture(id, request);
    if (kind === 'payments' && sub === 'refund') return this.refund(id, request);
    return bad('The requested URL was not found on the server.');
  }

  private order({ text }: ProviderRequest): Answer {
    const wanted = JSON.parse(text);
    if (typeof wanted.receipt !== 'string' || wanted.receipt.length > 40) return bad('receipt');
    const order: Order = {
      ...{ id: `order_${++this.count}`, entity: 'order', created_at: this.seconds() },
      ...{
        amount: wanted.amount,
        currency: wanted.currency,
        receipt: wanted.receipt,
        payment: wanted.payment,
      },
    };
    this.orders.push(order);
    return { status: 200, body: { ...order, status: 'created' } };
  }

  private find({ query }: ProviderRequest, id: string, sub: string | undefined): Answer {
    const list = (items: object[]) => ({
      status: 200,
      body: { entity: 'collection', count: items.length, items },
    });
    if (!id) return list(this.orders.filter(({ receipt }) => receipt === query.get('receipt')));
    if (!this.orders.some((order) => order.id === id)) return bad('The id provided does not exist');
    return sub === 'payments' ? list(this.payments.filter(({ order_id }) => order_id === id)) : bad('url');
  }

  private capture(id: string, { text }: ProviderRequest): Answer {
    const payment = this.payments.find((each) => each.id === id);
    if (payment?.status !== 'authorized') return bad('This payment has already been captured');
    const { amount } = JSON.parse(text);
    if (Number(amount) !== payment.amount)
      return bad('Capture amount must be equal to the amount authorized');
    Object.assign(payment, { status: 'captured', captured: true });
    return { status: 200, body: payment };
  }

  private refund(id: string, { headers, text }: ProviderRequest): Answer {
    const key = String(headers['x-refund-idempotency'] ?? '');
    const payment = this.payments.find((each) => each.id === id);
    const kept = this.refunds.find((refund) => refund.key === key);
    if (kept) return { status: 200, body: { ...kept, entity: 'refund' } };
    if (payment?.status !== 'captured') return bad('The payment has been fully refunded already');
    if (Number(JSON.parse(text).amount) !== payment.amount) return bad('partial');
    payment.status = 'refunded';
    const refund = { id: `rfnd_${++this.count}`, payment_id: id, key };
    this.refunds.push(refund);
    return { status: 200, body: { ...refund, entity: 'refund', amount: payment.amount } };
  }
}
