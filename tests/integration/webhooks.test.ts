import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  ChargesDocument,
  ConfigurePaymentsDocument,
  EffectsDocument,
  OfferChargeDocument,
  PaymentAccountDocument,
  RefundOfferDocument,
} from '../../operations/generated/graphql.ts';
import { configurePayments, runPayments } from '../../src/delivery/charges/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { FakeRazorpay, FakeStripe } from '../kit/payment-servers.ts';
import { startServer, type TestServer } from '../kit/server.ts';
import type { Chain } from './invariants-kit.ts';
import { accepted, broken, charge, deliver, dispatch, effects, ledger, standing } from './payment-kit.ts';

let server: TestServer;
let stripe: FakeStripe;
let razorpay: FakeRazorpay;
let scope: Scope;
let slug: string;
let count = 0;
type Webhook = { body: Buffer; headers: Record<string, string> };

beforeAll(async () => {
  stripe = await new FakeStripe().start();
  razorpay = await new FakeRazorpay().start();
  const payments = { stripeApiBase: stripe.url, razorpayApiBase: razorpay.url, timeoutMs: 1_000 };
  server = await startServer({ payments });
});
beforeEach(async () => {
  slug = `pay-${++count}`;
  await server.createTenant({ slug });
  scope = await server.app.tenantScope(slug);
});
afterAll(async () => {
  await server.stop();
  await stripe.stop();
  await razorpay.stop();
});

const useStripe = (of: Scope = scope) =>
  configurePayments(of, {
    ...{ provider: 'STRIPE', secret: stripe.secret, webhookSecret: stripe.webhookSecret },
  });

async function post(path: string, { body, headers }: Webhook): Promise<string> {
  const url = server.url.replace('/graphql', `/webhooks/payments/${path}`);
  const answer = await fetch(url, { method: 'POST', body: new Uint8Array(body), headers });
  return `${answer.status} ${await answer.text()}`;
}
const TAKEN = '200 {"received":true}';
const REFUSED = '400 {"error":"The webhook was not accepted."}';

const outcomes = async (of: Scope = scope) =>
  (
    await of.db.rows<{ line: string }>(
      `SELECT type || ' ' || outcome AS line FROM payment_webhook WHERE tenant_id = $1 ORDER BY received_at, type`,
      [of.tenantId],
    )
  ).map(({ line }) => line);

/** An accepted offer whose customer has paid; Stripe has not told us yet. */
async function paid(n = 1): Promise<{ chain: Chain; intent: ReturnType<FakeStripe['pay']> }> {
  const chain = await accepted(scope, n);
  await runPayments(scope);
  const { providerRef } = await charge(scope, chain);
  return { chain, intent: stripe.pay(providerRef as string) };
}

test('a webhook that is sent twice, or under another id, counts once', async () => {
  await useStripe();
  const { chain, intent } = await paid();
  const event = stripe.event('payment_intent.amount_capturable_updated', intent);
  const again = stripe.event('payment_intent.amount_capturable_updated', intent);
  const both = await Promise.all([post(`stripe/${slug}`, event), post(`stripe/${slug}`, event)]);
  expect(both).toEqual([TAKEN, TAKEN]);
  expect(await post(`stripe/${slug}`, again)).toBe(TAKEN);
  expect(await outcomes()).toHaveLength(2);
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE WEBHOOK']);
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
  expect(await broken(scope)).toEqual([]);
});

test('news in the wrong order end where the right order ends', async () => {
  await useStripe();
  const { chain, intent } = await paid();
  const authorised = structuredClone(intent);
  await post(`stripe/${slug}`, stripe.event('payment_intent.amount_capturable_updated', intent));
  await dispatch(scope, chain);
  await runPayments(scope);
  const captured = structuredClone(intent);
  const refunded = stripe.charge(intent, { refunded: true, captured: true });
  await post(`stripe/${slug}`, stripe.event('charge.refunded', refunded));
  await post(`stripe/${slug}`, stripe.event('payment_intent.succeeded', captured));
  await post(`stripe/${slug}`, stripe.event('payment_intent.amount_capturable_updated', authorised));
  await post(`stripe/${slug}`, stripe.event('checkout.session.completed', stripe.sessions.at(-1) as object));
  expect(await standing(scope, chain)).toBe('REFUNDED 500000/500000/500000 REFUNDED(REFUNDED) RELEASED');
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE WEBHOOK', 'CAPTURE EFFECT', 'REFUND WEBHOOK']);
});

test('captured before authorised: both are booked', async () => {
  await useStripe();
  const { chain, intent } = await paid();
  const captured = { ...intent, status: 'succeeded', amount_received: intent.amount, amount_capturable: 0 };
  await post(`stripe/${slug}`, stripe.event('payment_intent.succeeded', captured));
  await post(`stripe/${slug}`, stripe.event('payment_intent.amount_capturable_updated', intent));
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE WEBHOOK', 'CAPTURE WEBHOOK']);
  expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 PAYMENT_AUTHORIZED CONFIRMED');
  // Somebody captured by hand before anything was on its way: that is what the checker is for.
  expect(await broken(scope)).toEqual([expect.stringContaining(chain.offer)]);
});

test('our own answer and a webhook about the same capture count once', async () => {
  await useStripe();
  const { chain, intent } = await paid();
  await post(`stripe/${slug}`, stripe.event('payment_intent.amount_capturable_updated', intent));
  await dispatch(scope, chain);
  const done = { ...intent, status: 'succeeded', amount_received: intent.amount, amount_capturable: 0 };
  await Promise.all([
    runPayments(scope),
    post(`stripe/${slug}`, stripe.event('payment_intent.succeeded', done)),
  ]);
  expect(await charge(scope, chain)).toMatchObject({ status: 'CAPTURED', capturedMinor: 500_000n });
  expect((await effects(scope, chain)).at(-1)).toMatch(/^capture SENT/);
  expect(await ledger(scope, chain)).toHaveLength(2);
});

test('forged, stale, foreign and malformed webhooks all get the same answer and leave nothing', async () => {
  await useStripe();
  const other = `other-${count}`;
  await server.createTenant({ slug: other });
  const { chain, intent } = await paid();
  const type = 'payment_intent.amount_capturable_updated';
  const good = stripe.event(type, intent);
  const changed = Buffer.from(String(good.body).replace('500000', '1'));
  expect(await post(`stripe/${slug}`, stripe.event(type, intent, { secret: 'whsec_somebodyelse' }))).toBe(
    REFUSED,
  );
  expect(await post(`stripe/${slug}`, stripe.event(type, intent, { ageSec: 301 }))).toBe(REFUSED);
  expect(await post(`stripe/${slug}`, { ...good, body: changed })).toBe(REFUSED);
  expect(await post(`stripe/${slug}`, { ...good, headers: {} })).toBe(REFUSED);
  expect(
    await post(`stripe/${slug}`, { body: Buffer.from('\xff'), headers: { 'stripe-signature': 't=1,v1=' } }),
  ).toBe(REFUSED);
  expect(await post(`stripe/${other}`, good)).toBe(REFUSED);
  expect(await post('stripe/nobody', good)).toBe(REFUSED);
  expect(await post(`razorpay/${slug}`, razorpay.event('payment.authorized', null))).toBe(REFUSED);
  expect(await post(`paypal/${slug}`, good)).toBe(REFUSED);
  expect(await post(`stripe/${slug}/more`, good)).toBe(REFUSED);
  expect(await post('constructor/x', good)).toBe(REFUSED);
  expect(await outcomes()).toEqual([]);
  expect((await charge(scope, chain)).status).toBe('REQUIRES_ACTION');
  const url = server.url.replace('/graphql', `/webhooks/payments/stripe/${slug}`);
  expect((await fetch(url)).status).toBe(405);
  expect(await broken(scope)).toEqual([]);
});

test('a body that is too large is not read', async () => {
  await useStripe();
  const answer = await post(`stripe/${slug}`, { body: Buffer.alloc(600_000, 'x'), headers: {} }).catch(
    () => '413',
  );
  expect(answer).toMatch(/^413/);
});

test('what is not about a charge of ours is kept as unmatched', async () => {
  await useStripe();
  const { chain, intent } = await paid();
  const type = 'payment_intent.amount_capturable_updated';
  const stranger = { ...intent, metadata: { charge_id: '018f0000-0000-7000-8000-00000000dead' } };
  expect(await post(`stripe/${slug}`, stripe.event(type, stranger))).toBe(TAKEN);
  expect(await post(`stripe/${slug}`, stripe.event(type, { ...intent, id: 'pi_x', metadata: {} }))).toBe(
    TAKEN,
  );
  expect(await post(`stripe/${slug}`, stripe.event(type, { ...intent, amount_capturable: 1 }))).toBe(TAKEN);
  expect(await post(`stripe/${slug}`, stripe.event(type, { ...intent, currency: 'usd' }))).toBe(TAKEN);
  expect(await post(`stripe/${slug}`, stripe.event('customer.created', { id: 'cus_1' }))).toBe(TAKEN);
  expect((await outcomes()).toSorted()).toEqual([
    'customer.created IGNORED',
    ...Array.from({ length: 4 }, () => `${type} UNMATCHED`),
  ]);
  expect((await charge(scope, chain)).status).toBe('REQUIRES_ACTION');
});

test('a charge of another tenant is not ours, even with its id and a valid signature', async () => {
  await useStripe();
  const { chain, intent } = await paid();
  const other = `neighbour-${count}`;
  await server.createTenant({ slug: other });
  const neighbour = await server.app.tenantScope(other);
  await useStripe(neighbour);
  expect(
    await post(`stripe/${other}`, stripe.event('payment_intent.amount_capturable_updated', intent)),
  ).toBe(TAKEN);
  expect(await outcomes(neighbour)).toEqual(['payment_intent.amount_capturable_updated UNMATCHED']);
  expect((await charge(scope, chain)).status).toBe('REQUIRES_ACTION');
});

test('a customer goes through our page to Razorpay’s and comes back', async () => {
  const { keyId, secret, webhookSecret } = razorpay;
  await configurePayments(scope, { provider: 'RAZORPAY', keyId, secret, webhookSecret });
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  const { actionUrl, id } = await charge(scope, chain);
  const base = server.url.replace('/graphql', '');
  const url = `${base}${new URL(actionUrl as string).pathname}`;
  expect(url).toBe(`${base}/pay/${slug}/${id}`);
  const answer = await fetch(url);
  const text = await answer.text();
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-security-policy')).toContain(`form-action ${razorpay.url}`);
  expect(text).toContain(`action="${razorpay.url}/v1/checkout/embedded"`);
  expect(text).toContain(`name="order_id" value="${razorpay.orders.at(-1)?.id}"`);
  expect(text).toContain(`name="key_id" value="${keyId}"`);
  expect(text).toContain('₹5,000.00');
  expect(text).not.toContain(secret);
  const payment = razorpay.pay(razorpay.orders.at(-1)?.id as string);
  const event = razorpay.event('payment.authorized', payment);
  expect(await post(`razorpay/${slug}`, event)).toBe(TAKEN);
  expect(await post(`razorpay/${slug}`, event)).toBe(TAKEN);
  const forged = { ...event, headers: { ...event.headers, 'x-razorpay-signature': 'a'.repeat(64) } };
  expect(await post(`razorpay/${slug}`, forged)).toBe(REFUSED);
  expect(await outcomes()).toEqual(['payment.authorized APPLIED']);
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
  const back = await fetch(url, { method: 'POST', body: 'razorpay_payment_id=x', redirect: 'manual' });
  expect([back.status, back.headers.get('location')]).toEqual([303, expect.stringContaining('/offers/')]);
  const wrong = [`${base}/pay/${slug}/nothing`, `${base}/pay/nobody/${id}`, `${base}/pay/${slug}`];
  for (const each of wrong) expect((await fetch(each)).status).toBe(404);
});

test('the API: account, charges with their ledger, effects, refund', async () => {
  const client = server.client(undefined, slug);
  const { configurePayments: configured } = await client.run(ConfigurePaymentsDocument, {
    input: { provider: 'STRIPE', secret: stripe.secret, webhookSecret: stripe.webhookSecret },
  });
  expect(configured).toMatchObject({
    account: { provider: 'STRIPE', keyId: stripe.secret.slice(-4), version: 1 },
  });
  expect(JSON.stringify(await client.run(PaymentAccountDocument))).not.toMatch(
    /fakeStripe|FakeStripeSecret/i,
  );
  const refused = await client.run(ConfigurePaymentsDocument, { input: { provider: 'RAZORPAY' } });
  expect(refused.configurePayments).toMatchObject({ code: 'VALIDATION_ERROR', path: ['secret'] });
  const { chain, intent } = await paid();
  await post(`stripe/${slug}`, stripe.event('payment_intent.amount_capturable_updated', intent));
  await dispatch(scope, chain);
  await deliver(scope, chain);
  await runPayments(scope);
  const { charges } = await client.run(ChargesDocument, { first: 10 });
  const node = charges.edges[0]?.node;
  expect(node).toMatchObject({
    ...{ status: 'CAPTURED', provider: 'STRIPE', providerRef: intent.id, actionUrl: null },
    captured: { amountMinor: '500000', currency: 'INR' },
    offer: { status: 'DELIVERED' },
    entries: [
      { kind: 'AUTHORIZE', source: 'WEBHOOK' },
      { kind: 'CAPTURE', source: 'EFFECT' },
    ],
  });
  const offerId = node?.offer?.id as string;
  const { refundOffer } = await client.run(RefundOfferDocument, {
    input: { id: offerId, reason: 'Damaged' },
  });
  expect(refundOffer).toMatchObject({
    offer: { status: 'REFUNDED', closedReason: 'Damaged' },
    charge: { status: 'REFUNDED', refunded: { amountMinor: '500000' } },
  });
  const again = await client.run(RefundOfferDocument, { input: { id: offerId } });
  expect(again.refundOffer).toMatchObject({ code: 'INVALID_TRANSITION' });
  const { offer } = await client.run(OfferChargeDocument, { id: offerId });
  expect(offer?.charge?.status).toBe('REFUNDED');
  const list = await client.run(EffectsDocument, { first: 10, filter: { status: ['SENT'] } });
  expect(list.effects.edges.map(({ node: effect }) => effect.kind)).toEqual([
    'payment.release',
    'payment.capture',
    'payment.authorise',
  ]);
  expect(await broken(scope)).toEqual([]);
});
