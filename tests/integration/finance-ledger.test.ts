import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importPayments } from '../../src/commerce/payments/index.ts';
import { replayDecision } from '../../src/control/decisions/index.ts';
import { getKv, putKv } from '../../src/control/kv/index.ts';
import { listForecasts, predictCosts, syncCosts } from '../../src/finance/costs/index.ts';
import {
  payConversions,
  profitabilityLedger,
  recordConversions,
  recordCosts,
} from '../../src/finance/ledger/index.ts';
import { aggregateRetention, recordActivity, retentionDays } from '../../src/finance/retention/index.ts';
import { seeded } from '../../src/kernel/random.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

let database: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;
const at = (ms: number) => tenant.at(addMs(scope.now, ms));
const daysAgo = (days: number) => addMs(scope.now, -days * DAY_MS).toISOString();

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  tenant = await testScope(database.database);
  scope = tenant.scope;
});

const cost = (externalId: string, category: string, amount: string, ago = 1, currency = 'USD') => ({
  ...{ externalId, category, amount, currency, occurredAt: daysAgo(ago) },
});
const conversion = (externalId: string, amount: string) => ({
  ...{ externalId, amount, currency: 'USD', occurredAt: daysAgo(2) },
});
const payment = (externalId: string, amount: string, more: object = {}) => ({
  ...{
    externalId,
    status: 'CAPTURED',
    amount,
    currency: 'USD',
    attemptedAt: daysAgo(1),
    capturedAt: daysAgo(1),
  },
  ...more,
});
const outcomes = (results: readonly { outcome: string }[]) => results.map(({ outcome }) => outcome);

describe('facts', () => {
  test('are booked once, corrected when sent again, and refused one by one', async () => {
    const items = [cost('a', 'ai', '10'), cost('b', 'INFRASTRUCTURE', '20.005'), cost('c', 'OTHER', '-1')];
    expect(outcomes(await recordCosts(scope, { source: 'openai', items }))).toEqual([
      'CREATED',
      'CREATED',
      'CREATED',
    ]);
    const again = [cost('a', 'AI', '10'), cost('b', 'INFRASTRUCTURE', '21'), cost('a', 'AI', '5')];
    const results = await recordCosts(scope, { source: 'openai', items: again });
    expect(outcomes(results)).toEqual(['UNCHANGED', 'UPDATED', 'REJECTED']);
    const wrong = [
      { ...cost('d', 'FOOD', '1') },
      { ...cost('e', 'AI', '1'), currency: 'XYZ' },
      { ...cost('f', 'AI', 'many') },
      { externalId: 'g', category: 'AI', currency: 'USD', occurredAt: daysAgo(1) },
      { ...cost('h', 'AI', '1'), occurredAt: 'yesterday' },
    ];
    const refused = await recordCosts(scope, { source: 'openai', items: wrong });
    expect(refused.map(({ error }) => [error?.field, error?.code])).toEqual([
      ['category', 'INVALID'],
      ['currency', 'UNKNOWN_CURRENCY'],
      ['amount', 'INVALID'],
      ['amountMinor', 'REQUIRED'],
      ['occurredAt', 'INVALID'],
    ]);
    const kept = await scope.db.rows(
      'SELECT external_id AS id, amount_minor AS minor FROM cost_entry ORDER BY 1',
    );
    expect(kept).toEqual([
      { id: 'a', minor: 1000n },
      { id: 'b', minor: 2100n },
      { id: 'c', minor: -100n },
    ]);
  });

  test('a conversion that was paid out stays as it is', async () => {
    const items = [conversion('1', '100'), conversion('2', '50')];
    await recordConversions(scope, { source: 'partner', items });
    expect(await payConversions(scope, 'partner', scope.now)).toEqual({ partner: 'partner', conversions: 2 });
    expect(await payConversions(scope, 'partner', scope.now)).toEqual({ partner: 'partner', conversions: 0 });
    const again = { source: 'partner', items: [conversion('1', '999')] };
    expect(outcomes(await recordConversions(scope, again))).toEqual(['UNCHANGED']);
    await expect(payConversions(scope, 'partner', addMs(scope.now, 1))).rejects.toThrow(
      expect.objectContaining({ field: 'upTo' }),
    );
  });
});

describe('the ledger', () => {
  const minor = async (key: string) => (await getKv(scope.db, scope, 'cost', key))?.value;

  test('says what is missing, and never takes it for zero', async () => {
    expect(await syncCosts(scope)).toEqual({ written: 0 });
    expect(await profitabilityLedger(scope)).toMatchObject({
      ...{
        missing: ['revenue', 'openaiCost', 'infraCost'],
        netMinor: null,
        marginPct: null,
        currency: 'USD',
      },
    });
  });

  test('the document’s figures give its net and its margin', async () => {
    await importPayments(scope, { source: 'shop', items: [payment('p', '1.00')] });
    const items = [cost('a', 'AI', '0', 1), cost('b', 'INFRASTRUCTURE', '20')];
    await recordCosts(scope, { source: 'x', items });
    expect(await syncCosts(scope)).toEqual({ written: 5 });
    expect(await profitabilityLedger(scope)).toMatchObject({
      netMinor: -1900n,
      marginPct: -1900,
      missing: [],
    });
    expect(await minor('margin_pct_30d')).toEqual({ pct: -1900, asOf: scope.now.toISOString() });
    await recordConversions(scope, { source: 'partner', items: [conversion('1', '10')] });
    expect(await profitabilityLedger(scope)).toMatchObject({ partnerPayoutsMinor: 200n, netMinor: -2100n });
    const [fresh, old] = [at(26 * HOUR_MS), at(26 * HOUR_MS + 1)];
    expect((await profitabilityLedger(fresh)).isStale).toBe(false);
    expect((await profitabilityLedger(old)).isStale).toBe(true);
    expect((await profitabilityLedger(scope, 'EUR')).missing).toEqual(['revenue', 'openaiCost', 'infraCost']);
    await expect(profitabilityLedger(scope, 'DOGE')).rejects.toThrow(
      expect.objectContaining({ field: 'currency' }),
    );
  });

  test('counts 30 days, refunds when they were made, and no other currency', async () => {
    const refund = {
      status: 'REFUNDED',
      refundedAmount: '30',
      refundedAt: daysAgo(2),
      capturedAt: daysAgo(40),
    };
    const items = [
      payment('in', '100'),
      payment('old', '500', { attemptedAt: daysAgo(31), capturedAt: daysAgo(31) }),
      payment('refunded', '30', { ...refund, attemptedAt: daysAgo(40) }),
      payment('euro', '70', { currency: 'EUR' }),
    ];
    expect(outcomes(await importPayments(scope, { source: 'shop', items }))).toEqual(
      items.map(() => 'CREATED'),
    );
    await syncCosts(scope);
    expect(await minor('stripe_revenue_30d')).toEqual({
      ...{ amountMinor: '7000', currency: 'USD', asOf: scope.now.toISOString() },
      others: [{ currency: 'EUR', amountMinor: '7000' }],
    });
  });

  test('what a person put there stays until facts say otherwise', async () => {
    const value = { amountMinor: '2000', currency: 'USD', asOf: scope.now.toISOString() };
    await scope.db.tx((tx) => putKv(scope, tx, { namespace: 'cost', key: 'infra_cost_30d', value }));
    await syncCosts(at(HOUR_MS));
    expect(await minor('infra_cost_30d')).toEqual(value);
    await recordCosts(scope, { source: 'x', items: [cost('b', 'INFRASTRUCTURE', '5')] });
    await syncCosts(at(2 * HOUR_MS));
    expect(await minor('infra_cost_30d')).toMatchObject({ amountMinor: '500' });
  });
});

test('costs are forecast by category and currency, once an instant, and the decision can be computed again', async () => {
  const items = Array.from({ length: 20 }, (_, day) => cost(`ai${day}`, 'AI', '10', day + 1));
  await recordCosts(scope, { source: 'x', items: [...items, cost('i', 'INFRASTRUCTURE', '7', 3, 'EUR')] });
  expect(await predictCosts(scope)).toEqual({ forecasts: 2 });
  expect(await predictCosts(scope)).toEqual({ forecasts: 0 });
  const found = (await listForecasts(scope, {})).edges.map(({ node }) => node);
  const byCategory = Object.fromEntries(found.map((one) => [one.category, one]));
  expect(byCategory.AI).toMatchObject({
    totalMinor: 30_000n,
    model: 'NAIVE',
    confidence: 'HIGH',
    points: 20,
  });
  expect(byCategory.INFRASTRUCTURE).toMatchObject({
    ...{
      totalMinor: 700n,
      lowMinor: 560n,
      highMinor: 840n,
      model: 'LAST_30_DAYS',
      currency: 'EUR',
      points: 3,
    },
  });
  expect(await replayDecision(scope, byCategory.AI?.decisionId ?? '')).toMatchObject({ isIdentical: true });
  const kv = await getKv(scope.db, scope, 'cost', 'forecast_30d');
  expect(kv?.value).toMatchObject({ amountMinor: '30000', currency: 'USD' });
});

describe('retention', () => {
  test('equals a count by hand over random days, and a re-run overwrites', async () => {
    const random = seeded(42);
    const active = new Map<number, Set<string>>();
    for (let day = 0; day < 45; day++) {
      const users = Array.from({ length: 12 }, () => `u${random.int(1, 40)}`);
      active.set(day, new Set(users));
      await recordActivity(scope, [{ at: addMs(scope.now, -day * DAY_MS), userIds: users }]);
    }
    const union = (days: number) =>
      new Set(Array.from({ length: days }, (_, i) => [...(active.get(i + 1) ?? [])]).flat()).size;
    const firstDay = new Map<string, number>();
    for (const [day, users] of active)
      for (const user of users) firstDay.set(user, Math.max(firstDay.get(user) ?? 0, day));
    const cohort = (days: number) => {
      const members = [...firstDay].filter(([, first]) => first === 1 + days).map(([user]) => user);
      return {
        days,
        size: members.length,
        returned: members.filter((user) => active.get(1)?.has(user)).length,
      };
    };
    const expected = { dau: union(1), wau: union(7), mau: union(30), cohorts: [1, 7, 30].map(cohort) };
    expect(await aggregateRetention(scope)).toMatchObject({ day: '2026-11-19', ...expected });
    await aggregateRetention(scope);
    expect(await retentionDays(scope, addMs(scope.now, -5 * DAY_MS), scope.now)).toHaveLength(1);
  });

  test('a user who turns out to have begun earlier moves to the earlier cohort', async () => {
    await recordActivity(scope, [{ at: addMs(scope.now, -1 * DAY_MS), userIds: ['a'] }]);
    expect(await recordActivity(scope, [{ at: addMs(scope.now, -8 * DAY_MS), userIds: ['a', 'a'] }])).toBe(1);
    expect((await aggregateRetention(scope)).cohorts).toEqual([
      { days: 1, size: 0, returned: 0 },
      { days: 7, size: 1, returned: 1 },
      { days: 30, size: 0, returned: 0 },
    ]);
  });

  test.each([
    ['days.0.at', () => [{ at: addMs(scope.now, 2 * DAY_MS), userIds: ['a'] }]],
    ['days.0.userIds.1', () => [{ at: scope.now, userIds: ['a', 'b c'] }]],
    ['days', () => [{ at: scope.now, userIds: new Array<string>(10_001).fill('a') }]],
  ])('refuses a wrong %s', async (field, days) => {
    await expect(recordActivity(scope, days())).rejects.toThrow(expect.objectContaining({ field }));
    expect(await scope.db.rows('SELECT 1 FROM user_activity')).toEqual([]);
  });
});
