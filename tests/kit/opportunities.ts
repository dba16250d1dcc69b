import { addMs, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';

/** Gives the tenant `count` bare opportunities (with their orders) that reservations can be made for; their ids. */
export async function bareOpportunities(scope: Scope, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `opp_${String(i).padStart(20, '0')}`);
  const at = addMs(scope.now, -HOUR_MS);
  await scope.db.tx(async (tx) => {
    await tx.run(
      `INSERT INTO orders (tenant_id, id, source, external_id, version, status, currency, total_minor, item_count, items,
         placed_at, imported_at)
       SELECT $1::uuid, md5($1::text || id)::uuid, 'test', id, 1, 'PAID', 'EUR', 100, 1, '[]', $3, $3 FROM unnest($2::text[]) AS id`,
      [scope.tenantId, ids, at],
    );
    await tx.run(
      `INSERT INTO opportunity (tenant_id, id, order_id, order_version, status, tier, is_elite, is_cross_border, score,
         raw_score, components, reasons, scorer_version, corpus_orders, currency, value_minor, item_names, weight_grams,
         pickup_country, pickup_lat, pickup_lon, delivery_country, delivery_lat, delivery_lon, order_placed_at, detected_at)
       SELECT $1::uuid, id, md5($1::text || id)::uuid, 1, 'DETECTED', 'ELITE', true, true, 97, 97, '{}', '[]', 'test', 0, 'EUR', 100,
         '{thing}', 500, 'US', 37.7749, -122.4194, 'IN', 19.076, 72.8777, $3, $3 FROM unnest($2::text[]) AS id`,
      [scope.tenantId, ids, at],
    );
  });
  return ids;
}
