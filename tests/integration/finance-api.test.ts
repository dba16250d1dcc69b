import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AdaptivePriceDocument,
  ApplyAdaptivePriceDocument,
  ApprovePriceDocument,
  CostForecastsDocument,
  CreateApiKeyDocument,
  CurrentPriceDocument,
  ImportPaymentsDocument,
  OpsSummaryDocument,
  PayPartnerConversionsDocument,
  PricesDocument,
  ProfitabilityLedgerDocument,
  RecordActivityDocument,
  RecordCostsDocument,
  RecordPartnerConversionsDocument,
  ReportsDocument,
  RetentionMetricsDocument,
  RunJobNowDocument,
} from '../../operations/generated/graphql.ts';
import { predictCosts, syncCosts } from '../../src/finance/costs/index.ts';
import { sendOpsSummary } from '../../src/finance/reports/index.ts';
import { aggregateRetention } from '../../src/finance/retention/index.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';

let server: TestServer;
let client: Client;
let scope: Scope;
const NOW = new Date('2026-11-23T09:00:00Z');
let clock = NOW;
const usd = (amountMinor: string) => ({ amountMinor, currency: 'USD' });
const yen = (amountMinor: string) => ({ amountMinor, currency: 'JPY' });
const dinar = (amountMinor: string) => ({ amountMinor, currency: 'KWD' });

beforeAll(async () => {
  server = await startServer({ clock: () => clock });
  await server.createTenant({ slug: 'finance' });
  client = server.client(undefined, 'finance');
  scope = await server.app.tenantScope('finance', NOW);
});
afterAll(() => server?.stop());

const payload = <T extends { __typename?: string | undefined }, N extends string>(
  answer: T,
  name: N,
): Extract<T, { __typename?: N }> => {
  expect(answer).toMatchObject({ __typename: name });
  return answer as Extract<T, { __typename?: N }>;
};

test('a price goes from a quote to its approval, each step with its reasons', async () => {
  const quote = { runs: 1000, p95Ms: 100, openaiCost: usd('1000'), infraCost: usd('2000'), subject: 'acme' };
  const asked = payload(
    (await client.run(AdaptivePriceDocument, { input: quote })).adaptivePrice,
    'AdaptivePriceQuote',
  );
  expect(asked).toMatchObject({
    ...{ price: { amountMinor: '3900', formatted: '$39.00' }, bound: 'COST_FLOOR', loadFactor: '1' },
    ...{ listPrice: { amountMinor: '1900' }, isStale: false },
  });
  const input = { quote, idempotencyKey: 'once' };
  const first = (await client.run(ApplyAdaptivePriceDocument, { input })).applyAdaptivePrice;
  const again = (await client.run(ApplyAdaptivePriceDocument, { input })).applyAdaptivePrice;
  expect(again).toEqual(first);
  const { price } = payload(first, 'PricePayload');
  expect(price).toMatchObject({
    ...{ status: 'PROPOSED', revision: 1, reason: 'APPROVAL', proposedBy: 'platform-admin' },
    decision: { kind: 'pricing.adaptive', verdict: 'NEEDS_APPROVAL' },
  });
  const second = await client.run(ApplyAdaptivePriceDocument, { input: { quote } });
  expect(second.applyAdaptivePrice).toMatchObject({
    __typename: 'VersionConflict',
    ...{
      code: 'VERSION_CONFLICT',
      message: expect.stringContaining('acme is PROPOSED: approve it or reject'),
    },
  });
  const approval = { id: price.id, expectedRevision: 1, reason: 'fair' };
  const { approvePrice } = await client.run(ApprovePriceDocument, { input: approval });
  expect(payload(approvePrice, 'PricePayload').price).toMatchObject({ status: 'ACTIVE', reason: 'fair' });
  const late = await client.run(ApprovePriceDocument, { input: { id: price.id } });
  expect(late.approvePrice).toMatchObject({ __typename: 'InvalidTransition' });
  const current = await client.run(CurrentPriceDocument, { subject: 'acme' });
  expect(current.price).toMatchObject({ id: price.id, amount: { amountMinor: '3900' } });
  const all = await client.run(PricesDocument, { filter: { subject: 'acme' } });
  expect(all.prices.edges).toHaveLength(1);
});

test.each([
  [
    'mixed currencies',
    { runs: 1, openaiCost: usd('1'), infraCost: { amountMinor: '1', currency: 'EUR' } },
    'CurrencyMismatch',
    [],
  ],
  ['half a run', { runs: 0.5 }, 'InvalidInput', ['runs']],
  ['a negative cost', { runs: 1, refunds: usd('-1') }, 'InvalidInput', ['refunds']],
  [
    'a cost that no column holds',
    { runs: 1, infraCost: usd('9007199254740992') },
    'InvalidInput',
    ['infraCost'],
  ],
])('%s are refused by name', async (_name, input, __typename, path) => {
  const { adaptivePrice } = await client.run(AdaptivePriceDocument, { input });
  expect(adaptivePrice).toMatchObject({ __typename, path });
});

test.each([
  ['no demand and no costs', { runs: 0 }, '$9.50', true],
  [
    'a currency without decimals',
    { runs: 1500, p95Ms: 10, openaiCost: yen('7'), infraCost: yen('0') },
    '¥27',
  ],
  ['a currency with three', { runs: 1234, openaiCost: dinar('1'), infraCost: dinar('0') }, 'KWD\u00a023.446'],
  [
    'the largest numbers',
    { runs: 1e12, p95Ms: 1e308, openaiCost: usd('9007199254740991'), infraCost: usd('9007199254740991') },
    '$234,187,180,623,265.77',
  ],
])('a price of %s', async (_name, input, formatted, isStale = false) => {
  const { adaptivePrice } = await client.run(AdaptivePriceDocument, { input });
  expect(payload(adaptivePrice, 'AdaptivePriceQuote')).toMatchObject({ price: { formatted }, isStale });
});

test.each(['1.5', '9223372036854775808', 'much'])(
  '%s as an amount is the caller’s mistake, not ours',
  async (amount) => {
    const { errors } = await client.ask(AdaptivePriceDocument, {
      input: { runs: 1, openaiCost: usd(amount) },
    });
    expect(errors?.[0]?.extensions.code).toBe('VALIDATION_ERROR');
    expect(errors?.[0]?.message).toContain('BigInt');
  },
);

test('the document’s ledger, from facts sent and jobs run by hand (spec m.2, m.3)', async () => {
  await server.createTenant({ slug: 'seed' });
  const seed = server.client(undefined, 'seed');
  const run = async (job: string) => {
    const { runJobNow } = await seed.run(RunJobNowDocument, { input: { job } });
    expect(payload(runJobNow, 'RunJobNowPayload').run).toMatchObject({ status: 'COMPLETED', error: null });
  };
  const yesterday = addMs(NOW, -DAY_MS).toISOString();
  const of = (externalId: string, category: string, amount: string, currency = 'USD') => ({
    ...{ externalId, category, amount, currency, occurredAt: yesterday },
  });
  const items = [of('ai', 'AI', '0'), of('infra', 'INFRASTRUCTURE', '20.00'), of('yen', 'AI', '700', 'JPY')];
  await seed.run(RecordCostsDocument, { input: { source: 'x', items } });
  await run('kv-cost-sync');
  const look = async (currency?: string) =>
    (await seed.run(ProfitabilityLedgerDocument, { currency })).profitabilityLedger;
  expect(await look()).toMatchObject({
    ...{ missing: ['revenue'], net30d: null, totalCosts: { formatted: '$20.00' } },
  });
  expect((await seed.run(OpsSummaryDocument, {})).opsSummary.lines).toContain(
    'Costs, 30 days: $20.00; revenue is not known.',
  );
  const sale = { externalId: 'p', status: 'CAPTURED', amount: '1.00', currency: 'USD' };
  await seed.run(ImportPaymentsDocument, {
    input: { source: 'x', items: [{ ...sale, attemptedAt: yesterday, capturedAt: yesterday }] },
  });
  await run('cost-prediction');
  const forecasts = await seed.run(CostForecastsDocument, {});
  const seen = forecasts.costForecasts.edges.map(({ node }) => [node.category, node.total.amountMinor]);
  expect(seen.sort()).toEqual([
    ['AI', '0'],
    ['AI', '700'],
    ['INFRASTRUCTURE', '2000'],
  ]);
  clock = addMs(NOW, 1_000);
  await run('kv-cost-sync');
  expect(await look()).toMatchObject({
    ...{ revenue30d: { amount: { amountMinor: '100' } }, partnerPayoutsPending: { amountMinor: '0' } },
    ...{ net30d: { amountMinor: '-1900' }, marginPct: -1900, missing: [], isStale: false },
  });
  // What was spent in another currency is shown in it and added to nothing.
  expect(await look('JPY')).toMatchObject({
    ...{ openaiCost30d: { amount: { formatted: '¥700' } }, missing: ['revenue', 'infraCost'], net30d: null },
  });
  clock = addMs(NOW, 26 * HOUR_MS + 2_000);
  expect(await look()).toMatchObject({ isStale: true, net30d: { amountMinor: '-1900' } });
  clock = NOW;
});

test('costs become a ledger, a forecast and a summary', async () => {
  const item = (externalId: string, category: string, amount: string, daysAgo: number) => ({
    ...{ externalId, category, amount, currency: 'USD' },
    occurredAt: addMs(NOW, -daysAgo * DAY_MS).toISOString(),
  });
  const items = Array.from({ length: 20 }, (_, day) => item(`ai-${day}`, 'AI', '1.00', day + 1));
  const { recordCosts } = await client.run(RecordCostsDocument, {
    input: {
      source: 'openai',
      items: [...items, item('infra', 'INFRASTRUCTURE', '20', 2), item('x', 'FUN', '1', 1)],
    },
  });
  expect(payload(recordCosts, 'ImportPayload').counts).toEqual({
    created: 21,
    updated: 0,
    unchanged: 0,
    rejected: 1,
  });
  const sale = {
    externalId: '1',
    amount: '10',
    currency: 'USD',
    occurredAt: addMs(NOW, -HOUR_MS).toISOString(),
  };
  await client.run(RecordPartnerConversionsDocument, { input: { source: 'ally', items: [sale] } });
  await syncCosts(scope);
  const { profitabilityLedger } = await client.run(ProfitabilityLedgerDocument, {});
  expect(profitabilityLedger).toMatchObject({
    ...{ revenue30d: null, missing: ['revenue'], net30d: null, marginPct: null, isStale: false },
    ...{
      openaiCost30d: { amount: { amountMinor: '2000' } },
      infraCost30d: { amount: { amountMinor: '2000' } },
    },
    ...{ partnerPayoutsPending: { amountMinor: '200' }, totalCosts: { amountMinor: '4200' } },
  });
  const { payPartnerConversions } = await client.run(PayPartnerConversionsDocument, {
    input: { partner: 'ally', upTo: NOW.toISOString() },
  });
  expect(payPartnerConversions).toMatchObject({ partner: 'ally', conversions: 1 });
  await predictCosts(scope);
  const { costForecasts } = await client.run(CostForecastsDocument, { first: 5 });
  const ai = costForecasts.edges.find(({ node }) => node.category === 'AI')?.node;
  expect(ai).toMatchObject({ total: { amountMinor: '3000' }, model: 'NAIVE', points: 20 });
});

test('the ops summary is one line on a quiet day, is kept once a day, and can be looked at', async () => {
  await server.createTenant({ slug: 'quiet' });
  const quiet = server.client(undefined, 'quiet');
  const at = (now: Date) => server.app.tenantScope('quiet', now);
  const { opsSummary } = await quiet.run(OpsSummaryDocument, {});
  expect(opsSummary).toEqual({
    title: 'quiet: 2026-11-23',
    lines: ['All quiet: no sales, no open issue, no incident, nothing due.'],
  });
  expect(await sendOpsSummary(await at(NOW))).toBe(true);
  expect(await sendOpsSummary(await at(addMs(NOW, HOUR_MS)))).toBe(false);
  const { reports } = await quiet.run(ReportsDocument, {});
  expect(reports.edges.map(({ node }) => [node.kind, node.reportKey, node.lines])).toEqual([
    ['OPS_SUMMARY', '2026-11-23', opsSummary.lines],
  ]);
});

test('users are counted by day', async () => {
  const days = [{ at: addMs(NOW, -DAY_MS).toISOString(), userIds: ['a', 'b'] }];
  const { recordActivity } = await client.run(RecordActivityDocument, { input: { days } });
  expect(recordActivity).toMatchObject({ added: 2 });
  await aggregateRetention(scope);
  const { retentionMetrics } = await client.run(RetentionMetricsDocument, {
    ...{ from: addMs(NOW, -7 * DAY_MS).toISOString(), to: NOW.toISOString() },
  });
  expect(retentionMetrics).toMatchObject([{ day: '2026-11-22', dau: 2, wau: 2, mau: 2, stickinessPct: 100 }]);
});

test('money is shown to keys with the FINANCE scope only', async () => {
  const keyOf = async (scopes: ('VIEWER' | 'FINANCE')[]) => {
    const { createApiKey } = await client.run(CreateApiKeyDocument, {
      input: { name: scopes.join(), scopes },
    });
    return server.client(payload(createApiKey, 'CreateApiKeyPayload').value ?? '');
  };
  const refused = await (await keyOf(['VIEWER'])).ask(ProfitabilityLedgerDocument, {});
  expect(refused.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const allowed = await (await keyOf(['FINANCE'])).ask(ProfitabilityLedgerDocument, {});
  expect(allowed.data.profitabilityLedger.currency).toBe('USD');
});
