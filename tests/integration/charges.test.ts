import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { expireHolds, releaseHubs } from '../../src/delivery/capacity/index.ts';
import {
  configurePayments,
  expireUnpaid,
  paymentAccount,
  refundOffer,
  requestAuthorisation,
  requestCapture,
  runPayments,
} from '../../src/delivery/charges/index.ts';
import { lockOffer } from '../../src/delivery/offers/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import {
  accepted,
  broken,
  cancel,
  deliver,
  dispatch,
  effects,
  giveBack,
  lastError,
  ledger,
  offerOf,
  standing,
} from './payment-kit.ts';

let database: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;
const later = (minutes: number) => tenant.at(new Date(scope.now.getTime() + minutes * 60_000));

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  tenant = await testScope(database.database);
  scope = tenant.scope;
});
afterEach(async () => {
  expect(await broken(scope)).toEqual([]);
});
afterAll(() => database.close());

test('an accepted offer is authorised, then captured when it is dispatched', async () => {
  const chain = await accepted(scope, 1);
  expect(await standing(scope, chain)).toBe('PENDING 0/0/0 ACCEPTED HELD');
  expect(await runPayments(scope, { offerId: chain.offer })).toBe(1);
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
  await dispatch(scope, chain);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 DISPATCHED CONFIRMED');
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE EFFECT', 'CAPTURE EFFECT']);
  expect(await effects(scope, chain)).toEqual(['authorise SENT 1', 'capture SENT 1']);
  const log = await scope.events.read(scope.db, 0n, 100);
  const changes = log.filter(({ type }) => type === 'PAYMENT_CHANGED').map(({ payload }) => payload);
  expect(changes).toMatchObject([
    { status: 'AUTHORIZED', provider: 'TEST', captured: { amountMinor: '0', currency: 'INR' } },
    { status: 'CAPTURED', captured: { amountMinor: '500000', currency: 'INR' } },
  ]);
});

test('a declined payment cancels the offer and frees the slot', async () => {
  const chain = await accepted(scope, 1, 500_001);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('FAILED 0/0/0 CANCELLED(PAYMENT_DECLINED) RELEASED');
  expect(await ledger(scope, chain)).toEqual(['DECLINE EFFECT']);
});

// The embedded database has one connection, so nobody is ever in the middle of something else.
test.runIf(process.env.DATABASE_URL)(
  'the sweep does not wait for an offer that is being settled, and ends the others',
  async () => {
    const [busy, late] = [await accepted(scope, 1), await accepted(scope, 2)];
    await scope.db.tx(async (tx) => {
      await lockOffer(tx, scope.tenantId, busy.offer);
      expect(await expireUnpaid(later(16))).toBe(1);
    });
    expect(await standing(scope, busy)).toBe('PENDING 0/0/0 ACCEPTED HELD');
    expect(await standing(scope, late)).toBe('PENDING 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
    expect(await expireUnpaid(later(17))).toBe(1);
    expect(await standing(scope, busy)).toBe('PENDING 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
  },
);

test('accepting twice opens one charge and asks once', async () => {
  const chain = await accepted(scope, 1);
  await scope.db.tx(async (tx) => {
    const offer = await lockOffer(tx, scope.tenantId, chain.offer);
    expect((await requestAuthorisation(scope, tx, offer)).status).toBe('PENDING');
  });
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise SENT 1']);
});

test('a delivery that cannot start gives the authorisation back, and a capture after that is refused', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await giveBack(scope, chain, 'DISPATCH_FAILED');
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(DISPATCH_FAILED) RELEASED');
  await scope.db.tx((tx) => requestCapture(scope, tx, chain.offer));
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise SENT 1', 'release SENT 1', 'capture FAILED 1']);
  expect(await lastError(scope, chain)).toBe('CHARGE_VOIDED');
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE EFFECT', 'VOID EFFECT']);
});

test('money of what has not been dispatched is never captured', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await scope.db.tx((tx) => requestCapture(scope, tx, chain.offer));
  await runPayments(scope);
  expect(await lastError(scope, chain)).toBe('NOT_DISPATCHED');
  expect(await standing(scope, chain)).toBe('AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED');
});

test('a delivery that fails after the capture refunds', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await dispatch(scope, chain);
  await runPayments(scope);
  await giveBack(scope, chain, 'DELIVERY_FAILED');
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe(
    'REFUNDED 500000/500000/500000 REFUNDED(DELIVERY_FAILED) RELEASED',
  );
});

test('a delivery that fails before its capture was tried gives the authorisation back instead', async () => {
  const chain = await accepted(scope, 1);
  await runPayments(scope);
  await dispatch(scope, chain);
  await giveBack(scope, chain, 'DELIVERY_FAILED');
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise SENT 1', 'capture SKIPPED 0', 'release SENT 1']);
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 CANCELLED(DELIVERY_FAILED) RELEASED');
});

test('an offer that is cancelled before the first attempt is never charged', async () => {
  const chain = await accepted(scope, 1);
  await giveBack(scope, chain, 'CANCELLED_BY_OPERATOR');
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise SKIPPED 0', 'release SENT 1']);
  expect(await standing(scope, chain)).toBe('VOIDED 0/0/0 CANCELLED(CANCELLED_BY_OPERATOR) RELEASED');
});

test('an authorisation that arrives after the offer has ended is given back at once', async () => {
  const chain = await accepted(scope, 1);
  await cancel(scope, chain, 'ORDER_CANCELLED');
  // As if the provider had answered before: the row is what an attempt leaves behind that was cut off.
  await scope.db.run(
    `UPDATE effect SET status = 'SENDING', attempts = 1, lease_until = clock_timestamp() - interval '1 second'
     WHERE tenant_id = $1`,
    [scope.tenantId],
  );
  const { id } = (await scope.db.row<{ id: string }>('SELECT id FROM charge WHERE tenant_id = $1', [
    scope.tenantId,
  ])) as { id: string };
  await scope.db.run(
    `INSERT INTO test_payment (tenant_id, id, reference, currency, amount_minor, status, created_at)
     VALUES ($1, 'test_' || $2::text, $2, 'INR', 500000, 'AUTHORIZED', now())`,
    [scope.tenantId, id],
  );
  await runPayments(scope);
  expect(await effects(scope, chain)).toEqual(['authorise SENT 2', 'release SENT 1']);
  expect(await ledger(scope, chain)).toEqual(['AUTHORIZE RECONCILE', 'VOID EFFECT']);
  expect(await standing(scope, chain)).toContain('VOIDED 500000/0/0 CANCELLED(ORDER_CANCELLED)');
  await scope.db.tx((tx) => releaseHubs(scope, tx, chain.opportunity));
});

test('an offer that is not paid within its hold expires, and nothing of it is left', async () => {
  const chain = await accepted(scope, 1);
  expect(await expireUnpaid(later(14))).toBe(0);
  expect(await expireUnpaid(later(16))).toBe(1);
  await runPayments(later(16));
  expect(await standing(scope, chain)).toBe('VOIDED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED');
  expect(await expireUnpaid(later(17))).toBe(0);
});

test('an authorisation after the hold has run out finds nobody who could deliver', async () => {
  const chain = await accepted(scope, 1);
  await scope.db.tx((tx) => expireHolds(later(16), tx));
  await runPayments(later(16));
  expect(await standing(scope, chain)).toBe('VOIDED 500000/0/0 EXPIRED(HOLD_EXPIRED) EXPIRED');
  expect(await effects(scope, chain)).toEqual(['authorise SENT 1', 'release SENT 1']);
});

test('finance refunds what was delivered, and only that', async () => {
  const chain = await accepted(scope, 1);
  await expect(refundOffer(scope, { id: chain.offer })).rejects.toThrow(
    'cannot go from ACCEPTED to REFUNDED',
  );
  await runPayments(scope);
  await dispatch(scope, chain);
  await deliver(scope, chain);
  await runPayments(scope);
  expect(await standing(scope, chain)).toBe('CAPTURED 500000/500000/0 DELIVERED(DELIVERED) RELEASED');
  const { offer, charge } = await refundOffer(scope, { id: chain.offer, reason: 'Damaged' });
  expect([offer.status, offer.closedReason, charge.status]).toEqual(['REFUNDED', 'Damaged', 'REFUNDED']);
  await expect(refundOffer(scope, { id: chain.offer })).rejects.toThrow('cannot go from REFUNDED');
  const audit = await scope.db.rows('SELECT action, subject FROM audit_entry WHERE tenant_id = $1', [
    scope.tenantId,
  ]);
  expect(audit).toContainEqual({ action: 'offer.refund', subject: chain.offer });
});

test('an account keeps its secrets to itself', async () => {
  expect(await paymentAccount(scope)).toEqual({
    ...{ provider: 'TEST', keyId: null, hasSecret: false, hasWebhookSecret: false },
    ...{ webhookUrl: null, version: 0 },
  });
  await expect(configurePayments(scope, { provider: 'STRIPE' })).rejects.toThrow(
    'STRIPE needs its secret key',
  );
  await expect(configurePayments(scope, { provider: 'STRIPE', secret: 'pk_live_public1' })).rejects.toThrow(
    'begins with sk_test_',
  );
  const account = await configurePayments(scope, {
    ...{ provider: 'STRIPE', secret: 'sk_test_51secretvalue', webhookSecret: 'whsec_verysecret' },
  });
  expect(account).toEqual({
    ...{ provider: 'STRIPE', keyId: 'alue', hasSecret: true, hasWebhookSecret: true, version: 1 },
    webhookUrl: `http://127.0.0.1:4000/webhooks/payments/stripe/${scope.tenant.slug}`,
  });
  const everything = await scope.db.row<{ text: string }>(
    `SELECT (SELECT json_agg(a)::text FROM audit_entry a) || (SELECT json_agg(p)::text FROM payment_account p) AS text`,
  );
  expect(everything?.text).not.toMatch(/secretvalue|verysecret/);
  await configurePayments(scope, { provider: 'STRIPE' });
  expect(await paymentAccount(scope)).toMatchObject({ hasSecret: true, hasWebhookSecret: true, version: 2 });
  await expect(configurePayments(scope, { provider: 'RAZORPAY', secret: 'razor-secret' })).rejects.toThrow(
    'looks like rzp_',
  );
});

test('a provider with money under way cannot be left', async () => {
  await accepted(scope, 1);
  await runPayments(scope);
  await expect(
    configurePayments(scope, { provider: 'STRIPE', secret: 'sk_test_51secretvalue' }),
  ).rejects.toThrow('1 charge(s) at TEST are under way');
});

test('a payment that was authorised moves the offer once, however many run it', async () => {
  const chains = await Promise.all(Array.from({ length: 10 }, (_, i) => accepted(scope, i + 1)));
  await Promise.all([runPayments(scope), runPayments(tenant.at(scope.now)), runPayments(scope)]);
  for (const chain of chains) {
    expect(await effects(scope, chain)).toEqual(['authorise SENT 1']);
    expect((await offerOf(scope, chain)).version).toBe(2);
  }
});

test('payments that are settled while their holds run out end one way or the other', async () => {
  const chains = [];
  for (let i = 1; i <= 30; i++) chains.push(await accepted(scope, i));
  const end = later(16);
  await Promise.all([
    runPayments(end),
    expireUnpaid(end),
    runPayments(end),
    expireUnpaid(end),
    expireUnpaid(end),
  ]);
  await runPayments(end);
  const ends = new Set<string>();
  for (const chain of chains) ends.add(await standing(scope, chain));
  const either = [
    'AUTHORIZED 500000/0/0 PAYMENT_AUTHORIZED CONFIRMED',
    'VOIDED 500000/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED',
    'VOIDED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED',
    'FAILED 0/0/0 EXPIRED(PAYMENT_TIMEOUT) EXPIRED',
  ];
  expect([...ends].filter((each) => !either.includes(each))).toEqual([]);
});
