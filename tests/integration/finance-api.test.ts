import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AdaptivePriceDocument,
  ApplyAdaptivePriceDocument,
  ApprovePriceDocument,
  CostForecastsDocument,
  CreateApiKeyDocument,
  CurrentPriceDocument,
  OpsSummaryDocument,
  PayPartnerConversionsDocument,
  PricesDocument,
  ProfitabilityLedgerDocument,
  RecordActivityDocument,
  RecordCostsDocument,
  RecordPartnerConversionsDocument,
  ReportsDocument,
  RetentionMetricsDocument,
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
const usd = (amountMinor: string) => ({ amountMinor, currency: 'USD' });

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
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
    code: 'VERSION_CONFLICT',
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
])('%s are refused by name', async (_name, input, __typename, path) => {
  const { adaptivePrice } = await client.run(AdaptivePriceDocument, { input });
  expect(adaptivePrice).toMatchObject({ __typename, path });
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
  const { opsSummary } = await client.run(OpsSummaryDocument, {});
  expect(opsSummary).toEqual({
    title: 'finance: 2026-11-23',
    lines: ['All quiet: no sales, no open issue, no incident, nothing due.'],
  });
  expect(await sendOpsSummary(scope)).toBe(true);
  expect(await sendOpsSummary(await server.app.tenantScope('finance', addMs(NOW, HOUR_MS)))).toBe(false);
  const { reports } = await client.run(ReportsDocument, {});
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
