import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  configurePayments,
  expireUnpaid,
  runPayments,
  takeWebhook,
} from '../../src/delivery/charges/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { FakeStripe } from '../kit/payment-servers.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import type { Chain } from './invariants-kit.ts';
import {
  accepted,
  broken,
  charge,
  dispatch,
  effects,
  giveBack,
  lastError,
  ledger,
  standing,
} from './payment-kit.ts';

let database: OpenTestDatabase;
let stripe: FakeStripe;
let tenant: TestScope;
let scope: Scope;
const later = (seconds: number) => tenant.at(new Date(scope.now.getTime() + seconds * 1000));

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  stripe = await new FakeStripe().start();
  const payments = { stripeApiBase: stripe.url, timeoutMs: 1_000 };
  tenant = await testScope(database.database, { outbound: { payments } });
  scope = tenant.scope;
  stripe.clock = () => scope.now;
  const { secret, webhookSecret } = stripe;
  await configurePayments(scope, { provider: 'STRIPE', secret, webhookSecret });
});
afterEach(async () => {
  await stripe.stop();
  expect(await broken(scope)).toEqual([]);
  const kept = await scope.db.row<{ text: string }>(
    `SELECT json_agg(e)::text || (SELECT json_agg(v.payload)::text FROM engine_event v) AS text FROM effect e`,
  );
  expect(kept?.text).not.toContain(stripe.secret);
});
afterAll(() => database.close());

const tell = (at: Scope, { body, headers }: ReturnType<FakeStripe['event']>) =>
  takeWebhook(at, 'STRIPE', body, headers).then(({ outcome }) => outcome);

/** An accepted offer whose customer has paid and of which Stripe has told us. */
async function authorised(n = 1): Promise<Chain> {
  const chain = await accepted(scope, n);
  await runPayments(scope);
  const { providerRef } = await charge(scope, chain);
  const intent = stripe.pay(providerRef as string);
  expect(await tell(scope, stripe.event('payment_intent.amount_capturable_updated', intent))).toBe('APPLIED');
  return chain;
}
const theIntent = () => [...stripe.intents.values()][0] as NonNullable<ReturnType<FakeStripe['pay']>>;

test('the customer pays on Stripe’s page; capture at dispatch; refund', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  const opened = await charge(scope, chain);
  expect(opened).toMatchObject({
    ...{ provider: 'STRIPE', status: 'REQUIRES_ACTION', providerRef: stripe.sessions[0]?.id },
    actionUrl: stripe.sessions[0]?.url,
  });
  expect(Object.fromEntries(stripe.lastSession)).toMatchObject({
    client_reference_id: opened.id,
    'payment_intent_data[capture_method]': 'manual',
    'payment_intent_data[metadata][charge_id]': opened.id,
    'allowed_payment_method_types[0]': 'card',
    'line_items[0][price_data][currency]': 'inr',
    'line_items[0][price_data][unit_amount]': '500000',
  });
  const intent = stripe.pay(opened.providerRef as string);
  expect(await tell(scope, stripe.event('checkout.session.completed', stripe.sessions[0] as object))).toBe(
    'APPLIED',
  );
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
  expect(await charge(scope, chain)).toMatchObject({ providerRef: intent.id, actionUrl: null });
  await dispatch(scope, chain);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 DISPATCHED CONFIRMED');
  await giveBack(scope, chain, 'DRONE_LOST');
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('REFUNDED 500000/500000/500000 REFUNDED(DRONE_LOST) RELEASED');
  expect(stripe.refunds).toHaveLength(1);
  const ids = await scope.db.rows<{ id: string }>(
    'SELECT id FROM effect WHERE tenant_id = $1 ORDER BY created_at',
    [scope.tenantId],
  );
  expect(stripe.keys).toEqual(ids.map(({ id }) => id));
});

test.each(['LOST', 'HANG', 'DRIP', 'GARBAGE', 'FAIL_DONE'] as const)(
  'a session whose answer is gone (%s) is found, not made again',
  async (fault) => {
    const chain = await accepted(scope, 1);
    // A closed connection is tried once more by the SDK itself, with the same key.
    stripe.meet('POST /v1/checkout/sessions', ...(fault === 'LOST' ? [fault, fault] : [fault]));
    await runPayments(scope);
    expect(await effects(scope, chain)).toEqual(['authorise UNKNOWN 1']);
    await runPayments(later(5));
    expect(await effects(scope, chain)).toEqual(['authorise SENT 2']);
    expect(stripe.sessions).toHaveLength(1);
    expect(await charge(scope, chain)).toMatchObject({
      status: 'REQUIRES_ACTION',
      providerRef: stripe.sessions[0]?.id,
    });
    await giveBack(scope, chain, 'TEST_OVER');
    await runPayments(later(5));
  },
);

test('a lost session is found behind a hundred others', async () => {
  stripe.meet('POST /v1/checkout/sessions', 'HANG');
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  const [lost] = stripe.sessions;
  for (let i = 0; i < 130; i++)
    stripe.sessions.push({
      ...(lost as object as (typeof stripe.sessions)[0]),
      id: `cs_${i}`,
      client_reference_id: 'x',
    });
  await runPayments(later(5));
  expect(await charge(scope, chain)).toMatchObject({ providerRef: lost?.id });
  expect(stripe.calls.filter((call) => call === 'GET /v1/checkout/sessions')).toHaveLength(2);
});

test.each(['BUSY', 'DENIED'] as const)('%s: nothing was done, so it is simply tried again', async (fault) => {
  stripe.meet('POST', fault);
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise PENDING 1']);
  expect(await lastError(scope, chain)).toMatch(/^STRIPE_(429|401)_/);
  await runPayments(later(4));
  expect(await effects(scope, chain)).toEqual(['authorise PENDING 1']);
  await runPayments(later(7));
  expect(await effects(scope, chain)).toEqual(['authorise SENT 2']);
  expect(stripe.calls.filter((call) => call.startsWith('GET'))).toEqual([]);
});

test.each(['LOST', 'HANG', 'FAIL', 'FAIL_DONE', 'RESET'] as const)(
  'a capture that ends in %s is looked up and done once',
  async (fault) => {
    const chain = await authorised();
    await dispatch(scope, chain);
    stripe.meet('/capture', ...(fault === 'LOST' || fault === 'RESET' ? [fault, fault] : [fault]));
    await runPayments(scope);
    expect((await effects(scope, chain))[1]).toBe('capture UNKNOWN 1');
    await runPayments(later(5));
    expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 DISPATCHED CONFIRMED');
    expect(theIntent().amount_received).toBe(500_000);
    const isDone = fault !== 'FAIL' && fault !== 'RESET';
    expect(await ledger(scope, chain)).toEqual([
      'AUTHORIZE WEBHOOK',
      isDone ? 'CAPTURE RECONCILE' : 'CAPTURE EFFECT',
    ]);
  },
);

test.each(['LOST', 'HANG', 'FAIL', 'FAIL_DONE'] as const)(
  'a refund that ends in %s happens once',
  async (fault) => {
    const chain = await authorised();
    await dispatch(scope, chain);
    await runPayments(scope);
    await giveBack(scope, chain, 'DELIVERY_FAILED');
    stripe.meet('/refunds', ...(fault === 'LOST' ? [fault, fault] : [fault]));
    await runPayments(scope);
    await runPayments(later(5));
    expect(await standing(scope, chain)).toContain('REFUNDED 500000/500000/500000 REFUNDED(DELIVERY_FAILED)');
    expect(stripe.refunds).toHaveLength(1);
  },
);

test('an authorisation is given back by cancelling it', async () => {
  const chain = await authorised();
  await giveBack(scope, chain, 'DISPATCH_FAILED');
  stripe.meet('/cancel', 'FAIL_DONE');
  await runPayments(scope);
  await runPayments(later(5));
  expect(theIntent().status).toBe('canceled');
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(DISPATCH_FAILED) RELEASED');
});

test('who pays too late finds the session closed', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await expireUnpaid(later(901));
  await runPayments(later(901));
  expect(stripe.sessions[0]?.status).toBe('expired');
  expect(await standing(scope, chain)).toBe('VOIDED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
});

test('who pays in the last moment, while nobody listens, gets the money back', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  const intent = stripe.pay(stripe.sessions[0]?.id as string);
  await expireUnpaid(later(901));
  await runPayments(later(901));
  expect(intent.status).toBe('canceled');
  expect(await standing(scope, chain)).toBe('VOIDED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
  await tell(
    later(902),
    stripe.event('payment_intent.amount_capturable_updated', {
      ...intent,
      status: 'requires_capture',
      amount_capturable: 500_000,
    }),
  );
  await tell(later(903), stripe.event('payment_intent.canceled', intent));
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
});

test('Stripe away for an hour: the offer times out, what was asked is looked up and taken back', async () => {
  const chain = await accepted(scope, 1);
  stripe.meet('POST /v1/checkout/sessions', 'HANG');
  await runPayments(scope);
  await stripe.stop();
  for (let minute = 1; minute <= 60; minute++) {
    await expireUnpaid(later(minute * 60));
    await runPayments(later(minute * 60));
  }
  expect(await effects(scope, chain)).toEqual([
    expect.stringMatching(/^authorise UNKNOWN/),
    'release PENDING 0',
  ]);
  expect(await standing(scope, chain)).toContain('PENDING 0/0/0 EXPIRED(PAYMENT_TIMEOUT)');
  await stripe.start();
  await runPayments(later(7200));
  expect(stripe.sessions.map(({ status }) => status)).toEqual(['expired']);
  expect(await standing(scope, chain)).toContain('VOIDED 0/0/0 EXPIRED(PAYMENT_TIMEOUT)');
});

test('Stripe away from the start: nothing was asked, so nothing is to be found', async () => {
  await stripe.stop();
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  expect(await lastError(scope, chain)).toBe('STRIPE_ECONNREFUSED');
  await expireUnpaid(later(901));
  await stripe.start();
  await runPayments(later(1000));
  expect(await effects(scope, chain)).toEqual(['authorise FAILED 2', 'release SENT 1']);
  expect(stripe.sessions).toEqual([]);
  expect(await standing(scope, chain)).toBe('FAILED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
});

test('a capture after Stripe gave the authorisation back is booked as what it is', async () => {
  const chain = await authorised();
  theIntent().status = 'canceled';
  await dispatch(scope, chain);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(PAYMENT_VOIDED) RELEASED');
  await giveBack(scope, chain, 'UNPAID');
  await runPayments(scope);
});

test('an amount Stripe refuses is declined', async () => {
  const chain = await accepted(scope, 1, 100_000_000);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('FAILED 0/0/0 CANCELLED(PAYMENT_DECLINED) RELEASED');
  expect(await charge(scope, chain)).toMatchObject({ failureCode: 'STRIPE_400_amount_too_large' });
});

test.each([true, false])(
  'a customer who paid is noticed without a webhook (Stripe answers: %s)',
  async (answers) => {
    const chain = await accepted(scope, 1);
    await runPayments(scope);
    const intent = stripe.pay(stripe.sessions[0]?.id as string);
    await runPayments(later(59));
    expect(stripe.calls.filter((call) => call.startsWith('GET'))).toEqual([]);
    if (!answers) stripe.meet('GET', 'FAIL');
    await runPayments(later(60));
    if (!answers) expect((await charge(scope, chain)).status).toBe('REQUIRES_ACTION');
    await runPayments(later(120));
    expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
    expect(await ledger(scope, chain)).toEqual(['AUTHORIZE RECONCILE']);
    await tell(later(130), stripe.event('payment_intent.amount_capturable_updated', intent));
    expect(await ledger(scope, chain)).toEqual(['AUTHORIZE RECONCILE']);
    const looks = stripe.calls.length;
    await runPayments(later(600));
    expect(stripe.calls.length).toBe(looks);
  },
);

test('what cannot be given back for three days is dead, and says so', async () => {
  const chain = await authorised();
  await giveBack(scope, chain, 'DISPATCH_FAILED');
  await stripe.stop();
  for (const hours of [0, 1, 24, 71]) await runPayments(later(hours * 3600));
  expect((await effects(scope, chain)).at(-1)).toBe('release PENDING 4');
  await runPayments(later(72 * 3600 + 1));
  expect((await effects(scope, chain)).at(-1)).toBe('release DEAD 5');
  expect(await charge(scope, chain)).toMatchObject({
    ...{ status: 'AUTHORIZED', failureCode: 'RELEASE_DEAD:STRIPE_ECONNREFUSED' },
  });
  const log = await scope.events.read(scope.db, 0n, 100);
  expect(log.at(-1)?.payload).toMatchObject({ reason: 'RELEASE_DEAD:STRIPE_ECONNREFUSED' });
});
