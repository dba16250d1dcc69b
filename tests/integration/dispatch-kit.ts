import { expect } from 'vitest';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { acceptOffer } from '../../src/delivery/acceptance/index.ts';
import { type Delivery, listDeliveries, tickDeliveries } from '../../src/delivery/dispatch/index.ts';
import { checkInvariants } from '../../src/delivery/invariants/index.ts';
import { type Offer, offersById } from '../../src/delivery/offers/index.ts';
import { MINUTE_MS } from '../../src/kernel/time.ts';
import type { Database } from '../../src/platform/db/database.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { PLACES } from './delivery-kit.ts';
import { type Chain, chainOf, putOffer, putOpportunity } from './invariants-kit.ts';

export const NOW = new Date('2026-11-20T12:00:00Z');
export const minutes = (n: number): Date => new Date(NOW.getTime() + n * MINUTE_MS);

type Settings = Parameters<typeof updateSettings>[1];
type PlaceName = keyof typeof PLACES;

/** A tenant with hubs, sites and a fleet, and whatever settings a test wants. */
export async function fleetOwner(
  database: Database,
  settings: Settings = {},
  options: Parameters<typeof testScope>[1] = {},
): Promise<TestScope> {
  const tenant = await testScope(database, { now: NOW, ...options });
  if (Object.keys(settings).length > 0) await updateSettings(tenant.scope, settings);
  return tenant;
}

export interface Package {
  pickup?: PlaceName;
  delivery?: PlaceName;
  priceMinor?: number;
  offer?: Record<string, unknown>;
  opportunity?: Record<string, unknown>;
}

/** An offer before its customer. */
export async function offered(scope: Scope, n: number, wanted: Package = {}): Promise<Chain> {
  const chain = chainOf(n);
  const from = PLACES[wanted.pickup ?? 'frankfurt'];
  const to = PLACES[wanted.delivery ?? 'oakland'];
  await putOpportunity(scope, chain, {
    ...{ status: 'OFFERED', is_cross_border: from.country !== to.country },
    ...{ pickup_country: from.country, pickup_lat: from.lat, pickup_lon: from.lon },
    ...{ delivery_country: to.country, delivery_lat: to.lat, delivery_lon: to.lon },
    ...{ destination_region: to.country === 'US' ? 'us_west' : 'eu_central', ...wanted.opportunity },
  });
  const price = wanted.priceMinor === undefined ? {} : { bundle_price_minor: wanted.priceMinor };
  await putOffer(scope, chain, { status: 'OFFERED', ...price, ...wanted.offer });
  return chain;
}

/** An offer that its customer has accepted and paid (the test provider authorises at once). */
export async function paid(scope: Scope, n: number, wanted: Package = {}): Promise<Chain> {
  const chain = await offered(scope, n, wanted);
  const offer = await acceptOffer(scope, { id: chain.offer, via: 'API' });
  expect(offer.status).toBe('PAYMENT_AUTHORIZED');
  return chain;
}

export const tick = (scope: Scope): Promise<void> => tickDeliveries(scope);

export async function deliveries(scope: Scope): Promise<Delivery[]> {
  return (await listDeliveries(scope, { first: 100 })).edges.map(({ node }) => node);
}

/** The only delivery. */
export async function onlyDelivery(scope: Scope): Promise<Delivery> {
  const all = await deliveries(scope);
  expect(all).toHaveLength(1);
  return all[0] as Delivery;
}

export const offerOf = async (scope: Scope, { offer }: Chain): Promise<Offer> =>
  (await offersById(scope, [offer]))[0] as Offer;

export async function statusOf(scope: Scope, { opportunity }: Chain): Promise<string | undefined> {
  const row = await scope.db.row<{ status: string }>(
    'SELECT status FROM opportunity WHERE tenant_id = $1 AND id = $2',
    [scope.tenantId, opportunity],
  );
  return row?.status;
}

export async function chargeOf(scope: Scope, { offer }: Chain): Promise<string | undefined> {
  const row = await scope.db.row<{ status: string }>(
    'SELECT status FROM charge WHERE tenant_id = $1 AND offer_id = $2',
    [scope.tenantId, offer],
  );
  return row?.status;
}

/** Slots taken by hub; hubs with none are left out. */
export async function slots(scope: Scope): Promise<Record<string, number>> {
  const rows = await scope.db.rows<{ id: string; reserved: number }>(
    'SELECT id, reserved FROM hub WHERE tenant_id = $1 AND reserved > 0 ORDER BY id',
    [scope.tenantId],
  );
  return Object.fromEntries(rows.map(({ id, reserved }) => [id, reserved]));
}

/** Whether the delivery loop still has to visit the tenant. */
export async function isWatched({ db, tenantId }: Scope): Promise<boolean> {
  return (await db.row('SELECT 1 FROM tenant_watch WHERE tenant_id = $1', [tenantId])) !== undefined;
}

/** Every invariant of money, capacity, offers and flights holds. */
export async function expectInvariants({ db, tenantId }: Scope): Promise<void> {
  const broken = (await checkInvariants(db, tenantId)).filter(({ holds }) => !holds);
  expect(broken.map(({ name, violations }) => [name, violations])).toEqual([]);
}

/** What the event log tells, as `TYPE detail`. */
export async function told(scope: Scope, types: readonly string[]): Promise<string[]> {
  const log = await scope.events.read(scope.db, 0n, 10_000);
  return log
    .filter(({ type }) => types.includes(type))
    .map(({ type, payload }) => {
      const { status, state, kind } = payload as { status?: string; state?: string; kind?: string };
      return `${type} ${status ?? state ?? kind}`;
    });
}
