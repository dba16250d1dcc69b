import {
  ImportCartsDocument,
  ImportCustomersDocument,
  ImportOrdersDocument,
  ImportPaymentsDocument,
} from '../../operations/generated/graphql.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Client } from '../kit/server.ts';

const FRANKFURT = { country: 'DE', lat: 50.1109, lon: 8.6821 };
const BERLIN = { country: 'DE', lat: 52.52, lon: 13.405 };
/** 32 km from the launch site at Frankfurt: a drone can bring it. */
const MAINZ = { country: 'DE', lat: 49.9929, lon: 8.2473 };
const SAN_FRANCISCO = { country: 'US', lat: 37.7749, lon: -122.4194 };

export const SOURCE = 'scenario';
export const EVERYDAY = 200;
export const RARE = 5;
export const ABANDONED = 30;
export const DECLINED = 40;

export interface ShopOptions {
  /** The instant of the cycle under test; everything happens before it. */
  now: Date;
  /** Stands in every text that is stored, so that a leak can be seen. */
  marker?: string;
}

/**
 * A small shop with a story: 200 everyday orders over 60 days that calibrate rarity, and in the last half hour five
 * rare packages (elite, two of them across the ocean), 30 abandoned carts and 40 declined payments. A cycle an hour
 * before `now` finds nothing; the one at `now` finds all of it.
 */
export function shopFacts({ now, marker = 'plain' }: ShopOptions) {
  const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
  const line = (name: string, category = 'everyday', unitPriceMinor = '1000') => ({
    ...{ sku: `${marker}-${name}`, name: `${marker} ${name}`, category: `${marker} ${category}` },
    ...{ quantity: 1, unitPriceMinor },
  });
  const customers = Array.from({ length: EVERYDAY + RARE }, (_, n) => ({
    externalId: `${marker}-c${n}`,
    email: `${marker}-c${n}@example.com`,
    name: `${marker} customer ${n}`,
    country: 'DE',
    signedUpAt: ago(70 * DAY_MS),
  }));
  const everyday = Array.from({ length: EVERYDAY }, (_, n) => ({
    externalId: `${marker}-o${n}`,
    customerExternalId: `${marker}-c${n}`,
    status: 'PAID',
    channel: `${marker} web`,
    currency: 'EUR',
    placedAt: ago(60 * DAY_MS - n * 6 * HOUR_MS),
    items: [line(`thing ${n % 10}`), line(`thing ${(n * 7) % 10}`)],
    ...{ pickup: FRANKFURT, delivery: BERLIN, weightGrams: 1000 },
  }));
  const rare = Array.from({ length: RARE }, (_, n) => ({
    externalId: `${marker}-rare${n}`,
    customerExternalId: `${marker}-c${EVERYDAY + n}`,
    status: 'PAID',
    channel: `${marker} web`,
    currency: 'EUR',
    placedAt: ago((25 - n) * MINUTE_MS),
    items: ['a', 'b', 'c', 'd', 'e'].map((category) =>
      line(`wonder ${n}${category}`, category, String(200_000 + n)),
    ),
    ...{ pickup: FRANKFURT, delivery: n < 2 ? SAN_FRANCISCO : MAINZ, weightGrams: 1500 },
  }));
  const carts = Array.from({ length: ABANDONED }, (_, n) => ({
    externalId: `${marker}-cart${n}`,
    email: `${marker}-cart${n}@example.com`,
    currency: 'EUR',
    items: [line(`thing ${n % 10}`)],
    startedAt: ago(HOUR_MS + (20 - (n % 20)) * MINUTE_MS),
  }));
  const payments = [
    ...everyday.slice(-8).map((order, n) => ({
      externalId: `${marker}-p${n}`,
      orderExternalId: order.externalId,
      status: 'CAPTURED',
      currency: 'EUR',
      amountMinor: '2000',
      method: `${marker} card`,
      attemptedAt: order.placedAt,
    })),
    ...Array.from({ length: DECLINED }, (_, n) => ({
      externalId: `${marker}-declined${n}`,
      status: 'FAILED',
      currency: 'EUR',
      amountMinor: '2000',
      method: `${marker} card`,
      declineCode: `${marker} insufficient_funds`,
      attemptedAt: ago((29 - (n % 29)) * MINUTE_MS),
    })),
  ];
  return { customers, orders: [...everyday, ...rare], carts, payments };
}

export type ShopFacts = ReturnType<typeof shopFacts>;

/** Sends the facts through the public mutations; every one must be new. */
export async function importShop(client: Client, facts: ShopFacts): Promise<void> {
  const input = <Item>(items: Item[]) => ({ input: { source: SOURCE, items } });
  const answers = [
    (await client.run(ImportCustomersDocument, input(facts.customers))).importCustomers,
    (await client.run(ImportOrdersDocument, input(facts.orders))).importOrders,
    (await client.run(ImportCartsDocument, input(facts.carts))).importCarts,
    (await client.run(ImportPaymentsDocument, input(facts.payments))).importPayments,
  ];
  for (const answer of answers) {
    const isWhole =
      answer.__typename === 'ImportPayload' && answer.results.every((r) => r.outcome === 'CREATED');
    if (!isWhole) throw new Error(`Not imported: ${JSON.stringify(answer).slice(0, 1_000)}`);
  }
}
