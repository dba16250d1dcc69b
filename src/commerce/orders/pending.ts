import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { PendingOrder } from './types.ts';

const TAKE = `
  WITH due AS (
    SELECT placed_at, order_id FROM rarity_pending WHERE tenant_id = $1 AND placed_at < $2
    ORDER BY placed_at, order_id LIMIT $3
  ), taken AS (
    DELETE FROM rarity_pending p USING due
    WHERE p.tenant_id = $1 AND p.placed_at = due.placed_at AND p.order_id = due.order_id
    RETURNING p.placed_at, p.order_id
  )
  SELECT o.id, o.version, o.customer_id AS "customerId", o.status, o.currency, o.total_minor AS "totalMinor",
    o.items, o.placed_at AS "placedAt", o.pickup_country AS "pickupCountry", o.pickup_lat AS "pickupLat",
    o.pickup_lon AS "pickupLon", o.delivery_country AS "deliveryCountry", o.delivery_lat AS "deliveryLat",
    o.delivery_lon AS "deliveryLon", o.weight_grams AS "weightGrams", o.is_hazardous AS "isHazardous"
  FROM taken t JOIN orders o ON o.tenant_id = $1 AND o.id = t.order_id
  ORDER BY t.placed_at, o.id`;

/**
 * Takes the oldest orders that nobody has looked at, placed before the instant, out of the queue: they come back
 * only if the transaction rolls back or the order changes. One statement; oldest first.
 */
export function takePendingOrders(
  tx: Tx,
  tenantId: string,
  placedBefore: Date,
  limit: number,
): Promise<PendingOrder[]> {
  return tx.rows<PendingOrder>(TAKE, [tenantId, placedBefore, limit], 'take_pending_orders');
}

/** How many orders placed before the instant are still waiting. */
export async function countPending(sql: Sql, tenantId: string, placedBefore: Date): Promise<number> {
  const row = await sql.row<{ n: number }>(
    'SELECT count(*)::int AS n FROM rarity_pending WHERE tenant_id = $1 AND placed_at < $2',
    [tenantId, placedBefore],
    'count_pending_orders',
  );
  return row?.n ?? 0;
}
