import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { itemSetHash, rarityScore } from '../../src/delivery/rarity/index.ts';
import { DAY_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { corpusOf, detectAll, noise, putOrders, type TestOrder } from './delivery-kit.ts';

const START = new Date('2026-01-01T00:00:00Z').getTime();
const day = (n: number, hours = 12): Date => new Date(START + n * DAY_MS + hours * 3_600_000);
const NOW = day(400);

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** A long-tailed shop: 1–5 items of 60, some bundles again and again. */
function history(days: number, perDay: number): TestOrder[] {
  const orders: TestOrder[] = [];
  for (let n = 0; n < days * perDay; n++) {
    const key = `o${n}`;
    const items = Array.from(
      { length: 1 + Math.floor(noise(`${key} size`) * 5) },
      (_, i) => `i${Math.floor(noise(`${key} item ${i}`) ** 3 * 60)}`,
    );
    orders.push({
      key,
      items: [...new Set(items)],
      totalMinor: Math.round(1000 + noise(`${key} value`) * 90_000),
      currency: noise(`${key} currency`) < 0.8 ? 'EUR' : 'USD',
      placedAt: day(Math.floor(n / perDay), (n % perDay) * (24 / perDay)),
    });
  }
  return orders;
}

/** What the corpus must be, computed from the orders alone. */
function fromScratch(orders: readonly TestOrder[], windowFrom: string) {
  const inside = orders.filter((order) => order.placedAt.toISOString().slice(0, 10) >= windowFrom);
  const items = new Map<string, number>();
  for (const order of inside) {
    for (const key of new Set(order.items)) items.set(key, (items.get(key) ?? 0) + 1);
  }
  const sets = new Map<string, { first: Date | null; last: Date }>();
  for (const order of orders) {
    const hash = itemSetHash(order.items ?? []);
    const seen = sets.get(hash);
    // A set that was forgotten before it came back is new again; between 165 and 180 days that depends on
    // where a batch ends, because the window moves with the batch's newest order.
    const gap = seen ? (order.placedAt.getTime() - seen.last.getTime()) / DAY_MS : 0;
    const first = !seen || gap >= 180 ? order.placedAt : gap >= 165 ? null : seen.first;
    sets.set(hash, { first, last: order.placedAt });
  }
  const values = { EUR: 0, USD: 0 } as Record<string, number>;
  for (const { currency } of inside) values[currency as string] = (values[currency as string] ?? 0) + 1;
  const recent = [...sets].filter(([, { last }]) => last.toISOString().slice(0, 10) >= windowFrom);
  return {
    orders: inside.length,
    items: [...items].sort(([a], [b]) => (a < b ? -1 : 1)),
    sets: recent.sort(([a], [b]) => (a < b ? -1 : 1)),
    values,
  };
}

const sum = (histogram: Record<string, number>) => Object.values(histogram).reduce((a, b) => a + b, 0);

async function expectCorpus(scope: Scope, orders: readonly TestOrder[], windowFrom: string): Promise<void> {
  const { corpus, items, days, sets } = await corpusOf(scope);
  const expected = fromScratch(orders, windowFrom);
  expect(corpus?.window_from).toBe(windowFrom);
  expect(corpus?.orders).toBe(expected.orders);
  expect(items.map((row) => [row.item_key, row.orders])).toEqual(expected.items);
  expect(days.reduce((n, row) => n + row.orders, 0)).toBe(expected.orders);
  const histograms = corpus?.values as Record<string, Record<string, number>>;
  expect(Object.fromEntries(Object.entries(histograms).map(([c, h]) => [c, sum(h)]))).toEqual(
    expected.values,
  );
  expect(sum(corpus?.raw_scores as Record<string, number>)).toBe(
    days.reduce((n, row) => n + sum(row.raw_scores), 0),
  );
  expect(sets.map((row) => [row.set_hash, row.last_seen_at])).toEqual(
    expected.sets.map(([hash, { last }]) => [hash, last]),
  );
  const certain = expected.sets.filter(([, { first }]) => first !== null);
  expect(certain.length).toBeGreaterThan(expected.sets.length * 0.95);
  const firstSeen = new Map(sets.map((row) => [row.set_hash, row.first_seen_at]));
  expect(certain.map(([hash]) => [hash, firstSeen.get(hash)])).toEqual(
    certain.map(([hash, { first }]) => [hash, first]),
  );
}

describe('the incremental corpus', () => {
  it('equals recomputation from scratch after every kind of batch, and forgets what leaves the window', async () => {
    const { scope, at } = await testScope(test.database, { now: NOW });
    const orders = history(250, 4);
    await putOrders(scope, orders);
    for (const until of [3, 40, 41, 100, 179, 180, 181, 240, 250]) {
      await detectAll(at(day(until, 0)));
      const seen = orders.filter((order) => order.placedAt < day(until, 0));
      const newest = (seen.at(-1) as TestOrder).placedAt;
      const windowFrom = new Date(newest.getTime() - 179 * DAY_MS).toISOString().slice(0, 10);
      await expectCorpus(scope, seen, windowFrom);
    }
  });

  it('is the same whether history arrives at once or a day at a time, as far as orders and items go', async () => {
    const whole = await testScope(test.database, { now: NOW });
    const daily = await testScope(test.database, { now: NOW });
    const orders = history(30, 10);
    await putOrders(whole.scope, orders);
    await detectAll(whole.scope);
    for (let n = 0; n < 30; n++) {
      await putOrders(daily.scope, orders.slice(n * 10, n * 10 + 10));
      await detectAll(daily.at(day(n + 1, 0)));
    }
    const [a, b] = [await corpusOf(whole.scope), await corpusOf(daily.scope)];
    expect(a.items).toEqual(b.items);
    const facts = (rows: typeof a.days) => rows.map(({ day: name, orders: n, items }) => [name, n, items]);
    expect(facts(a.days)).toEqual(facts(b.days));
    expect(a.sets).toEqual(b.sets);
    expect(a.corpus?.values).toEqual(b.corpus?.values);
  });

  it('counts an order once, however often it changes', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    const orders = history(10, 10);
    await putOrders(scope, orders);
    await detectAll(scope);
    const before = await corpusOf(scope);
    await putOrders(
      scope,
      orders.slice(0, 60).map((order) => ({ ...order, version: 2, status: 'FULFILLED' })),
    );
    const { result } = await detectAll(scope);
    expect(result.scored).toBe(60);
    expect(await corpusOf(scope)).toEqual(before);
  });

  it('takes in a late order on its own day, and ignores one from before the window', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    const orders = history(250, 2);
    await putOrders(scope, orders.slice(100));
    await detectAll(scope);
    const late: TestOrder[] = [
      { key: 'late', items: ['late'], placedAt: day(200, 1) },
      { key: 'too late', items: ['too late'], placedAt: day(20) },
    ];
    await putOrders(scope, late);
    expect((await detectAll(scope)).result.scored).toBe(2);
    const { items, days } = await corpusOf(scope);
    expect(items.find((row) => row.item_key === 'late')?.orders).toBe(1);
    expect(items.find((row) => row.item_key === 'too late')).toBeUndefined();
    const of = (n: number) => days.find((row) => row.day === day(n).toISOString().slice(0, 10));
    expect(of(200)).toMatchObject({ orders: 3, items: { late: 1 } });
    expect(of(20)).toBeUndefined();
  });

  it('does not count what is no sale', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    await putOrders(scope, [
      { key: 'a', status: 'CANCELLED', placedAt: day(1) },
      { key: 'b', status: 'REFUNDED', placedAt: day(1) },
      { key: 'c', placedAt: day(1) },
    ]);
    const { result } = await detectAll(scope);
    expect(result).toMatchObject({ scored: 1, skippedCancelled: 2 });
    expect((await corpusOf(scope)).corpus?.orders).toBe(1);
  });

  it('rolls back with its transaction', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    await putOrders(scope, history(5, 5));
    const undone = scope.db.tx(async (tx) => {
      const { detectOpportunities } = await import('../../src/delivery/opportunities/index.ts');
      await detectOpportunities(scope, tx, null);
      throw new Error('killed');
    });
    await expect(undone).rejects.toThrow('killed');
    expect((await corpusOf(scope)).corpus).toBeUndefined();
    expect((await detectAll(scope)).result.scored).toBe(25);
  });
});

describe('a growing shop', () => {
  it('keeps 95 near the top 1 % and 85 near the top 10 %, though early orders look rarer than they are', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    // Every order as rare as every other, by construction: the same long tail from the first day to the last.
    await putOrders(
      scope,
      history(60, 60).map((order) => ({ ...order, items: [...(order.items ?? []), `tail ${order.key}`] })),
    );
    const { result } = await detectAll(scope);
    const { corpus, days } = await corpusOf(scope);
    expect(result.scored).toBe(3600);
    // What was scored against less than four fifths of today's orders is not compared with any more.
    expect(sum(corpus?.raw_scores as Record<string, number>)).toBeLessThan(2000);
    expect(sum(corpus?.raw_scores as Record<string, number>)).toBeGreaterThanOrEqual(200);
    expect(sum(days[0]?.raw_scores ?? {})).toBe(0);
    expect(days.reduce((n, row) => n + row.orders, 0)).toBe(3600);
    expect(result.detected / result.scored).toBeGreaterThan(0.04);
    expect(result.detected / result.scored).toBeLessThan(0.16);
  });
});

describe('rarityScore, the try-out', () => {
  it('says COLD_START on an empty corpus and explains itself', async () => {
    const { scope } = await testScope(test.database, { now: NOW });
    const answer = await rarityScore(scope, { items: [{ name: 'Ming vase' }] });
    expect(answer).toMatchObject({
      // One item without a category: C = 100 × 0.6/5.
      components: { uniqueness: 100, complexity: 12, value: 50, freshness: 100 },
      raw: 40 + 3 + 10 + 15,
      score: 68,
      tier: 'BASIC',
      percentile: null,
      calibration: null,
      corpusOrders: 0,
    });
    expect(answer.reasons.map(({ code }) => code)).toContain('COLD_START');
  });

  it('is calibrated by history, writes nothing and answers the same twice', async () => {
    const { scope } = await testScope(test.database, { now: day(60) });
    await putOrders(scope, history(50, 10));
    await detectAll(scope);
    const before = await corpusOf(scope);
    const ask = (names: string[]) =>
      rarityScore(scope, {
        items: names.map((name) => ({ name, sku: name, category: name })),
        estimatedValue: { amountMinor: 89_000n, currency: 'EUR' },
      });
    const rare = await ask(['u1', 'u2', 'u3', 'u4', 'u5']);
    const common = await ask(['i0']);
    expect(rare.score).toBeGreaterThan(95);
    expect(rare.tier).toBe('ELITE');
    expect(rare.components.uniqueness).toBe(100);
    expect(common.score).toBeLessThan(50);
    expect(rare.calibration).toMatch(/^[\w-]{12}$/);
    expect(rare.calibrationSize).toBe(500);
    expect(await ask(['u1', 'u2', 'u3', 'u4', 'u5'])).toEqual(rare);
    expect(await corpusOf(scope)).toEqual(before);
  });

  it.each([
    ['no items', { items: [] }, 'items'],
    ['101 items', { items: Array.from({ length: 101 }, () => ({ name: 'x' })) }, 'items'],
    ['a blank name', { items: [{ name: ' ' }] }, 'items.0.name'],
    ['an endless name', { items: [{ name: 'x'.repeat(501) }] }, 'items.0.name'],
    ['a NUL', { items: [{ name: 'a\u0000b' }] }, 'items.0.name'],
    [
      'an unknown currency',
      { items: [{ name: 'x' }], estimatedValue: { amountMinor: 1n, currency: 'XXQ' } },
      'currency',
    ],
    [
      'a negative value',
      { items: [{ name: 'x' }], estimatedValue: { amountMinor: -1n, currency: 'EUR' } },
      'value.amountMinor',
    ],
  ])('refuses %s', async (_case, input, field) => {
    const { scope } = await testScope(test.database, { now: NOW });
    await expect(rarityScore(scope, input)).rejects.toMatchObject({ code: 'VALIDATION_ERROR', field });
  });
});
