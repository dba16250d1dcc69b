import type { Sql, Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { OrderItem, Written } from '../ingest/index.ts';
import { hasProduct, type OrderFact } from './order.ts';
import type { PendingOrder } from './types.ts';

/*
 * Found once and deleted where they lie: a planner that last saw the queue empty, as it mostly is, would join the two by
 * looking for the oldest anew for every order that waits. For the same reason each order is a look-up of its own.
 */
const TAKE = `
  WITH taken AS (
    DELETE FROM rarity_pending WHERE tenant_id = $1 AND ctid = ANY (ARRAY(
      SELECT ctid FROM rarity_pending WHERE tenant_id = $1 AND placed_at < $2
      ORDER BY placed_at, order_id LIMIT $3))
    RETURNING placed_at, order_id
  )
  SELECT o.id, o.version, o.customer_id AS "customerId", o.status, o.currency, o.total_minor AS "totalMinor",
    o.items, o.placed_at AS "placedAt", o.pickup_country AS "pickupCountry", o.pickup_lat AS "pickupLat",
    o.pickup_lon AS "pickupLon", o.delivery_country AS "deliveryCountry", o.delivery_lat AS "deliveryLat",
    o.delivery_lon AS "deliveryLon", o.weight_grams AS "weightGrams", o.is_hazardous AS "isHazardous"
  FROM taken t, LATERAL (SELECT * FROM orders WHERE tenant_id = $1 AND id = t.order_id OFFSET 0) o
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

const SENT: ReadonlySet<string> = new Set(['OPEN', 'PAID', 'FULFILLED']);

/** Something to send, or something that was: then what was made of it must be closed. */
function isOrWasPackage({ fact, before }: Written<OrderFact>): boolean {
  if (SENT.has(fact.status) && fact.hasProduct) return true;
  // Read back from the database, items are parsed already.
  return (
    before !== undefined && SENT.has(before.status) && hasProduct(before.items as unknown as OrderItem[])
  );
}

/** A changed order leaves the queue under its old instant and joins it under the new one. */
const LEAVE = `DELETE FROM rarity_pending p USING unnest($2::timestamptz[], $3::uuid[]) AS old (placed_at, order_id)
  WHERE p.tenant_id = $1 AND p.placed_at = old.placed_at AND p.order_id = old.order_id`;

const JOIN = `INSERT INTO rarity_pending (tenant_id, placed_at, order_id, version)
  SELECT $1, * FROM unnest($2::timestamptz[], $3::uuid[], $4::int8[])
  ON CONFLICT (tenant_id, placed_at, order_id) DO UPDATE SET version = EXCLUDED.version`;

/** Keeps the queue in step with the orders just written, in at most two statements. */
export async function queueOrders(scope: Scope, tx: Tx, written: Written<OrderFact>[]): Promise<void> {
  const updated = written
    .filter(({ outcome }) => outcome === 'UPDATED')
    .map(({ before }) => before as OrderFact);
  if (updated.length > 0) {
    const at = updated.map((order) => order.placedAt.toISOString());
    await tx.run(LEAVE, [scope.tenantId, at, updated.map((order) => order.id)], 'leave_pending_orders');
  }
  const changed = written.filter(({ outcome }) => outcome === 'CREATED' || outcome === 'UPDATED');
  const packages = changed.filter(isOrWasPackage).map(({ fact }) => fact);
  if (packages.length === 0) return;
  const at = packages.map((order) => order.placedAt.toISOString());
  const ids = packages.map((order) => order.id);
  const versions = packages.map((order) => order.version.toString());
  await tx.run(JOIN, [scope.tenantId, at, ids, versions], 'join_pending_orders');
}
