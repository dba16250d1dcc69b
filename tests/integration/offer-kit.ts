import { expect } from 'vitest';
import {
  type GeneratedActions,
  generateActions,
  listOffers,
  type Offer,
} from '../../src/delivery/offers/index.ts';
import { getOpportunity, type Opportunity } from '../../src/delivery/opportunities/index.ts';
import { DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import type { OpenTestDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { detectAll, noise, putOrders, type TestOrder } from './delivery-kit.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');
export const later = (hours: number): Date => new Date(NOW.getTime() + hours * HOUR_MS);

const everyday = (count: number): TestOrder[] =>
  Array.from({ length: count }, (_, n) => ({
    key: `everyday ${n}`,
    items: [`i${Math.floor(noise(`a${n}`) * 10)}`],
    totalMinor: 1000 + Math.floor(noise(`v${n}`) * 9000),
    placedAt: new Date(NOW.getTime() - 60 * DAY_MS + (n / count) * 58 * DAY_MS),
    delivery: null,
  }));

/** An order nobody has ever made before, within a drone's reach of the seeded site at San Francisco. */
export const rare = (key: string, fields: Partial<TestOrder> = {}): TestOrder => ({
  key,
  items: [1, 2, 3, 4, 5].map((n) => `${key}-${n}`),
  categories: ['a', 'b', 'c', 'd', 'e'],
  totalMinor: 1_000_000,
  placedAt: new Date(NOW.getTime() - 6 * HOUR_MS),
  delivery: 'oakland',
  ...fields,
});

/** A calibrated shop whose only opportunities are these, all elite. */
export async function shopWith(test: OpenTestDatabase, orders: readonly TestOrder[]) {
  const tenant = await testScope(test.database, { now: NOW });
  await putOrders(tenant.scope, everyday(200));
  await detectAll(tenant.scope);
  await putOrders(tenant.scope, orders);
  expect((await detectAll(tenant.scope)).result.elite).toBe(orders.length);
  return tenant;
}

export const generate = (scope: Scope): Promise<GeneratedActions> =>
  scope.db.tx((tx) => generateActions(scope, tx));

/** The tenant's offers, newest first. */
export const allOffers = async (scope: Scope): Promise<Offer[]> =>
  (await listOffers(scope, { first: 100 })).edges.map(({ node }) => node);

export const opportunityOf = (scope: Scope, offer: Offer): Promise<Opportunity> =>
  getOpportunity(scope.db, scope.tenantId, offer.opportunityId);

/** The logged events whose type begins like this, with their statuses. */
export const logged = async (scope: Scope, prefix = 'ACTION_') =>
  (await scope.events.read(scope.db, 0n, 1000))
    .filter(({ type }) => type.startsWith(prefix))
    .map(({ type, payload }) => [type, (payload as { status: string }).status]);

/** A calibrated shop with one offer on the table for each order. */
export async function offered(test: OpenTestDatabase, orders: readonly TestOrder[]) {
  const tenant = await shopWith(test, orders);
  expect((await generate(tenant.scope)).actionsCreated).toBe(orders.length);
  return { ...tenant, offers: await allOffers(tenant.scope) };
}
