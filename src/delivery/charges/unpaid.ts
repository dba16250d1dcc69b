import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { expireHolds, releaseHubs } from '../capacity/index.ts';
import { lockOffer, moveOffer } from '../offers/index.ts';
import { requestRelease } from './request.ts';

/**
 * Ends accepted offers of these opportunities whose hold has run out unpaid: EXPIRED (PAYMENT_TIMEOUT), slots free, and
 * whatever the provider may have done is looked up and given back. Returns how many.
 */
export async function cancelUnpaid(scope: Scope, tx: Tx, opportunityIds: readonly string[]): Promise<number> {
  if (opportunityIds.length === 0) return 0;
  const due = await tx.rows<{ id: string }>(
    `SELECT id FROM offer WHERE tenant_id = $1 AND opportunity_id = ANY($2) AND status = 'ACCEPTED'
     ORDER BY id FOR UPDATE`,
    [scope.tenantId, opportunityIds],
    'lock_unpaid',
  );
  for (const { id } of due) await end(scope, tx, id);
  return due.length;
}

async function end(scope: Scope, tx: Tx, offerId: string): Promise<void> {
  const offer = await lockOffer(tx, scope.tenantId, offerId);
  await releaseHubs(scope, tx, offer.opportunityId);
  await requestRelease(scope, tx, offerId, 'PAYMENT_TIMEOUT');
  await moveOffer(scope, tx, offer, 'EXPIRED', { reason: 'PAYMENT_TIMEOUT' });
}

/**
 * The sweep of holds that have run out, in a transaction of its own: offers are locked before hubs, as everywhere, so
 * it cannot deadlock with a payment that is just being settled. Returns how many offers ended unpaid.
 */
export function expireUnpaid(scope: Scope): Promise<number> {
  return scope.db.tx(async (tx) => {
    await tx.run(
      `SELECT 1 FROM offer f WHERE f.tenant_id = $1 AND f.status = 'ACCEPTED' AND EXISTS (
         SELECT FROM hub_reservation r WHERE r.tenant_id = $1 AND r.opportunity_id = f.opportunity_id
           AND r.state = 'HELD' AND r.expires_at <= $2)
       ORDER BY f.id FOR UPDATE`,
      [scope.tenantId, scope.now],
      'lock_due_unpaid',
    );
    return cancelUnpaid(scope, tx, await expireHolds(scope, tx));
  });
}
