import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importCarts } from '../../src/commerce/carts/index.ts';
import { importCustomers } from '../../src/commerce/customers/index.ts';
import { importErrorEvents } from '../../src/commerce/errors/index.ts';
import {
  countPending,
  importOrders,
  listOrders,
  takePendingOrders,
} from '../../src/commerce/orders/index.ts';
import { importPayments } from '../../src/commerce/payments/index.ts';
import {
  customerTotals,
  dailyRevenue,
  openCheckoutsBetween,
  sumWindow,
  watermarks,
} from '../../src/commerce/rollups/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { expectExactRollups } from './commerce-invariant.ts';

let db: OpenTestDatabase;
let scope: Scope;
const source = 'shop';
const item = { name: 'Lamp', quantity: 2, unitPriceMinor: 1500 };
const order = (externalId: string, more: object = {}) => ({
  externalId,
  status: 'PAID',
  currency: 'EUR',
  items: [item],
  placedAt: '2026-11-20T08:15:00Z',
  ...more,
});

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());
beforeEach(async () => {
  ({ scope } = await testScope(db.database));
});

const outcomes = (results: { outcome: string }[]) => results.map((result) => result.outcome);

describe('importOrders', () => {
  test('is idempotent, ignores older versions, and keeps the queue and the rollups in step', async () => {
    const items = [
      order('1'),
      order('2', { status: 'OPEN', version: 5 }),
      order('3', { status: 'CANCELLED' }),
    ];
    const first = await importOrders(scope, { source, items });
    expect(outcomes(first)).toEqual(['CREATED', 'CREATED', 'CREATED']);
    expect(outcomes(await importOrders(scope, { source, items }))).toEqual([
      'UNCHANGED',
      'UNCHANGED',
      'UNCHANGED',
    ]);
    expect(await countPending(scope.db, scope.tenantId, scope.now)).toBe(2);

    const older = [order('2', { status: 'PAID', version: 4 })];
    const [ignored] = await importOrders(scope, { source, items: older });
    expect(ignored).toEqual({ index: 0, externalId: '2', outcome: 'IGNORED_OLDER', id: first[1]?.id });
    await expectExactRollups(scope);

    const newer = [
      order('2', { version: 6, placedAt: '2026-11-20T09:30:00Z' }),
      order('1', { channel: 'web' }),
    ];
    expect(outcomes(await importOrders(scope, { source, items: newer }))).toEqual(['UPDATED', 'UPDATED']);
    await expectExactRollups(scope);

    const taken = await scope.db.tx((tx) => takePendingOrders(tx, scope.tenantId, scope.now, 10));
    expect(
      taken.map(({ id, version, items: lines, totalMinor }) => ({ id, version, lines, totalMinor })),
    ).toEqual([
      { id: first[0]?.id, version: 1n, lines: [{ ...item, kind: 'PRODUCT' }], totalMinor: 3000n },
      { id: first[1]?.id, version: 6n, lines: [{ ...item, kind: 'PRODUCT' }], totalMinor: 3000n },
    ]);
    expect(await countPending(scope.db, scope.tenantId, scope.now)).toBe(0);
    await importOrders(scope, { source, items: [order('1', { status: 'CANCELLED' })] });
    expect(await countPending(scope.db, scope.tenantId, scope.now)).toBe(1);
    await expectExactRollups(scope);
  });

  test('refuses bad items one by one, with field and reason, and keeps the rest', async () => {
    const place = (lat: unknown, lon: unknown) => ({ delivery: { country: 'DE', lat, lon } });
    const bad: [object, string, string][] = [
      [{ currency: 'EURO' }, 'currency', 'UNKNOWN_CURRENCY'],
      [{ delivery: { country: 'UK' } }, 'delivery.country', 'UNKNOWN_COUNTRY'],
      [{ weightGrams: -5 }, 'weightGrams', 'OUT_OF_RANGE'],
      [{ weightGrams: 0 }, 'weightGrams', 'OUT_OF_RANGE'],
      [place(91, 4), 'delivery.lat', 'OUT_OF_RANGE'],
      [place(0, 0), 'delivery.lat', 'SUSPECT_COORDINATES'],
      [place(Number.NaN, 4), 'delivery.lat', 'INVALID'],
      [{ items: [{ ...item, name: 'x'.repeat(501) }] }, 'items.0.name', 'TOO_LONG'],
      [{ channel: 'x'.repeat(200_000) }, 'channel', 'TOO_LONG'],
      [{ placedAt: '9999-01-01T00:00:00Z' }, 'placedAt', 'OUT_OF_RANGE'],
      [{ customerExternalId: 'nobody' }, 'customerExternalId', 'NOT_FOUND'],
      [{ externalId: 'good' }, 'externalId', 'DUPLICATE'],
    ];
    const items = [order('good'), ...bad.map(([more], i) => order(`bad${i}`, more))];
    const results = await importOrders(scope, { source, items });
    expect(results[0]?.outcome).toBe('CREATED');
    expect(results.slice(1).map(({ error }) => [error?.field, error?.code])).toEqual(
      bad.map(([, field, code]) => [field, code]),
    );
    expect((await listOrders(scope, {}, {})).edges).toHaveLength(1);
    await expectExactRollups(scope);
  });

  test("does not see another tenant's customer", async () => {
    const other = await testScope(db.database);
    const customers = [{ externalId: 'c1', signedUpAt: '2026-01-01' }];
    await importCustomers(other.scope, { source, items: customers });
    const items = [order('1', { customerExternalId: 'c1' })];
    expect((await importOrders(scope, { source, items }))[0]?.error?.code).toBe('NOT_FOUND');
    await importCustomers(scope, { source, items: customers });
    expect(outcomes(await importOrders(scope, { source, items }))).toEqual(['CREATED']);
  });

  test('refuses the call for an empty source and for more than 1,000 items', async () => {
    const many = Array.from({ length: 1001 }, (_, i) => order(String(i)));
    await expect(importOrders(scope, { source, items: many })).rejects.toMatchObject({ field: 'items' });
    await expect(importOrders(scope, { source: ' ', items: [] })).rejects.toMatchObject({ field: 'source' });
  });

  test('pages by placedAt with a filter', async () => {
    const items = Array.from({ length: 5 }, (_, i) =>
      order(String(i), { placedAt: `2026-11-19T0${i}:00:00Z` }),
    );
    await importOrders(scope, { source, items });
    const first = await listOrders(scope, { status: ['PAID'] }, { first: 2 });
    expect(first.edges.map(({ node }) => node.externalId)).toEqual(['4', '3']);
    const next = await listOrders(scope, {}, { first: 2, after: first.pageInfo.endCursor });
    expect(next.edges.map(({ node }) => node.externalId)).toEqual(['2', '1']);
    expect(next.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
  });
});

describe('rollups', () => {
  test('window sums are exact at the edges, for every kind of fact', async () => {
    await importCustomers(scope, {
      source,
      items: [
        { externalId: 'a', signedUpAt: '2026-11-19T10:30:00Z', churnedAt: '2026-11-20T10:45:00Z' },
        { externalId: 'b', signedUpAt: '2026-11-20T09:59:59.999Z', email: 'b@x.io' },
      ],
    });
    await importCarts(scope, {
      source,
      items: [
        {
          externalId: 'k1',
          currency: 'EUR',
          valueMinor: 900,
          startedAt: '2026-11-20T10:05:00Z',
          customerExternalId: 'b',
        },
        { externalId: 'k2', currency: 'EUR', valueMinor: 900, startedAt: '2026-11-20T10:05:00Z' },
      ],
    });
    await importOrders(scope, {
      source,
      items: [
        order('o1', { placedAt: '2026-11-20T10:10:00Z', cartExternalId: 'k1', customerExternalId: 'b' }),
        order('o2', { placedAt: '2026-11-20T10:10:00Z', status: 'OPEN', customerExternalId: 'b' }),
        order('o3', { placedAt: '2026-11-20T10:10:00Z', status: 'CANCELLED', totalMinor: -500 }),
      ],
    });
    const pay = (externalId: string, more: object) => ({
      externalId,
      status: 'CAPTURED',
      currency: 'EUR',
      amountMinor: 1000,
      attemptedAt: '2026-11-20T10:20:00Z',
      ...more,
    });
    await importPayments(scope, {
      source: 'gateway',
      items: [
        pay('p1', { orderExternalId: 'o1', orderSource: source }),
        pay('p2', { status: 'FAILED' }),
        pay('p3', { status: 'FAILED', attempt: 2 }),
        pay('p4', {
          status: 'REFUNDED',
          attemptedAt: '2026-11-19T10:20:00Z',
          refundedAt: '2026-11-20T10:59:00Z',
        }),
        pay('p5', {
          currency: 'USD',
          status: 'REFUNDED',
          isCreditNote: true,
          refundedAt: '2026-11-20T10:20:00Z',
        }),
      ],
    });
    await importErrorEvents(scope, {
      source,
      items: [
        {
          externalId: 'e',
          service: 'checkout',
          message: '500',
          count: 7,
          occurredAt: '2026-11-20T10:00:00Z',
        },
      ],
    });
    await expectExactRollups(scope);
    const sum = (from: string, to: string) =>
      sumWindow(scope.db, scope.tenantId, new Date(from), new Date(to));
    const all = await sum('2026-11-19T12:00:00.5Z', '2026-11-20T12:00:00Z');
    expect(all).toEqual({
      currencies: [
        { currency: 'EUR', revenueMinor: 1000n, refundsMinor: 1000n, captures: 1 },
        { currency: 'USD', revenueMinor: 0n, refundsMinor: 1000n, captures: 0 },
      ],
      firstAttempts: 2,
      firstSuccesses: 1,
      checkouts: 3,
      ordersPaid: 1,
      customersGained: 1,
      customersChurned: 1,
      errors: 7,
    });
    // Every split of the window, inside one hour or over many, adds up to the whole.
    for (const cut of [
      '2026-11-19T12:00:01Z',
      '2026-11-20T10:00:00Z',
      '2026-11-20T10:20:00Z',
      '2026-11-20T11:59:59Z',
    ]) {
      const [a, b] = [await sum('2026-11-19T12:00:00.5Z', cut), await sum(cut, '2026-11-20T12:00:00Z')];
      for (const key of ['firstAttempts', 'checkouts', 'ordersPaid', 'customersGained', 'errors'] as const) {
        expect(a[key] + b[key], `${key} at ${cut}`).toBe(all[key]);
      }
    }
    const open = (from: string, to: string) =>
      openCheckoutsBetween(scope.db, scope.tenantId, new Date(from), new Date(to));
    expect(await open('2026-11-01T00:10:00Z', '2026-11-20T12:00:00Z')).toBe(2);
    expect(await open('2026-11-20T10:05:00Z', '2026-11-20T10:10:00Z')).toBe(1);
    expect(await customerTotals(scope.db, scope.tenantId, new Date('2026-11-20T10:00:00Z'))).toEqual({
      active: 2,
      gained: 2,
      churned: 0,
    });
    expect(await customerTotals(scope.db, scope.tenantId, scope.now)).toEqual({
      active: 1,
      gained: 2,
      churned: 1,
    });
    const days = await dailyRevenue(
      scope.db,
      scope.tenantId,
      'EUR',
      new Date('2026-11-20T10:20:00.001Z'),
      [0, 1, 7],
    );
    expect(days.map((day) => [day.daysBack, day.revenueMinor])).toEqual([
      [0, 1000n],
      [1, 1000n],
      [7, 0n],
    ]);
    expect(await watermarks(scope.db, scope.tenantId)).toMatchObject({
      payments: new Date('2026-11-20T10:59:00Z'),
      errors: new Date('2026-11-20T10:00:00Z'),
    });
    await importErrorEvents(scope, { source, completeTo: '2026-11-20T11:30:00Z', items: [] });
    expect((await watermarks(scope.db, scope.tenantId)).errors).toEqual(new Date('2026-11-20T11:30:00Z'));
  });

  test('concurrent imports of the same ids leave them exact', async () => {
    const rounds = Array.from({ length: 12 }, (_, round) =>
      Array.from({ length: 40 }, (_, i) =>
        order(String(i), {
          version: (round * 7 + i) % 12,
          status: (round + i) % 3 === 0 ? 'OPEN' : 'PAID',
          placedAt: `2026-11-1${(round + i) % 9}T0${i % 9}:00:00Z`,
        }),
      ),
    );
    await Promise.all(rounds.map((items) => importOrders(scope, { source, items })));
    await expectExactRollups(scope);
    const stored = await listOrders(scope, {}, { first: 100 });
    expect(new Set(stored.edges.map(({ node }) => node.version))).toEqual(new Set([11n]));
  });
});
