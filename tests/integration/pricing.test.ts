import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { replayDecision } from '../../src/control/decisions/index.ts';
import { setFlag } from '../../src/control/flags/index.ts';
import { putKv } from '../../src/control/kv/index.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { configurePayments } from '../../src/delivery/charges/index.ts';
import {
  type ApplyRequest,
  applyAdaptivePrice,
  approvePrice,
  getPrice,
  type Price,
  priceOf,
  publishPrices,
  quoteAdaptivePrice,
  rejectPrice,
} from '../../src/growth/pricing/index.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { FakeStripe } from '../kit/payment-servers.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

let database: OpenTestDatabase;
let stripe: FakeStripe;
let tenant: TestScope;
let scope: Scope;
const later = (ms: number) => tenant.at(addMs(scope.now, ms));
const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });
const NO_COSTS = { openaiCost: usd(0n), infraCost: usd(0n) };
const of = (runs: number, more: Partial<ApplyRequest> = {}): ApplyRequest => ({
  ...{ subject: 'acme', runs, p95Ms: 100, ...NO_COSTS, ...more },
});
const seen = ({ status, amountMinor, revision, reason }: Price) => [status, amountMinor, revision, reason];
const held = (reason: string) => expect.objectContaining({ code: 'HELD', details: { reason } });
const automatic = async (at: Scope) => {
  await setFlag(at, { key: 'PRICING_AUTO_APPLY', value: true, reason: 'we trust the formula' });
  await updateSettings(at, { pricingMode: 'AUTO' });
};

beforeAll(async () => {
  database = await testDatabase();
  stripe = await new FakeStripe().start();
});
afterAll(async () => {
  await stripe.stop();
  await database.close();
});
beforeEach(async () => {
  const payments = { stripeApiBase: stripe.url, timeoutMs: 500 };
  tenant = await testScope(database.database, { outbound: { payments } });
  scope = tenant.scope;
});

describe('a quote', () => {
  test('is the document’s price, recorded so that it can be computed again', async () => {
    const request = {
      runs: 1000,
      p95Ms: 100,
      openaiCost: usd(1000n),
      infraCost: usd(2000n),
      refunds: usd(0n),
    };
    const quote = await quoteAdaptivePrice(scope, request);
    expect(quote.price).toMatchObject({ amountMinor: '3900', bound: 'COST_FLOOR' });
    expect(quote.isStale).toBe(false);
    expect(await replayDecision(scope, quote.decisionId)).toMatchObject({ isIdentical: true });
  });

  test('takes the costs of the account from the hourly sync, and says when they are old or missing', async () => {
    const kv = (key: string, amountMinor: string, asOf: Date) =>
      scope.db.tx((tx) =>
        putKv(scope, tx, {
          ...{ namespace: 'cost', key, value: { amountMinor, currency: 'USD', asOf: asOf.toISOString() } },
        }),
      );
    await kv('openai_cost_30d', '1000', scope.now);
    const half = await quoteAdaptivePrice(scope, { runs: 1000, p95Ms: 100 });
    expect(half).toMatchObject({ isStale: true, price: { amountMinor: '1900' } });
    expect(half.reasons.map(({ code }) => code)).toContain('COSTS_MISSING');
    await kv('infra_cost_30d', '2000', addMs(scope.now, -26 * HOUR_MS));
    const whole = await quoteAdaptivePrice(scope, { runs: 1000, p95Ms: 100 });
    expect(whole).toMatchObject({ isStale: false, price: { amountMinor: '3900' } });
    const old = await quoteAdaptivePrice(later(1), { runs: 1000, p95Ms: 100 });
    expect(old).toMatchObject({ isStale: true, price: { amountMinor: '3900' } });
    await expect(applyAdaptivePrice(later(1), { runs: 1000, p95Ms: 100 })).rejects.toThrow(
      held('COSTS_STALE'),
    );
    await expect(applyAdaptivePrice(scope, { subject: 'acme', runs: 1000 })).rejects.toThrow(
      held('COSTS_MISSING'),
    );
  });

  test.each([
    ['runs', { runs: 1.5 }],
    ['runs', { runs: -1 }],
    ['runs', { runs: Number.POSITIVE_INFINITY }],
    ['p95Ms', { runs: 1, p95Ms: -1 }],
    ['p95Ms', { runs: 1, p95Ms: Number.NaN }],
    ['subject', { runs: 1, subject: 'two words' }],
    ['refunds', { runs: 1, refunds: usd(-1n) }],
  ])('refuses a wrong %s', async (field, request) => {
    await expect(quoteAdaptivePrice(scope, request)).rejects.toThrow(expect.objectContaining({ field }));
  });

  test('never adds two currencies', async () => {
    const request = { runs: 1, openaiCost: usd(1n), infraCost: { amountMinor: 1n, currency: 'EUR' } };
    await expect(quoteAdaptivePrice(scope, request)).rejects.toThrow(
      expect.objectContaining({ code: 'CURRENCY_MISMATCH' }),
    );
  });
});

describe('applying', () => {
  test('waits for a person unless the flag and the mode say otherwise', async () => {
    const proposed = await applyAdaptivePrice(scope, of(1000));
    expect(seen(proposed)).toEqual(['PROPOSED', 1900n, 1, 'APPROVAL']);
    expect(await priceOf(scope, 'acme')).toBeNull();
    const active = await approvePrice(later(1), { id: proposed.id, expectedRevision: 1 });
    expect(active).toMatchObject({ status: 'ACTIVE', decidedBy: 'test', activeAt: later(1).now });
    await automatic(scope);
    // 10 % more, with its notice: the old price stays in force for 30 days.
    const next = await applyAdaptivePrice(later(2), of(1100));
    expect(next).toMatchObject({ status: 'APPLYING', amountMinor: 2090n, revision: 2 });
    await publishPrices(later(29 * DAY_MS));
    expect(await priceOf(scope, 'acme')).toMatchObject({ amountMinor: 1900n });
    await publishPrices(later(30 * DAY_MS + 2));
    expect(await priceOf(scope, 'acme')).toMatchObject({ id: next.id, amountMinor: 2090n });
    expect(await getPrice(scope, active.id)).toMatchObject({ status: 'SUPERSEDED' });
    // Cheaper needs no notice; the same price is no change at all.
    const after = tenant.at(addMs(scope.now, 31 * DAY_MS));
    expect(await applyAdaptivePrice(after, of(1000))).toMatchObject({ status: 'ACTIVE', revision: 3 });
    expect(await applyAdaptivePrice(after, of(1000))).toMatchObject({ status: 'ACTIVE', revision: 3 });
    const events = await scope.db.rows<{ what: string }>(
      `SELECT payload->>'status' AS what FROM engine_event WHERE type = 'PRICE_CHANGED' ORDER BY seq`,
    );
    expect(events.map(({ what }) => what)).toEqual([
      ...['PROPOSED', 'APPLYING', 'ACTIVE', 'APPLYING', 'SUPERSEDED', 'ACTIVE'],
      ...['APPLYING', 'SUPERSEDED', 'ACTIVE'],
    ]);
  });

  test.each([
    ['stabilise mode', 'STABILIZE_MODE', (at: Scope) => setFlag(at, { key: 'STABILIZE_MODE', value: true })],
    ['mode OFF', 'MODE_OFF', (at: Scope) => updateSettings(at, { pricingMode: 'OFF' })],
    ['mode OBSERVE', 'DRY_RUN', (at: Scope) => updateSettings(at, { pricingMode: 'OBSERVE' })],
  ])('is held by %s, and why is on record', async (_name, reason, prepare) => {
    await automatic(scope);
    await prepare(scope);
    await expect(applyAdaptivePrice(scope, of(1000))).rejects.toThrow(held(reason));
    expect(await scope.db.rows('SELECT kind, verdict, verdict_reason AS why FROM decision')).toEqual([
      { kind: 'pricing.adaptive', verdict: 'HOLD', why: reason },
    ]);
    expect(await scope.db.rows('SELECT 1 FROM price')).toEqual([]);
  });

  test('stabilise mode holds a person’s approval too, and what was held is not replayed', async () => {
    const { id } = await applyAdaptivePrice(scope, of(1000));
    await setFlag(scope, { key: 'STABILIZE_MODE', value: true });
    await expect(approvePrice(scope, { id })).rejects.toThrow(held('STABILIZE_MODE'));
    await setFlag(scope, { key: 'STABILIZE_MODE', value: false, reason: 'over' });
    await publishPrices(later(DAY_MS));
    expect(await getPrice(scope, id)).toMatchObject({ status: 'PROPOSED' });
  });

  test('a guardrail asks for a person, who has to say why', async () => {
    await automatic(scope);
    await applyAdaptivePrice(scope, of(1000));
    const steep = await applyAdaptivePrice(later(1), of(2000));
    expect(steep).toMatchObject({ status: 'PROPOSED', amountMinor: 3800n });
    expect(steep.reason).toMatch(/^STEP: It differs by more than 20 %/);
    await expect(approvePrice(later(2), { id: steep.id })).rejects.toThrow(held('STEP'));
    await expect(approvePrice(later(2), { id: steep.id, overrideGuardrails: true })).rejects.toThrow(
      expect.objectContaining({ field: 'reason' }),
    );
    const approval = { id: steep.id, overrideGuardrails: true, reason: 'agreed by contract', noticeDays: 0 };
    expect(seen(await approvePrice(later(2), approval))).toEqual(['ACTIVE', 3800n, 2, 'agreed by contract']);
  });

  test('one price of a subject is under way at a time, whoever is quicker', async () => {
    const outcomes = await Promise.allSettled(
      [1000, 1100, 1200].map((runs) => applyAdaptivePrice(scope, of(runs))),
    );
    const codes = outcomes.map((one) => (one.status === 'fulfilled' ? 'ok' : one.reason.code)).sort();
    expect(codes).toEqual(['VERSION_CONFLICT', 'VERSION_CONFLICT', 'ok']);
    const [open] = await scope.db.rows<{ id: string }>('SELECT id FROM price');
    expect(await rejectPrice(scope, { id: open?.id ?? '', reason: 'too early' })).toMatchObject({
      ...{ status: 'REJECTED', reason: 'too early' },
    });
    expect(await applyAdaptivePrice(scope, of(1000))).toMatchObject({ status: 'PROPOSED', revision: 2 });
    await expect(applyAdaptivePrice(scope, of(1000, { subject: 'b', expectedRevision: 1 }))).rejects.toThrow(
      expect.objectContaining({ code: 'VERSION_CONFLICT' }),
    );
  });

  test('what was agreed before a freeze comes into force after it', async () => {
    await automatic(scope);
    await applyAdaptivePrice(scope, of(1000));
    const { id } = await applyAdaptivePrice(later(1), of(1100));
    await setFlag(scope, { key: 'STABILIZE_MODE', value: true });
    await publishPrices(later(31 * DAY_MS));
    expect(await priceOf(scope, 'acme')).toMatchObject({ amountMinor: 1900n });
    expect(await getPrice(scope, id)).toMatchObject({ status: 'APPLYING' });
    await setFlag(scope, { key: 'STABILIZE_MODE', value: false, reason: 'over' });
    await publishPrices(later(40 * DAY_MS));
    expect(await priceOf(scope, 'acme')).toMatchObject({ id, amountMinor: 2090n });
  });

  test('a price that keeps its notice can be taken back', async () => {
    await automatic(scope);
    const first = await applyAdaptivePrice(scope, of(1000));
    const next = await applyAdaptivePrice(later(1), of(1100));
    expect(await rejectPrice(later(2), { id: next.id })).toMatchObject({ status: 'REJECTED' });
    await publishPrices(later(40 * DAY_MS));
    expect(await priceOf(scope, 'acme')).toMatchObject({ id: first.id });
  });
});

describe('a biller with a price list (Stripe)', () => {
  beforeEach(async () => {
    stripe.calm();
    stripe.prices.length = 0;
    await configurePayments(scope, {
      provider: 'STRIPE',
      secret: stripe.secret,
      webhookSecret: stripe.webhookSecret,
    });
    await automatic(scope);
  });
  const inForce = () =>
    stripe.prices.filter((price) => price.lookup_key !== null).map(({ unit_amount }) => unit_amount);

  test('has exactly one price in force, and knows it before we do', async () => {
    const first = await applyAdaptivePrice(scope, of(1000));
    expect(first).toMatchObject({ status: 'ACTIVE', providerRef: stripe.prices[0]?.id });
    await applyAdaptivePrice(later(1), of(900));
    expect([inForce(), stripe.prices.length]).toEqual([[1710], 2]);
    expect(stripe.prices[1]).toMatchObject({ lookup_key: `${scope.tenant.slug}:acme`, currency: 'usd' });
  });

  test.each(['LOST', 'HANG', 'FAIL_DONE'] as const)(
    'whose answer is lost (%s) is looked at, not asked twice',
    async (fault) => {
      stripe.meet('POST /v1/prices', fault);
      const { id } = await applyAdaptivePrice(scope, of(1000));
      expect(await getPrice(scope, id)).toMatchObject({ status: 'APPLYING' });
      expect(await priceOf(scope, 'acme')).toBeNull();
      await publishPrices(later(60_000));
      expect(await getPrice(scope, id)).toMatchObject({
        status: 'ACTIVE',
        providerRef: stripe.prices[0]?.id,
      });
      expect(stripe.prices).toHaveLength(1);
    },
  );

  test('that is away for days leaves the old price in force, and somebody is told', async () => {
    await applyAdaptivePrice(scope, of(1000));
    await stripe.stop();
    const { id } = await applyAdaptivePrice(later(1), of(900));
    await publishPrices(later(73 * HOUR_MS));
    await stripe.start();
    expect(await getPrice(scope, id)).toMatchObject({ status: 'FAILED' });
    expect(await priceOf(scope, 'acme')).toMatchObject({ amountMinor: 1900n });
    expect(
      await scope.db.rows('SELECT type, level, labels FROM alert_intake WHERE component = $1', ['pricing']),
    ).toEqual([{ type: 'PRICE_NOT_APPLIED', level: 'error', labels: { subject: 'acme' } }]);
  });
});
