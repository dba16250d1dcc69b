import type { Sql, Tx } from '../../platform/db/sql.ts';

/** How long a tenant's deliveries belong to one instance without a sign of life; by the database's clock. */
const LEASE_SEC = 15;

/**
 * Puts the tenant on the delivery loop's list, in the transaction that gives the loop something to do (an accepted
 * offer, a delivery, an effect); call it late, because it locks the tenant's row until the commit. Idempotent. The list has no row-level security, so that one statement finds the work
 * of all tenants; it holds ids and times only.
 */
export async function watchDeliveries(tx: Tx, tenantId: string): Promise<void> {
  await tx.run(
    `INSERT INTO delivery_watch (tenant_id, lease_until) VALUES ($1, clock_timestamp())
     ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id`,
    [tenantId],
    'watch_deliveries',
  );
}

/** Leases up to `limit` watched tenants that are ours or nobody's; the longest waiting first. */
export async function leaseWatched(directory: Sql, owner: string, limit: number): Promise<string[]> {
  const rows = await directory.rows<{ tenantId: string }>(
    `UPDATE delivery_watch SET owner = $1, lease_until = clock_timestamp() + make_interval(secs => $3)
     WHERE tenant_id IN (SELECT tenant_id FROM delivery_watch WHERE owner = $1 OR lease_until <= clock_timestamp()
       ORDER BY lease_until LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING tenant_id AS "tenantId"`,
    [owner, limit, LEASE_SEC],
    'lease_watched',
  );
  return rows.map(({ tenantId }) => tenantId);
}

/**
 * Takes the tenant off the list when nothing is under way. The row is locked before `isIdle` looks: whoever put the
 * tenant on the list before has committed by then, and whoever does so after waits and inserts anew.
 */
export async function unwatchIfIdle(
  tx: Tx,
  tenantId: string,
  isIdle: () => Promise<boolean>,
): Promise<boolean> {
  await tx.run('SELECT 1 FROM delivery_watch WHERE tenant_id = $1 FOR UPDATE', [tenantId]);
  if (!(await isIdle())) return false;
  await tx.run('DELETE FROM delivery_watch WHERE tenant_id = $1', [tenantId], 'unwatch_deliveries');
  return true;
}

/** Gives this instance's tenants to whoever asks next. */
export async function releaseWatched(directory: Sql, owner: string): Promise<void> {
  await directory.run('UPDATE delivery_watch SET lease_until = clock_timestamp() WHERE owner = $1', [owner]);
}
