import { uuidv7 } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';

/** Locks hubs in the order of their ids, the one order that everybody keeps. */
export async function lockHubs(tx: Tx, tenantId: string, hubIds: readonly string[]): Promise<void> {
  await tx.run(
    'SELECT id FROM hub WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR NO KEY UPDATE',
    [tenantId, hubIds],
    'lock_hubs',
  );
}

const TAKE_SLOT = `UPDATE hub SET reserved = reserved + 1
  WHERE tenant_id = $1 AND id = $2 AND is_enabled AND reserved < capacity`;

/** Takes one slot of a hub in service; false when there is none. The guard is the whole secret of never overselling. */
export async function takeSlot(tx: Tx, tenantId: string, hubId: string): Promise<boolean> {
  return (await tx.run(TAKE_SLOT, [tenantId, hubId], 'take_slot')) > 0;
}

const GIVE_BACK = `
  UPDATE hub AS h SET reserved = h.reserved - g.n
  FROM (SELECT id, count(*)::int AS n FROM unnest($2::text[]) AS id GROUP BY id) AS g
  WHERE h.tenant_id = $1 AND h.id = g.id AND h.reserved >= g.n`;

/** Gives back one slot for each time a hub is named. */
export async function giveBack(tx: Tx, tenantId: string, hubIds: readonly string[]): Promise<void> {
  if (hubIds.length === 0) return;
  await lockHubs(tx, tenantId, hubIds);
  const given = await tx.run(GIVE_BACK, [tenantId, hubIds], 'give_back_slots');
  if (given !== new Set(hubIds).size) throw new Error('More slots were given back than were taken.');
}

const HOLD = `
  INSERT INTO hub_reservation AS r (tenant_id, id, hub_id, opportunity_id, state, expires_at, created_at, updated_at)
  SELECT $1, n.id, n.hub_id, $4, 'HELD', $5, $6, $6 FROM unnest($2::uuid[], $3::text[]) AS n (id, hub_id)
  ORDER BY n.hub_id
  ON CONFLICT (tenant_id, opportunity_id, hub_id) DO UPDATE SET state = 'HELD', expires_at = excluded.expires_at,
    updated_at = excluded.updated_at WHERE r.state IN ('RELEASED', 'EXPIRED')
  RETURNING hub_id AS "hubId"`;

/**
 * Notes that the opportunity holds these hubs; answers those it did not hold before. A hold that has ended may begin
 * again. Made before any slot is taken, so that nobody waits for the note while a hub is locked.
 */
export async function insertHolds(
  tx: Tx,
  tenantId: string,
  hold: { readonly opportunityId: string; readonly hubIds: readonly string[]; readonly expiresAt: Date },
  now: Date,
): Promise<string[]> {
  const ids = hold.hubIds.map(() => uuidv7(now.getTime()));
  const values = [tenantId, ids, hold.hubIds, hold.opportunityId, hold.expiresAt, now];
  const rows = await tx.rows<{ hubId: string }>(HOLD, values, 'insert_holds');
  return rows.map(({ hubId }) => hubId);
}

const CONFIRM = `UPDATE hub_reservation SET state = 'CONFIRMED', updated_at = $3
  WHERE tenant_id = $1 AND opportunity_id = $2 AND state = 'HELD'`;

/** Makes the opportunity's holds final; answers how many there were. */
export const confirmHolds = (tx: Tx, tenantId: string, opportunityId: string, now: Date): Promise<number> =>
  tx.run(CONFIRM, [tenantId, opportunityId, now], 'confirm_holds');

const RELEASE = `
  UPDATE hub_reservation SET state = 'RELEASED', updated_at = $3
  WHERE tenant_id = $1 AND opportunity_id = $2 AND state IN ('HELD', 'CONFIRMED')
    AND ($4::text[] IS NULL OR hub_id = ANY($4))
  RETURNING hub_id AS "hubId"`;

/** Ends the opportunity's reservations of these hubs, or of all; answers the hubs that were taken. */
export async function endReservations(
  tx: Tx,
  tenantId: string,
  opportunityId: string,
  hubIds: readonly string[] | null,
  now: Date,
): Promise<string[]> {
  const rows = await tx.rows<{ hubId: string }>(
    RELEASE,
    [tenantId, opportunityId, now, hubIds],
    'end_reservations',
  );
  return rows.map(({ hubId }) => hubId);
}
