import type { Sql } from '../../platform/db/sql.ts';

/** Whether a delivery of this offer is on its way or waits for its start. */
export async function hasLiveDelivery(sql: Sql, tenantId: string, offerId: string): Promise<boolean> {
  const row = await sql.row(
    `SELECT 1 FROM delivery WHERE tenant_id = $1 AND offer_id = $2 AND status NOT IN ('FAILED', 'CANCELLED')`,
    [tenantId, offerId],
    'live_delivery_of_offer',
  );
  return row !== undefined;
}

/** Accepted offers without a delivery whose order was cancelled or refunded, in the order of their ids. */
export async function underWayOfGoneOrders(sql: Sql, tenantId: string): Promise<string[]> {
  const rows = await sql.rows<{ id: string }>(
    `SELECT f.id FROM offer f
     JOIN opportunity p ON p.tenant_id = f.tenant_id AND p.id = f.opportunity_id
     JOIN orders o ON o.tenant_id = p.tenant_id AND o.id = p.order_id
     WHERE f.tenant_id = $1 AND f.status IN ('ACCEPTED', 'PAYMENT_AUTHORIZED')
       AND o.status IN ('CANCELLED', 'REFUNDED')
       AND NOT EXISTS (SELECT FROM delivery d WHERE d.tenant_id = f.tenant_id AND d.offer_id = f.id
         AND d.status NOT IN ('FAILED', 'CANCELLED'))
     ORDER BY f.id`,
    [tenantId],
    'under_way_of_gone_orders',
  );
  return rows.map(({ id }) => id);
}
