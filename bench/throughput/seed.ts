import pg, { type PoolConfig } from 'pg';

const CUSTOMERS = `
  INSERT INTO customer (tenant_id, id, source, external_id, version, email, signed_up_at, imported_at)
  SELECT $1::uuid, md5($1::text || 'c' || n)::uuid, 'bench', 'c-' || n, 1, n || '@example.com', $2, $2
  FROM generate_series(1, $3::int) n`;

// From San Francisco to Oakland: a drone of the seeded site can bring it.
const ORDERS = `
  INSERT INTO orders (tenant_id, id, source, external_id, version, customer_id, status, currency, total_minor, item_count,
    items, placed_at, pickup_country, pickup_lat, pickup_lon, delivery_country, delivery_lat, delivery_lon, weight_grams,
    imported_at)
  SELECT $1::uuid, md5($1::text || n)::uuid, 'bench', 'o-' || n, 1, md5($1::text || 'c' || n)::uuid, 'PAID', 'USD', 100000,
    2, '[]', $2::timestamptz - interval '1 hour', 'US', 37.7749, -122.4194, 'US', 37.8044, -122.2712, 500, $2
  FROM generate_series(1, $3::int) n`;

const OPPORTUNITIES = `
  INSERT INTO opportunity (tenant_id, id, order_id, order_version, customer_id, status, tier, is_elite, is_cross_border,
    destination_region, score, raw_score, percentile, components, reasons, scorer_version, calibration, corpus_orders,
    currency, value_minor, item_names, weight_grams, pickup_country, pickup_lat, pickup_lon, delivery_country,
    delivery_lat, delivery_lon, order_placed_at, detected_at)
  SELECT o.tenant_id, 'opp_' || left(md5(o.id::text), 20), o.id, 1, o.customer_id, 'DETECTED', 'ELITE', true, false,
    'us_west', 97, 90, 99.5, '{"uniqueness": 91.5, "complexity": 40, "value": 77.25, "freshness": 100}',
    '[{"code": "RARE_ITEMS", "text": "The items are seldom bought together."}]', 'v1', 'c1', 10000, o.currency,
    o.total_minor, ARRAY['Item ' || o.external_id, 'Another'], o.weight_grams, o.pickup_country, o.pickup_lat,
    o.pickup_lon, o.delivery_country, o.delivery_lat, o.delivery_lon, o.placed_at, o.placed_at
  FROM orders o WHERE o.tenant_id = $1`;

/** Elite opportunities of as many customers, with room for all of them, written as the owner of the tables. */
export async function seedOpportunities(
  connection: PoolConfig,
  tenantId: string,
  count: number,
): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    const now = new Date();
    await client.query(CUSTOMERS, [tenantId, now, count]);
    await client.query(ORDERS, [tenantId, now, count]);
    await client.query(OPPORTUNITIES, [tenantId]);
    await client.query(`UPDATE hub SET capacity = $2 WHERE tenant_id = $1`, [tenantId, 3 * count]);
    for (const table of ['customer', 'orders', 'opportunity']) await client.query(`VACUUM ANALYZE ${table}`);
  } finally {
    await client.end();
  }
}
