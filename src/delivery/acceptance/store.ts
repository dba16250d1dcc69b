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
