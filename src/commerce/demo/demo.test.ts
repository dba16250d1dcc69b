import { describe, expect, it } from 'vitest';
import { haversineKm } from '../../kernel/geo.ts';
import { sha256Hex } from '../../kernel/ids.ts';
import { DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import { toBatches } from './batches.ts';
import { buildCatalogue } from './catalogue.ts';
import { generateDemo } from './generate.ts';
import { DEMO_SEED } from './plan.ts';

const END = new Date('2026-11-20T12:34:56Z');
const FACTS = generateDemo(DEMO_SEED, END);
const { customers, carts, orders, payments, errors } = FACTS;

const count = <T>(items: readonly T[], is: (item: T) => boolean) => items.filter(is).length;
const share = <T>(items: readonly T[], is: (item: T) => boolean) => count(items, is) / items.length;
const products = (order: (typeof orders)[number]) => order.items.filter((item) => item.kind === 'PRODUCT');

const HUBS = [
  [{ lat: 50.1109, lon: 8.6821 }, 500],
  [{ lat: 37.7749, lon: -122.4194 }, 800],
  [{ lat: 19.076, lon: 72.8777 }, 300],
] as const;
const isCovered = (lat: number, lon: number) =>
  HUBS.some(([hub, km]) => haversineKm(hub, { lat, lon }) <= km);

describe('the demo catalogue', () => {
  const items = buildCatalogue(DEMO_SEED);
  it('has 400 items with distinct skus and names and positive prices in every currency', () => {
    expect(items).toHaveLength(400);
    expect(new Set(items.map(({ sku }) => sku)).size).toBe(400);
    expect(new Set(items.map(({ name }) => name)).size).toBe(400);
    for (const { price, grams } of items) {
      expect(Math.min(...Object.values(price), grams)).toBeGreaterThan(0);
    }
  });

  it('sells a long tail: the top fifth makes most of the sales, one-offs hardly any', () => {
    const sold = new Map<string, number>();
    for (const line of orders.flatMap(products))
      sold.set(line.sku ?? '', (sold.get(line.sku ?? '') ?? 0) + 1);
    const ranked = [...sold.values()].sort((a, b) => b - a);
    const lines = ranked.reduce((sum, n) => sum + n, 0);
    expect(ranked.slice(0, 80).reduce((sum, n) => sum + n, 0) / lines).toBeGreaterThan(0.6);
    expect(ranked[0] ?? 0).toBeLessThan(lines * 0.06);
    const oneOffs = [...sold].filter(([sku]) => sku.startsWith('ONE-')).map(([, n]) => n);
    expect(oneOffs.length).toBeGreaterThan(15);
    expect(Math.max(...oneOffs)).toBeLessThan(15);
  });
});

describe('sixty days of the demo shop', () => {
  it('is the same to the byte for the same seed and end, and another for another seed', () => {
    const bytes = sha256Hex(JSON.stringify(FACTS));
    expect(sha256Hex(JSON.stringify(generateDemo(DEMO_SEED, END)))).toBe(bytes);
    expect(sha256Hex(JSON.stringify(generateDemo(1, END)))).not.toBe(bytes);
  });

  it('has 3,000 customers in six countries, 12,000 orders and 2,000 abandoned carts', () => {
    expect(customers).toHaveLength(3_000);
    expect(orders).toHaveLength(12_000);
    expect(count(carts, ({ status }) => status !== 'ORDERED')).toBe(2_000);
    expect([...new Set(customers.map(({ country }) => country))].sort()).toEqual([
      'DE',
      'FR',
      'GB',
      'IN',
      'NL',
      'US',
    ]);
    expect(new Set(customers.map(({ email }) => email)).size).toBe(3_000);
    for (const { email } of customers) expect(email).toMatch(/^[a-z0-9.-]+@example\.(com|org|net)$/);
  });

  it('knows nothing from after its end, and orders of exactly sixty days', () => {
    const instants = [
      ...customers.flatMap(({ signedUpAt, churnedAt }) => [signedUpAt, churnedAt]),
      ...carts.flatMap(({ startedAt, lastActivityAt }) => [startedAt, lastActivityAt]),
      ...orders.flatMap(({ placedAt, paidAt }) => [placedAt, paidAt]),
      ...payments.flatMap(({ attemptedAt, refundedAt }) => [attemptedAt, refundedAt]),
      ...errors.map(({ occurredAt }) => occurredAt),
    ].filter((at) => at !== null);
    expect(instants.every((at) => at < END)).toBe(true);
    const first = Math.min(...orders.map(({ placedAt }) => placedAt.getTime()));
    expect(first).toBeGreaterThanOrEqual(END.getTime() - 60 * DAY_MS);
    expect(first).toBeLessThan(END.getTime() - 60 * DAY_MS + 6 * HOUR_MS);
  });

  it('holds together: every fact names only facts that are older than itself', () => {
    const signedUp = new Map(customers.map((item) => [item.externalId, item.signedUpAt]));
    const started = new Map(carts.map((item) => [item.externalId, item.startedAt]));
    const placed = new Map(orders.map((item) => [item.externalId, item.placedAt]));
    const isOlder = (known: Map<string, Date>, id: string | null, at: Date) =>
      id === null || (known.get(id) ?? END) <= at;
    expect(carts.every((cart) => isOlder(signedUp, cart.customerExternalId, cart.startedAt))).toBe(true);
    expect(orders.every((order) => isOlder(signedUp, order.customerExternalId, order.placedAt))).toBe(true);
    expect(orders.every((order) => isOlder(started, order.cartExternalId, order.placedAt))).toBe(true);
    expect(payments.every((item) => isOlder(placed, item.orderExternalId, item.attemptedAt))).toBe(true);
    const all = [...customers, ...carts, ...orders, ...payments, ...errors];
    expect(new Set(all.map(({ externalId }) => externalId)).size).toBe(all.length);
  });

  it('breathes by week and by day', () => {
    const weekdays = new Array<number>(7).fill(0);
    const hours = new Array<number>(24).fill(0);
    // Eight whole weeks: every weekday as often as any other.
    const since = END.getTime() - 56 * DAY_MS;
    for (const { placedAt, delivery } of orders) {
      if (placedAt.getTime() < since) continue;
      weekdays[placedAt.getUTCDay()] = (weekdays[placedAt.getUTCDay()] ?? 0) + 1;
      if (delivery.country === 'DE') hours[placedAt.getUTCHours()] = (hours[placedAt.getUTCHours()] ?? 0) + 1;
    }
    const [sunday = 0, , tuesday = 0] = weekdays;
    expect(sunday / tuesday).toBeGreaterThan(1.15);
    expect((hours[19] ?? 0) / (hours[3] ?? 1)).toBeGreaterThan(4);
  });

  it('sends most parcels within reach of a hub, some not, many across a border', () => {
    const located = orders.filter(({ delivery }) => delivery.lat !== null);
    expect(orders.length - located.length).toBeGreaterThan(60);
    const covered = share(located, ({ delivery }) => isCovered(delivery.lat ?? 0, delivery.lon ?? 0));
    expect(covered).toBeGreaterThan(0.6);
    expect(covered).toBeLessThan(0.85);
    for (const { pickup, delivery } of located) {
      expect(isCovered(pickup.lat ?? 0, pickup.lon ?? 0)).toBe(true);
      expect(Math.abs(delivery.lat ?? 99)).toBeLessThan(90);
      expect(Math.abs(delivery.lon ?? 199)).toBeLessThan(180);
    }
    const abroad = share(orders, ({ pickup, delivery }) => pickup.country !== delivery.country);
    expect(abroad).toBeGreaterThan(0.25);
    expect(abroad).toBeLessThan(0.5);
  });

  it('has baskets of 1 to 6 goods, 1 % hazardous parcels and some without a weight', () => {
    const sizes = new Set(orders.map((order) => products(order).length));
    expect([...sizes].sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(share(orders, ({ isHazardous }) => isHazardous)).toBeGreaterThan(0.005);
    expect(share(orders, ({ isHazardous }) => isHazardous)).toBeLessThan(0.015);
    expect(count(orders, ({ weightGrams }) => weightGrams === null)).toBeGreaterThan(60);
  });

  it('declines about 6 % of first attempts and settles most of them later', () => {
    const first = payments.filter(({ attempt }) => attempt === 1);
    const declined = first.filter(({ status }) => status === 'FAILED');
    expect(declined.length / first.length).toBeGreaterThan(0.05);
    expect(declined.length / first.length).toBeLessThan(0.07);
    expect(declined.every(({ declineCode }) => declineCode !== null)).toBe(true);
    const paid = new Set(
      orders.filter(({ status }) => status === 'PAID').map(({ externalId }) => externalId),
    );
    expect(share(declined, ({ orderExternalId }) => paid.has(orderExternalId))).toBeGreaterThan(0.6);
    expect(count(payments, ({ status }) => status === 'REFUNDED')).toBeGreaterThan(100);
  });

  it('leaves more than 20 contactable carts open, and loses fewer than 5 % of its customers in a month', () => {
    const since = END.getTime() - 30 * DAY_MS;
    const open = carts.filter(
      (cart) => cart.status === 'OPEN' && (cart.customerExternalId !== null || cart.email !== null),
    );
    expect(count(open, ({ lastActivityAt }) => lastActivityAt.getTime() >= since)).toBeGreaterThan(20);
    const churned = count(customers, ({ churnedAt }) => (churnedAt?.getTime() ?? 0) >= since);
    const active = count(customers, ({ signedUpAt }) => signedUpAt.getTime() < since);
    expect(churned / active).toBeGreaterThan(0.02);
    expect(churned / active).toBeLessThan(0.05);
  });
});

describe('batches', () => {
  it('hold every fact once, at most 1,000 in a call, referenced facts first', () => {
    const batches = toBatches(FACTS);
    const seen = new Set<string>();
    for (const { list, items } of batches) {
      expect(items.length).toBeLessThanOrEqual(1_000);
      for (const item of items) {
        for (const key of ['customerExternalId', 'cartExternalId', 'orderExternalId'] as const) {
          const named = (item as Partial<Record<typeof key, string | null>>)[key];
          if (named) expect(seen.has(named), `${list} ${item.externalId} names ${named}`).toBe(true);
        }
      }
      for (const { externalId } of items) seen.add(externalId);
    }
    expect(seen.size).toBe(customers.length + carts.length + orders.length + payments.length + errors.length);
    expect(
      batches
        .filter(({ isLast }) => isLast)
        .map(({ list }) => list)
        .sort(),
    ).toEqual(['carts', 'customers', 'errors', 'orders', 'payments']);
  });
});
