import { createHmac } from 'node:crypto';
import { type Answer, type ProviderRequest, ProviderServer } from './provider-server.ts';

interface Intent {
  id: string;
  object: 'payment_intent';
  status: 'requires_capture' | 'succeeded' | 'canceled';
  amount: number;
  amount_capturable: number;
  amount_received: number;
  currency: string;
  metadata: Record<string, string>;
  latest_charge: string;
}
interface Session {
  id: string;
  object: 'checkout.session';
  created: number;
  status: 'open' | 'complete' | 'expired';
  payment_status: 'unpaid';
  client_reference_id: string;
  amount_total: number;
  currency: string;
  url: string | null;
  payment_intent: string | null;
}

interface ListPrice {
  id: string;
  object: 'price';
  unit_amount: number;
  currency: string;
  lookup_key: string | null;
  metadata: Record<string, string>;
}

const refusal = (status: number, type: string, code: string, message = code): Answer => ({
  status,
  body: { error: { type, code, message } },
});
const missing = refusal(404, 'invalid_request_error', 'resource_missing');

/** Stripe's Checkout, PaymentIntents and Refunds as far as we use them, with its rules about idempotency keys. */
export class FakeStripe extends ProviderServer {
  readonly secret = 'sk_test_51FakeStripeSecret';
  readonly webhookSecret = 'whsec_fakeStripeWebhookSecret';
  readonly sessions: Session[] = [];
  readonly intents = new Map<string, Intent>();
  readonly refunds: { id: string; payment_intent: string; amount: number }[] = [];
  readonly prices: ListPrice[] = [];
  /** Idempotency keys of POSTs, in order. */
  readonly keys: string[] = [];
  /** The parameters of the last session. */
  lastSession: URLSearchParams = new URLSearchParams();
  private readonly saved = new Map<string, { text: string; answer: Answer }>();
  private count = 0;

  /** The customer pays on the hosted page: the session is complete and the money authorised. */
  pay(sessionId: string): Intent {
    const session = this.sessions.find(({ id }) => id === sessionId);
    if (session?.status !== 'open') throw new Error(`The session is ${session?.status}.`);
    const intent: Intent = {
      ...{ id: `pi_${++this.count}`, object: 'payment_intent', status: 'requires_capture' },
      ...{ amount: session.amount_total, amount_capturable: session.amount_total, amount_received: 0 },
      ...{ currency: session.currency, metadata: { charge_id: session.client_reference_id } },
      latest_charge: `ch_${this.count}`,
    };
    this.intents.set(intent.id, intent);
    Object.assign(session, { status: 'complete', payment_intent: intent.id, url: null });
    return intent;
  }

  /** A signed webhook, as bytes and headers. */
  event(type: string, object: object, options: { id?: string; secret?: string; ageSec?: number } = {}) {
    const id = options.id ?? `evt_${++this.count}`;
    const body = JSON.stringify({ id, object: 'event', type, api_version: '2026', data: { object } });
    const at = Math.floor(Date.now() / 1000) - (options.ageSec ?? 0);
    const secret = options.secret ?? this.webhookSecret;
    const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex');
    return { body: Buffer.from(body), headers: { 'stripe-signature': `t=${at},v1=${signature}` } };
  }

  /** The charge object of charge.refunded. */
  charge(intent: Intent, fields: { refunded: boolean; captured: boolean }) {
    const { amount, currency, metadata, id } = intent;
    return {
      id: intent.latest_charge,
      object: 'charge',
      amount,
      currency,
      metadata,
      payment_intent: id,
      ...fields,
    };
  }

  protected override problem(status: number): Answer {
    if (status === 429)
      return { ...refusal(429, 'rate_limit_error', 'rate_limit'), headers: { 'retry-after': '7' } };
    return refusal(
      status,
      status === 401 ? 'invalid_request_error' : 'api_error',
      `fake_${status}`,
      `Key ${this.secret}`,
    );
  }

  protected override answer(request: ProviderRequest, fail: boolean): Answer {
    if (request.headers.authorization !== `Bearer ${this.secret}`) return this.problem(401);
    if (request.method !== 'POST') return fail ? this.problem(500) : this.read(request);
    const key = String(request.headers['idempotency-key'] ?? '');
    this.keys.push(key);
    const text = `${request.path}?${request.text}`;
    const kept = this.saved.get(key);
    if (kept && kept.text !== text) return refusal(400, 'idempotency_error', 'idempotency_key_reused');
    if (kept) return { ...kept.answer, headers: { 'idempotent-replayed': 'true' } };
    // Stripe keeps the first answer of a key, a 500 included.
    const answer = fail ? this.problem(500) : this.write(request);
    this.saved.set(key, { text, answer: structuredClone(answer) });
    return answer;
  }

  private read({ path, query }: ProviderRequest): Answer {
    const [, , kind, id, sub] = path.split('/');
    if (kind === 'prices') {
      const data = this.prices.filter((price) => price.lookup_key === query.get('lookup_keys[0]'));
      return { status: 200, body: { object: 'list', url: '/v1/prices', has_more: false, data } };
    }
    if (kind === 'payment_intents' && id) return this.intent(id, query.get('expand[0]') === 'latest_charge');
    if (kind !== 'checkout' || id !== 'sessions') return missing;
    if (sub) return this.session(sub, query.get('expand[0]') === 'payment_intent.latest_charge');
    return { status: 200, body: this.list(query) };
  }

  private list(query: URLSearchParams) {
    const [gte, lte] = [Number(query.get('created[gte]')), Number(query.get('created[lte]'))];
    const found = this.sessions.filter(({ created }) => created >= gte && created <= lte).toReversed();
    const after = query.get('starting_after');
    const from = after ? found.findIndex(({ id }) => id === after) + 1 : 0;
    const data = found.slice(from, from + Number(query.get('limit')));
    return {
      object: 'list',
      url: '/v1/checkout/sessions',
      has_more: from + data.length < found.length,
      data,
    };
  }

  private intent(id: string, isExpanded: boolean): Answer {
    const intent = this.intents.get(id);
    if (!intent) return missing;
    const refunded = this.refunds.some((refund) => refund.payment_intent === id);
    const charge = isExpanded ? this.charge(intent, { refunded, captured: true }) : intent.latest_charge;
    return { status: 200, body: { ...intent, latest_charge: charge } };
  }

  private session(id: string, isExpanded: boolean): Answer {
    const session = this.sessions.find((each) => each.id === id);
    if (!session) return missing;
    const intent = session.payment_intent;
    const expanded = intent && isExpanded ? this.intent(intent, true).body : intent;
    return { status: 200, body: { ...session, payment_intent: expanded } };
  }

  private write({ path, text }: ProviderRequest): Answer {
    const form = new URLSearchParams(text);
    const [, , kind, id = '', sub, step] = path.split('/');
    if (kind === 'refunds') return this.refund(form);
    if (kind === 'prices') return this.price(form);
    if (kind === 'payment_intents') return sub === 'capture' ? this.capture(id) : this.cancel(id);
    if (kind !== 'checkout') return missing;
    return sub && step === 'expire' ? this.expire(sub) : this.open(form);
  }

  private open(form: URLSearchParams): Answer {
    this.lastSession = form;
    const left = Number(form.get('expires_at')) - this.seconds();
    if (left < 1_800 || left > 86_400) return refusal(400, 'invalid_request_error', 'expires_at_invalid');
    const amount = Number(form.get('line_items[0][price_data][unit_amount]'));
    if (amount > 99_999_999) return refusal(400, 'invalid_request_error', 'amount_too_large');
    const id = `cs_test_${++this.count}`;
    const session: Session = {
      ...{
        id,
        object: 'checkout.session',
        created: this.seconds(),
        status: 'open',
        payment_status: 'unpaid',
      },
      ...{ client_reference_id: form.get('client_reference_id') ?? '', amount_total: amount },
      ...{ currency: form.get('line_items[0][price_data][currency]') ?? '', payment_intent: null },
      url: `https://checkout.stripe.test/c/${id}`,
    };
    this.sessions.push(session);
    return { status: 200, body: session };
  }

  /** A lookup key belongs to one price; only a transfer may take it away. */
  private price(form: URLSearchParams): Answer {
    const lookupKey = form.get('lookup_key');
    const holder = this.prices.find((price) => lookupKey !== null && price.lookup_key === lookupKey);
    if (holder && form.get('transfer_lookup_key') !== 'true') {
      return refusal(400, 'invalid_request_error', 'resource_already_exists');
    }
    if (holder) holder.lookup_key = null;
    const price: ListPrice = {
      ...{ id: `price_${++this.count}`, object: 'price', unit_amount: Number(form.get('unit_amount')) },
      ...{ currency: form.get('currency') ?? '', lookup_key: lookupKey },
      metadata: { price_id: form.get('metadata[price_id]') ?? '' },
    };
    this.prices.push(price);
    return { status: 200, body: price };
  }

  private expire(id: string): Answer {
    const session = this.sessions.find((each) => each.id === id);
    if (session?.status !== 'open') return refusal(400, 'invalid_request_error', 'session_not_open');
    Object.assign(session, { status: 'expired', url: null });
    return { status: 200, body: session };
  }

  private capture(id: string): Answer {
    const intent = this.intents.get(id);
    if (intent?.status !== 'requires_capture') {
      return refusal(400, 'invalid_request_error', 'payment_intent_unexpected_state');
    }
    Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, amount_capturable: 0 });
    return { status: 200, body: intent };
  }

  private cancel(id: string): Answer {
    const intent = this.intents.get(id);
    if (intent?.status !== 'requires_capture') {
      return refusal(400, 'invalid_request_error', 'payment_intent_unexpected_state');
    }
    Object.assign(intent, { status: 'canceled', amount_capturable: 0 });
    return { status: 200, body: intent };
  }

  private refund(form: URLSearchParams): Answer {
    const intent = this.intents.get(form.get('payment_intent') ?? '');
    if (intent?.status !== 'succeeded') return refusal(400, 'invalid_request_error', 'charge_not_captured');
    if (this.refunds.some((refund) => refund.payment_intent === intent.id)) {
      return refusal(400, 'invalid_request_error', 'charge_already_refunded');
    }
    const refund = { id: `re_${++this.count}`, payment_intent: intent.id, amount: intent.amount };
    this.refunds.push(refund);
    return { status: 200, body: { ...refund, object: 'refund', status: 'succeeded' } };
  }
}
