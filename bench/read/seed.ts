import { randomUUID } from 'node:crypto';
import pg, { type PoolConfig } from 'pg';

/** Opportunities of the tenant that is read, and of nine others beside it. */
export const ROWS = 10_000;

const ORDERS = `
  INSERT INTO orders (tenant_id, id, source, external_id, version, status, currency, total_minor, item_count, items,
    placed_at, pickup_country, pickup_lat, pickup_lon, delivery_country, delivery_lat, delivery_lon, weight_grams, imported_at)
  SELECT $1::uuid, md5($1::text || n)::uuid, 'bench', 'o-' || n, 1, 'PAID', 'EUR', 1000 + n * 7 % 90000, 2, '[]',
    $2::timestamptz - n * interval '1 minute', 'DE', 50.1, 8.7, 'FR', 48.9, 2.35, 400 + n % 2000, $2::timestamptz
  FROM generate_series(1, $3::int) n`;

const OPPORTUNITIES = `
  INSERT INTO opportunity (tenant_id, id, order_id, order_version, status, tier, is_elite, is_cross_border,
    destination_region, score, raw_score, percentile, components, reasons, scorer_version, calibration, corpus_orders,
    currency, value_minor, item_names, weight_grams, pickup_country, pickup_lat, pickup_lon, delivery_country,
    delivery_lat, delivery_lon, order_placed_at, detected_at)
  SELECT $1::uuid, 'opp_' || md5($1::text || 'p' || n), md5($1::text || n)::uuid, 1,
    (ARRAY['DETECTED', 'OFFERED', 'EXPIRED'])[1 + n % 3], (ARRAY['PRO', 'ENTERPRISE', 'ELITE'])[1 + n % 3], n % 3 = 0, true,
    'eu_central', 80 + (n * 7919 % 2000) / 100.0, 60 + (n * 104729 % 4000) / 100.0, 99.1,
    '{"uniqueness": 91.5, "complexity": 40, "value": 77.25, "freshness": 100}',
    '[{"code": "RARE_ITEMS", "text": "The items are seldom bought together."}]', 'v1', 'c1', 10000,
    'EUR', 1000 + n * 7 % 90000, ARRAY['Item number ' || n, 'Item number ' || n % 97], 400 + n % 2000,
    'DE', 50.1, 8.7, 'FR', 48.9, 2.35, $2::timestamptz - n * interval '1 minute', $2::timestamptz - n * interval '1 minute'
  FROM generate_series(1, $3::int) n`;

const OFFERS = `
  INSERT INTO offer (tenant_id, id, opportunity_id, action_type, status, bundle_name, bundle_items, currency,
    bundle_price_minor, expected_revenue_minor, accept_probability, delivery_cost_minor, rarity_threshold, route_path,
    route_success, route_eta_min, is_auto_executable, reasons, created_at, offered_at, expires_at)
  SELECT tenant_id, md5(id)::uuid, id, 'BUNDLE', 'OFFERED', 'Elite Bundle', item_names, 'INR', 500000, 75000, 0.15, 9000,
    95, ARRAY['NODE_EU_001'], 98, 90, true, '[]', detected_at, detected_at, detected_at + interval '7 days'
  FROM opportunity WHERE tenant_id = $1`;

/** Fills tenants as the owner of the tables. The first of `tenants` is the one that is read. */
export async function seed(connection: PoolConfig, tenants: readonly string[], at: Date): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    // The embedded database has one session: the role that the product set is ours too.
    await client.query('RESET ROLE');
    for (const tenant of [...tenants, ...Array.from({ length: 10 - tenants.length }, () => randomUUID())]) {
      await client.query(ORDERS, [tenant, at, ROWS]);
      await client.query(OPPORTUNITIES, [tenant, at, ROWS]);
      await client.query(OFFERS, [tenant]);
    }
    for (const table of ['orders', 'opportunity', 'offer']) await client.query(`VACUUM ANALYZE ${table}`);
    await client.query('SET ROLE revenue_runtime');
  } finally {
    await client.end();
  }
}
