import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { giveBack } from './store.ts';

/** Most opportunities whose holds are ended in one transaction; the next one takes the rest. */
const BATCH = 500;

const DUE = `SELECT DISTINCT opportunity_id FROM hub_reservation
  WHERE tenant_id = $1 AND state = 'HELD' AND expires_at <= $2 ORDER BY opportunity_id`;

/**
 * Ends the holds whose time is up, gives their slots back and answers whose they were. Whatever somebody is working on
 * (paying, releasing) is skipped and found next time. Offers and opportunities are locked first, as everywhere, so that
 * the caller may go on to close the offers.
 */
export async function expireHolds(scope: Scope, tx: Tx): Promise<string[]> {
  const { tenantId, now } = scope;
  const offers = await tx.rows<{ opportunityId: string }>(
    `SELECT opportunity_id AS "opportunityId" FROM offer WHERE tenant_id = $1 AND opportunity_id IN (${DUE} LIMIT ${BATCH})
       AND status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED')
     ORDER BY id FOR UPDATE SKIP LOCKED`,
    [tenantId, now],
    'expire_holds_offers',
  );
  const due = await tx.rows<{ id: string }>(
    `SELECT id FROM opportunity AS o WHERE tenant_id = $1 AND id IN (${DUE} LIMIT ${BATCH})
       AND (id = ANY($3) OR NOT EXISTS (SELECT 1 FROM offer AS f WHERE f.tenant_id = $1 AND f.opportunity_id = o.id
         AND f.status IN ('PENDING', 'OFFERED', 'ACCEPTED', 'PAYMENT_AUTHORIZED', 'DISPATCHED')))
     ORDER BY id FOR UPDATE SKIP LOCKED`,
    [tenantId, now, offers.map(({ opportunityId }) => opportunityId)],
    'expire_holds_opportunities',
  );
  if (due.length === 0) return [];
  const ended = await tx.rows<{ hubId: string; opportunityId: string }>(
    `UPDATE hub_reservation SET state = 'EXPIRED', updated_at = $2
     WHERE tenant_id = $1 AND opportunity_id = ANY($3) AND state = 'HELD' AND expires_at <= $2
     RETURNING hub_id AS "hubId", opportunity_id AS "opportunityId"`,
    [tenantId, now, due.map(({ id }) => id)],
    'expire_holds',
  );
  const hubIds = ended.map(({ hubId }) => hubId);
  await giveBack(tx, tenantId, hubIds);
  return [...new Set(ended.map(({ opportunityId }) => opportunityId))].sort();
}
