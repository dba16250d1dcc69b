import type { Sql, Tx } from '../../platform/db/sql.ts';

/** Kinds of work that cannot wait for a cycle; each has a loop of its own. */
export type WatchKind = 'DELIVERIES' | 'ALERTS' | 'KEYS';

/** How long a tenant's work belongs to one instance without a sign of life; by the database's clock. */
const LEASE_SEC = 15;
/** A tenant is visited again this long after its last visit began. */
const VISIT_EVERY_SEC = 1.8;

/**
 * Puts the tenant on the list of a loop, in the transaction that gives the loop something to do (an accepted offer, a
 * delivery, an alert, an effect); call it late, because it locks the tenant's row until the commit. Idempotent. The list
 * has no row-level security, so that one statement finds the work of all tenants; it holds ids and times only.
 */
export async function watchTenant(tx: Tx, kind: WatchKind, tenantId: string): Promise<void> {
  await tx.run(
    `INSERT INTO tenant_watch (kind, tenant_id, lease_until) VALUES ($1, $2, clock_timestamp())
     ON CONFLICT (kind, tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id`,
    [kind, tenantId],
    'watch_tenant',
  );
}

/** What an instance asks the list for. */
export interface LeaseRequest {
  readonly kind: WatchKind;
  /** Names the instance. */
  readonly owner: string;
  /** Tenants to be given at most. */
  readonly limit: number;
  /** Tenants it is busy with: their leases are renewed, and they are not given again. */
  readonly busy: readonly string[];
}

/**
 * Leases watched tenants that are due: nobody's, or our own whose last visit is a while ago; the longest waiting first.
 * A tenant that its instance is busy with stays with it, and one whose instance has died is free after 15 s.
 */
export async function leaseWatched(
  directory: Sql,
  { kind, owner, limit, busy }: LeaseRequest,
): Promise<string[]> {
  const rows = await directory.rows<{ tenantId: string }>(
    `UPDATE tenant_watch SET owner = $1, lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SEC})
     WHERE kind = $4 AND tenant_id IN (
       SELECT tenant_id FROM tenant_watch
       WHERE kind = $4 AND (lease_until <= clock_timestamp() OR owner = $1 AND (tenant_id = ANY($3::uuid[])
         OR lease_until <= clock_timestamp() + make_interval(secs => ${LEASE_SEC - VISIT_EVERY_SEC})))
       ORDER BY tenant_id = ANY($3::uuid[]) DESC, lease_until LIMIT $2 FOR UPDATE SKIP LOCKED)
     RETURNING tenant_id AS "tenantId"`,
    [owner, limit + busy.length, busy, kind],
    'lease_watched',
  );
  return rows.map(({ tenantId }) => tenantId).filter((tenantId) => !busy.includes(tenantId));
}

/**
 * Takes the tenant off the list when nothing is under way. The row is locked before `isIdle` looks: whoever put the
 * tenant on the list before has committed by then, and whoever does so after waits and inserts anew.
 */
export async function unwatchIfIdle(
  tx: Tx,
  kind: WatchKind,
  tenantId: string,
  isIdle: () => Promise<boolean>,
): Promise<boolean> {
  await tx.run('SELECT 1 FROM tenant_watch WHERE kind = $1 AND tenant_id = $2 FOR UPDATE', [kind, tenantId]);
  if (!(await isIdle())) return false;
  await tx.run(
    'DELETE FROM tenant_watch WHERE kind = $1 AND tenant_id = $2',
    [kind, tenantId],
    'unwatch_tenant',
  );
  return true;
}

/** Ends the leases of everybody else: for a program that knows that its database has no other. */
export async function disownWatched(directory: Sql, owner: string): Promise<void> {
  await directory.run('UPDATE tenant_watch SET lease_until = clock_timestamp() WHERE owner <> $1', [owner]);
}

/** Gives this instance's tenants to whoever asks next. */
export async function releaseWatched(directory: Sql, kind: WatchKind, owner: string): Promise<void> {
  await directory.run(
    'UPDATE tenant_watch SET lease_until = clock_timestamp() WHERE kind = $1 AND owner = $2',
    [kind, owner],
  );
}
