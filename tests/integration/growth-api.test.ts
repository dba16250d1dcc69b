import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AcknowledgeIssueDocument,
  AnyNodeDocument,
  CreateApiKeyDocument,
  CurrentKpisDocument,
  IssueDocument,
  IssueRulesDocument,
  IssuesDocument,
  KpiChartDocument,
  ResolveIssueDocument,
  SetIssueRuleDocument,
} from '../../operations/generated/graphql.ts';
import { importErrorEvents } from '../../src/commerce/errors/index.ts';
import { importPayments } from '../../src/commerce/payments/index.ts';
import { detectIssues } from '../../src/growth/issues/index.ts';
import { takeSnapshot } from '../../src/growth/kpis/index.ts';
import { addMs, HOUR_MS } from '../../src/kernel/time.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';

// The API reads the newest snapshot that is not in the future, so the history lies in the past.
const T0 = new Date('2026-01-10T00:00:00Z');
const hour = (n: number): Date => addMs(T0, n * HOUR_MS);
let server: TestServer;
let api: Client;
let other: Client;

async function cycle(at: Date): Promise<void> {
  const scope = await server.app.tenantScope('shop', at);
  const request = { cycleId: null, asOf: at, intervalSec: 3600 };
  const snapshot = await scope.db.tx((tx) => takeSnapshot(scope, tx, request));
  await scope.db.tx((tx) => detectIssues(scope, tx, snapshot));
}

beforeAll(async () => {
  server = await startServer({ clock: () => hour(60) });
  await server.createTenant({ slug: 'shop', reportingCurrency: 'INR' });
  await server.createTenant({ slug: 'other' });
  api = server.client(undefined, 'shop');
  other = server.client(undefined, 'other');
});
afterAll(() => server.stop());

async function sendFacts(): Promise<void> {
  const scope = await server.app.tenantScope('shop', hour(60));
  const pay = (externalId: string, amountMinor: string, at: number, currency = 'INR') => ({
    ...{ externalId, status: 'CAPTURED', currency, amountMinor },
    attemptedAt: hour(at).toISOString(),
  });
  const payments = [pay('1', '100000', 2), pay('2', '84999', 27), pay('3', '500', 27, 'USD')];
  await importPayments(scope, { source: 's', items: payments });
  const occurredAt = addMs(hour(28), -1).toISOString();
  const error = { externalId: 'e', service: 'checkout', message: '500', count: 51, occurredAt };
  await importErrorEvents(scope, { source: 's', items: [error] });
}

test('before the first cycle there is nothing to show', async () => {
  expect(await api.run(CurrentKpisDocument)).toEqual({ currentKpis: null });
  expect((await api.run(IssuesDocument)).issues.edges).toEqual([]);
});

describe('after two cycles', () => {
  beforeAll(async () => {
    await sendFacts();
    for (const at of [26, 28]) await cycle(hour(at));
  });

  test('currentKpis: money per currency, exact percentages, nulls', async () => {
    const { currentKpis } = await api.run(CurrentKpisDocument);
    expect(currentKpis).toMatchObject({
      at: hour(28).toISOString(),
      windowFrom: hour(4).toISOString(),
      revenue24h: [
        { amountMinor: '84999', currency: 'INR', formatted: '₹849.99' },
        { amountMinor: '500', currency: 'USD', formatted: '$5.00' },
      ],
      refunds24h: [],
      reportingRevenue: { amountMinor: '84999', currency: 'INR' },
      previousRevenue: { amountMinor: '100000', currency: 'INR' },
      baselineRevenue: { amountMinor: '100000' },
      revenueBaseline: 'PREVIOUS_DAY',
      baselinePayments: 1,
      revenueGrowthPct: -15.001,
      paymentSuccessRatePct: 100,
      conversionRatePct: null,
      churnRatePct: null,
      errorCount: 51,
      avgOrderValue: { amountMinor: '84999' },
    });
    expect(currentKpis?.sources).toHaveLength(9);
    expect(currentKpis?.sources[0]).toEqual({
      kpi: 'REVENUE',
      watermark: hour(27).toISOString(),
      isStale: false,
      ageIntervals: 1,
    });
    expect((await api.run(AnyNodeDocument, { id: currentKpis?.id as string })).node?.__typename).toBe(
      'KpiSnapshot',
    );
    expect((await other.run(AnyNodeDocument, { id: currentKpis?.id as string })).node).toBeNull();
  });

  test('kpiSnapshots: a chart, half-open', async () => {
    const chart = { from: hour(26).toISOString(), to: hour(28).toISOString() };
    const { kpiSnapshots } = await api.run(KpiChartDocument, chart);
    expect(kpiSnapshots.map(({ at, errorCount }) => [at, errorCount])).toEqual([[hour(26).toISOString(), 0]]);
    const daily = await api.run(KpiChartDocument, { ...chart, to: hour(29).toISOString(), every: 'DAY' });
    expect(daily.kpiSnapshots.map(({ at }) => at)).toEqual([hour(28).toISOString()]);
    const wrong = await api.ask(KpiChartDocument, { from: chart.to, to: chart.from });
    expect(wrong.errors).toMatchObject([{ extensions: { code: 'VALIDATION_ERROR' } }]);
  });

  test('issues: page, filter, order, one, node, and nothing for another tenant', async () => {
    const first = await api.run(IssuesDocument, {
      first: 1,
      orderBy: { field: 'FIRST_SEEN_AT', direction: 'ASC' },
    });
    expect(first.issues.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const filter = {
      type: ['ERROR_SPIKE'],
      status: ['OPEN'],
      severity: ['CRITICAL'],
      since: hour(28).toISOString(),
    };
    const { issues } = await api.run(IssuesDocument, { filter: filter as never });
    expect(issues.edges.map(({ node }) => node)).toMatchObject([
      {
        ...{ type: 'ERROR_SPIKE', status: 'OPEN', severity: 'CRITICAL', confidence: 'HIGH', dimension: null },
        ...{
          value: 51,
          peakValue: 51,
          threshold: 50,
          unit: 'COUNT',
          occurrences: 1,
          isFlapping: false,
          version: 1,
        },
        message: '51 errors in the last interval; the limit is 50.',
      },
    ]);
    const id = issues.edges[0]?.node.id as string;
    expect((await api.run(IssueDocument, { id })).issue?.type).toBe('ERROR_SPIKE');
    expect((await other.run(IssueDocument, { id })).issue).toBeNull();
    expect((await other.run(AnyNodeDocument, { id })).node).toBeNull();
    expect((await other.run(IssuesDocument)).issues.edges).toEqual([]);
    const foreign = await other.run(ResolveIssueDocument, { input: { id } });
    expect(foreign.resolveIssue).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
  });

  test('an id of something else is NOT_FOUND, a made-up one a VALIDATION_ERROR', async () => {
    const id = (await api.run(CurrentKpisDocument)).currentKpis?.id as string;
    const query = await api.ask(IssueDocument, { id });
    expect(query.errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
    const { resolveIssue } = await api.run(ResolveIssueDocument, { input: { id } });
    expect(resolveIssue).toMatchObject({ __typename: 'NotFound', code: 'NOT_FOUND' });
    for (const made of ['nonsense', '', 'SXNzdWU6']) {
      const asked = [
        await api.ask(IssueDocument, { id: made }),
        await api.ask(ResolveIssueDocument, { input: { id: made } }),
        await api.ask(AnyNodeDocument, { id: made }),
      ];
      expect(asked.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(
        Array(3).fill('VALIDATION_ERROR'),
      );
    }
    const notUuid = Buffer.from('Issue:x').toString('base64');
    expect((await api.run(IssueDocument, { id: notUuid })).issue).toBeNull();
  });

  test('acknowledge, resolve, and typed refusals', async () => {
    const { issues } = await api.run(IssuesDocument, { filter: { type: ['ERROR_SPIKE'] } });
    const id = issues.edges[0]?.node.id as string;
    const stale = await api.run(AcknowledgeIssueDocument, { input: { id, expectedVersion: 7 } });
    expect(stale.acknowledgeIssue).toMatchObject({ __typename: 'VersionConflict', code: 'VERSION_CONFLICT' });
    const seen = await api.run(AcknowledgeIssueDocument, {
      input: { id, note: 'on it', expectedVersion: 1 },
    });
    expect(seen.acknowledgeIssue).toMatchObject({
      issue: {
        id,
        status: 'ACKNOWLEDGED',
        note: 'on it',
        acknowledgedAt: hour(60).toISOString(),
        version: 2,
      },
    });
    const done = await api.run(ResolveIssueDocument, { input: { id } });
    expect(done.resolveIssue).toMatchObject({ issue: { status: 'RESOLVED', note: 'on it', version: 3 } });
    const again = await api.run(ResolveIssueDocument, { input: { id } });
    expect(again.resolveIssue).toMatchObject({ __typename: 'InvalidTransition', code: 'INVALID_TRANSITION' });
  });

  test('issueRules and setIssueRule', async () => {
    const { issueRules } = await api.run(IssueRulesDocument);
    expect(issueRules.map(({ type, threshold, severity }) => [type, threshold, severity])).toEqual([
      ['REVENUE_DROP', -15, 'CRITICAL'],
      ['HIGH_CHURN', 5, 'HIGH'],
      ['PAYMENT_FAILURES', 90, 'HIGH'],
      ['ABANDONED_CARTS', 20, 'MEDIUM'],
      ['LOW_CONVERSION', 3, 'MEDIUM'],
      ['ERROR_SPIKE', 50, 'CRITICAL'],
      ['STALE_KPI', 2, 'LOW'],
    ]);
    const change = { type: 'REVENUE_DROP', threshold: -20.5, baseline: 'SAME_WEEKDAY_4W_MEDIAN' } as const;
    const set = await api.run(SetIssueRuleDocument, { input: { ...change, expectedVersion: 0 } });
    expect(set.setIssueRule).toMatchObject({
      rule: { ...change, defaultThreshold: -15, isCustomThreshold: true, isEnabled: true, version: 1 },
    });
    const wrong = await api.run(SetIssueRuleDocument, { input: { type: 'HIGH_CHURN', threshold: 101 } });
    expect(wrong.setIssueRule).toEqual({
      __typename: 'InvalidInput',
      code: 'VALIDATION_ERROR',
      message: 'The threshold of HIGH_CHURN is a number with at most 4 decimals from 0 to 100, not 101.',
      path: ['threshold'],
    });
  });

  test('a viewer looks and changes nothing', async () => {
    const made = await api.run(CreateApiKeyDocument, { input: { name: 'tv', scopes: ['VIEWER'] } });
    const viewer = server.client((made.createApiKey as { value: string }).value);
    expect((await viewer.run(IssuesDocument)).issues.edges.length).toBeGreaterThan(0);
    const answer = await viewer.ask(SetIssueRuleDocument, {
      input: { type: 'HIGH_CHURN', isEnabled: false },
    });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect((await api.run(IssueRulesDocument)).issueRules[1]).toMatchObject({ isEnabled: true, version: 0 });
  });
});
