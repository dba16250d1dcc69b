import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  configurePayments,
  expireUnpaid,
  runPayments,
  takeWebhook,
} from '../../src/delivery/charges/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { FakeRazorpay } from '../kit/payment-servers.ts';
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
let razorpay: FakeRazorpay;
let tenant: TestScope;
let scope: Scope;
const later = (seconds: number) => tenant.at(new Date(scope.now.getTime() + seconds * 1000));

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  razorpay = await new FakeRazorpay().start();
  const payments = { razorpayApiBase: razorpay.url, timeoutMs: 300 };
  tenant = await testScope(database.database, { outbound: { payments } });
  scope = tenant.scope;
  razorpay.clock = () => scope.now;
  const { keyId, secret, webhookSecret } = razorpay;
  await configurePayments(scope, { provider: 'RAZORPAY', keyId, secret, webhookSecret });
});
afterEach(async () => {
  await razorpay.stop();
  expect(await broken(scope)).toEqual([]);
  const kept = await scope.db.row<{ text: string }>(
    `SELECT json_agg(e)::text || (SELECT json_agg(v.payload)::text FROM engine_event v) AS text FROM effect e`,
  );
  expect(kept?.text).not.toContain(razorpay.secret);
});
afterAll(() => database.close());

const tell = (at: Scope, { body, headers }: ReturnType<FakeRazorpay['event']>) =>
  takeWebhook(at, 'RAZORPAY', body, headers).then(({ outcome }) => outcome);

/** An accepted offer whose customer has paid and of which Razorpay has told us. */
async function authorised(): Promise<Chain> {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  const payment = razorpay.pay(razorpay.orders[0]?.id as string);
  expect(await tell(scope, razorpay.event('payment.authorized', payment))).toBe('APPLIED');
  return chain;
}
const thePayment = () => razorpay.payments[0] as ReturnType<FakeRazorpay['pay']>;

test('an order with manual capture, paid on our way to Razorpay’s page; capture; refund', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  const opened = await charge(scope, chain);
  expect(opened).toMatchObject({
    ...{ provider: 'RAZORPAY', status: 'REQUIRES_ACTION', providerRef: razorpay.orders[0]?.id },
    actionUrl: `http://127.0.0.1:4000/pay/${scope.tenant.slug}/${opened.id}`,
  });
  expect(razorpay.orders).toMatchObject([
    {
      ...{ amount: 500_000, currency: 'INR', receipt: opened.id },
      payment: {
        capture: 'manual',
        capture_options: { manual_expiry_period: 1440, refund_speed: 'normal' },
      },
    },
  ]);
  const payment = razorpay.pay(opened.providerRef as string);
  expect(await tell(scope, razorpay.event('payment.failed', { ...payment, status: 'failed' }))).toBe(
    'IGNORED',
  );
  expect(await tell(scope, razorpay.event('payment.authorized', payment))).toBe('APPLIED');
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
  await dispatch(scope, chain);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 DISPATCHED CONFIRMED');
  await giveBack(scope, chain, 'DRONE_LOST');
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('REFUNDED 500000/500000/500000 REFUNDED(DRONE_LOST) RELEASED');
  const release = await scope.db.row<{ id: string }>(
    `SELECT id FROM effect WHERE tenant_id = $1 AND kind = 'payment.release'`,
    [scope.tenantId],
  );
  expect(razorpay.refunds.map(({ key }) => key)).toEqual([release?.id]);
});

test.each(['LOST', 'HANG', 'DRIP', 'GARBAGE', 'FAIL_DONE'] as const)(
  'an order whose answer is gone (%s) is found by its receipt, not made again',
  async (fault) => {
    const chain = await accepted(scope, 1);
    razorpay.meet('POST /v1/orders', fault);
    await runPayments(scope);
    expect(await effects(scope, chain)).toEqual(['authorise UNKNOWN 1']);
    await runPayments(later(5));
    expect(razorpay.orders).toHaveLength(1);
    expect(await charge(scope, chain)).toMatchObject({
      ...{ status: 'REQUIRES_ACTION', providerRef: razorpay.orders[0]?.id },
      actionUrl: expect.stringContaining('/pay/'),
    });
    await giveBack(scope, chain, 'TEST_OVER');
    await runPayments(later(5));
  },
);

test('of two orders for one charge, the one that was paid counts', async () => {
  const chain = await accepted(scope, 1);
  razorpay.meet('POST /v1/orders', 'HANG');
  await runPayments(scope);
  const [first] = razorpay.orders;
  razorpay.orders.unshift({ ...(first as NonNullable<typeof first>), id: 'order_0' });
  razorpay.pay(first?.id as string);
  await runPayments(later(5));
  expect(await charge(scope, chain)).toMatchObject({ status: 'AUTHORIZED', providerRef: first?.id });
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE RECONCILE']);
});

test.each(['BUSY', 'DENIED'] as const)('%s: nothing was done, so it is simply tried again', async (fault) => {
  razorpay.meet('POST', fault);
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise PENDING 1']);
  expect(await lastError(scope, chain)).toMatch(/^RAZORPAY_(429|401)_BAD_REQUEST_ERROR$/);
  await runPayments(later(5));
  expect(await effects(scope, chain)).toEqual(['authorise SENT 2']);
});

test.each(['LOST', 'HANG', 'FAIL', 'FAIL_DONE', 'RESET'] as const)(
  'a capture that ends in %s is looked up and done once',
  async (fault) => {
    const chain = await authorised();
    await dispatch(scope, chain);
    razorpay.meet('/capture', fault);
    await runPayments(scope);
    expect((await effects(scope, chain))[1]).toBe('capture UNKNOWN 1');
    await runPayments(later(5));
    expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 DISPATCHED CONFIRMED');
    const isDone = fault !== 'FAIL' && fault !== 'RESET';
    expect((await ledger(scope, chain))[1]).toBe(isDone ? 'CAPTURE RECONCILE' : 'CAPTURE EFFECT');
  },
);

test.each(['LOST', 'HANG', 'FAIL', 'FAIL_DONE'] as const)(
  'a refund that ends in %s happens once',
  async (fault) => {
    const chain = await authorised();
    await dispatch(scope, chain);
    await runPayments(scope);
    await giveBack(scope, chain, 'DELIVERY_FAILED');
    razorpay.meet('/refund', fault);
    await runPayments(scope);
    await runPayments(later(5));
    expect(await standing(scope, chain)).toContain('REFUNDED 500000/500000/500000 REFUNDED(DELIVERY_FAILED)');
    expect(razorpay.refunds).toHaveLength(1);
  },
);

test('there is no void: the authorisation is left to run out, is never captured, and that is said', async () => {
  const chain = await authorised();
  await giveBack(scope, chain, 'DISPATCH_FAILED');
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(DISPATCH_FAILED) RELEASED');
  expect(await charge(scope, chain)).toMatchObject({ failureCode: 'RELEASED_BY_RAZORPAY_WITHIN_24_H' });
  expect(thePayment().status).toBe('authorized');
  razorpay.runOut(thePayment());
  expect(await tell(scope, razorpay.event('refund.processed', thePayment()))).toBe('APPLIED');
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(DISPATCH_FAILED) RELEASED');
});

test('an authorisation that ran out before its dispatch ends the offer', async () => {
  const chain = await authorised();
  razorpay.runOut(thePayment());
  await tell(scope, razorpay.event('refund.created', thePayment()));
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(PAYMENT_VOIDED) RELEASED');
});

test('who pays after the offer has timed out is not charged', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await expireUnpaid(later(901));
  await runPayments(later(901));
  const payment = razorpay.pay(razorpay.orders[0]?.id as string);
  expect(await tell(later(1000), razorpay.event('payment.authorized', payment))).toBe('APPLIED');
  await runPayments(later(1000));
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
});

test('Razorpay away from the start: nothing was asked, so nothing is to be found', async () => {
  await razorpay.stop();
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  expect(await lastError(scope, chain)).toBe('RAZORPAY_ECONNREFUSED');
  await expireUnpaid(later(901));
  await razorpay.start();
  await runPayments(later(1000));
  expect(razorpay.orders).toEqual([]);
  expect(await standing(scope, chain)).toBe('FAILED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
});

test('a customer who paid is noticed without a webhook', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  razorpay.pay(razorpay.orders[0]?.id as string);
  await runPayments(later(60));
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
});
