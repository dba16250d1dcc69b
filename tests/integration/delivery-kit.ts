import { createHash } from 'node:crypto';
import { onTenantCreated } from '../../src/control/tenancy/index.ts';
import { seedTenantFleet } from '../../src/delivery/fleet/index.ts';
import { type DetectionResult, detectOpportunities } from '../../src/delivery/opportunities/index.ts';
import { seedTenantHubs } from '../../src/delivery/routing/index.ts';
import { uuidFrom } from '../../src/kernel/ids.ts';
import type { Scope } from '../../src/platform/scope.ts';

onTenantCreated(seedTenantHubs);
onTenantCreated(seedTenantFleet);

export const PLACES = {
  frankfurt: { country: 'DE', lat: 50.1109, lon: 8.6821 },
  berlin: { country: 'DE', lat: 52.52, lon: 13.405 },
  paris: { country: 'FR', lat: 48.8566, lon: 2.3522 },
  lyon: { country: 'FR', lat: 45.764, lon: 4.8357 },
  sanFrancisco: { country: 'US', lat: 37.7749, lon: -122.4194 },
  oakland: { country: 'US', lat: 37.8044, lon: -122.2712 },
  mumbai: { country: 'IN', lat: 19.076, lon: 72.8777 },
  tokyo: { country: 'JP', lat: 35.6762, lon: 139.6503 },
} as const;
type PlaceName = keyof typeof PLACES;

/** An order as a test wants it; the rest is filled in. */
export interface TestOrder {
  key: string;
  version?: number;
  customer?: string | null;
  status?: string;
  items?: string[];
  categories?: string[];
  totalMinor?: number;
  currency?: string;
  placedAt: Date;
  pickup?: PlaceName | null;
  delivery?: PlaceName | null;
  weightGrams?: number | null;
  isHazardous?: boolean;
}

export const orderId = (scope: Scope, key: string): string => uuidFrom(scope.tenantId, 'order', 'test', key);
export const customerId = (scope: Scope, key: string): string =>
  uuidFrom(scope.tenantId, 'customer', 'test', key);

function rowOf(scope: Scope, order: TestOrder) {
  const pickup = order.pickup === null ? null : PLACES[order.pickup ?? 'frankfurt'];
  const delivery = order.delivery === null ? null : PLACES[order.delivery ?? 'berlin'];
  const customer = order.customer === undefined ? order.key : order.customer;
  const items = (order.items ?? ['thing']).map((name, i) => ({
    sku: name,
    name,
    ...(order.categories?.[i] && { category: order.categories[i] }),
    quantity: 1,
    unitPriceMinor: 100,
    kind: 'PRODUCT',
  }));
  return {
    id: orderId(scope, order.key),
    version: order.version ?? 1,
    externalId: order.key,
    customerId: customer === null ? null : customerId(scope, customer),
    status: order.status ?? 'PAID',
    currency: order.currency ?? 'EUR',
    totalMinor: order.totalMinor ?? 1000,
    items,
    placedAt: order.placedAt,
    pickupCountry: pickup?.country ?? null,
    pickupLat: pickup?.lat ?? null,
    pickupLon: pickup?.lon ?? null,
    deliveryCountry: delivery?.country ?? null,
    deliveryLat: delivery?.lat ?? null,
    deliveryLon: delivery?.lon ?? null,
    weightGrams: order.weightGrams === undefined ? 1000 : order.weightGrams,
    isHazardous: order.isHazardous ?? false,
  };
}

/** Puts orders (new or updated) into the database and into the queue, as an import does. */
export async function putOrders(scope: Scope, orders: readonly TestOrder[]): Promise<void> {
  const rows = orders.map((order) => rowOf(scope, order));
  const customers = [...new Set(rows.flatMap((row) => row.customerId ?? []))];
  await scope.db.tx(async (tx) => {
    await tx.run(
      `INSERT INTO customer (tenant_id, id, source, external_id, version, signed_up_at, imported_at)
       SELECT $1, c, 'test', c::text, 1, now(), now() FROM unnest($2::uuid[]) c ON CONFLICT DO NOTHING`,
      [scope.tenantId, customers],
    );
    const text = JSON.stringify(rows);
    await tx.run(
      `INSERT INTO orders (tenant_id, id, source, external_id, version, customer_id, status, currency, total_minor,
         item_count, items, placed_at, pickup_country, pickup_lat, pickup_lon, delivery_country, delivery_lat,
         delivery_lon, weight_grams, is_hazardous, imported_at)
       SELECT $1, n.id, 'test', n."externalId", n.version, n."customerId", n.status, n.currency, n."totalMinor",
         jsonb_array_length(n.items), n.items, n."placedAt", n."pickupCountry", n."pickupLat", n."pickupLon",
         n."deliveryCountry", n."deliveryLat", n."deliveryLon", n."weightGrams", n."isHazardous", now()
       FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, version int8, "externalId" text, "customerId" uuid,
         status text, currency text, "totalMinor" int8, items jsonb, "placedAt" timestamptz, "pickupCountry" text,
         "pickupLat" float8, "pickupLon" float8, "deliveryCountry" text, "deliveryLat" float8, "deliveryLon" float8,
         "weightGrams" int, "isHazardous" boolean)
       ON CONFLICT (tenant_id, id) DO UPDATE SET version = excluded.version, status = excluded.status,
         items = excluded.items, total_minor = excluded.total_minor, weight_grams = excluded.weight_grams`,
      [scope.tenantId, text],
    );
    await tx.run(
      `INSERT INTO rarity_pending (tenant_id, placed_at, order_id, version)
       SELECT $1, n."placedAt", n.id, n.version
       FROM jsonb_to_recordset($2::jsonb) AS n (id uuid, version int8, "placedAt" timestamptz)
       ON CONFLICT (tenant_id, placed_at, order_id) DO UPDATE SET version = excluded.version`,
      [scope.tenantId, text],
    );
  });
}

/** Runs detection to its end, as a cycle does; also says what the costliest step took. */
export async function detectAll(
  scope: Scope,
): Promise<{ result: DetectionResult; steps: number; statements: number }> {
  let result: DetectionResult | null = null;
  let statements = 0;
  for (let steps = 1; ; steps++) {
    const before = scope.db.statements;
    const step = await scope.db.tx((tx) => detectOpportunities(scope, tx, result));
    statements = Math.max(statements, scope.db.statements - before);
    result = step.result;
    if (step.isDone) return { result, steps, statements };
  }
}

/** A number 0..1 that is the same for the same text on every machine. */
export function noise(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

interface StoredDay {
  day: string;
  orders: number;
  items: Record<string, number>;
  raw_scores: Record<string, number>;
}

/** The corpus as the tables hold it, in a form that two tenants can be compared by. */
export async function corpusOf(scope: Scope) {
  const { tenantId, db } = scope;
  const corpus = await db.row<Record<string, unknown>>(
    `SELECT window_from, orders, "values", raw_scores FROM rarity_corpus WHERE tenant_id = $1`,
    [tenantId],
  );
  const items = await db.rows<{ item_key: string; orders: number }>(
    'SELECT item_key, orders FROM rarity_item WHERE tenant_id = $1 ORDER BY item_key',
    [tenantId],
  );
  const days = await db.rows<StoredDay>(
    'SELECT day, orders, items, raw_scores FROM rarity_day WHERE tenant_id = $1 ORDER BY day',
    [tenantId],
  );
  const sets = await db.rows<{ set_hash: string; first_seen_at: Date; last_seen_at: Date }>(
    'SELECT set_hash, first_seen_at, last_seen_at FROM rarity_set WHERE tenant_id = $1 ORDER BY set_hash',
    [tenantId],
  );
  return { corpus, items, days, sets };
}
