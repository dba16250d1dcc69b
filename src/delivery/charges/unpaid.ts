import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { expireHolds, releaseHubs } from '../capacity/index.ts';
import { lockOffer, moveOffer } from '../offers/index.ts';
import { requestRelease } from './request.ts';

/** Accepted offers that meet the condition, locked with their opportunities: before hubs and the event log, as everywhere. */
async function lockAccepted(tx: Tx, tenantId: string, condition: string, value: unknown): Promise<string[]> {
  const offers = await tx.rows<{ id: string; opportunityId: string }>(
    `SELECT f.id, f.opportunity_id AS "opportunityId" FROM offer f
     WHERE f.tenant_id = $1 AND f.status = 'ACCEPTED' AND ${condition} ORDER BY f.id FOR UPDATE`,
    [tenantId, value],
  );
  const opportunityIds = offers.map(({ opportunityId }) => opportunityId);
  if (offers.length > 0) {
    await tx.run(
      'SELECT 1 FROM opportunity WHERE tenant_id = $1 AND id = ANY($2) ORDER BY id FOR UPDATE',
      [tenantId, opportunityIds],
      'lock_opportunities_unpaid',
    );
  }
  return offers.map(({ id }) => id);
}

/**
 * Ends accepted offers of these opportunities whose hold has run out unpaid: EXPIRED (PAYMENT_TIMEOUT), slots free, and
 * whatever the provider may have done is looked up and given back. Returns how many.
 */
export async function cancelUnpaid(scope: Scope, tx: Tx, opportunityIds: readonly string[]): Promise<number> {
  if (opportunityIds.length === 0) return 0;
  const { tenantId } = scope;
  const due = await lockAccepted(tx, tenantId, 'f.opportunity_id = ANY($2)', opportunityIds);
  const offers = [];
  for (const id of due) {
    const offer = await lockOffer(tx, tenantId, id);
    await releaseHubs(scope, tx, offer.opportunityId);
    await requestRelease(scope, tx, id, 'PAYMENT_TIMEOUT');
    offers.push(offer);
  }
  // Last, because the first of these locks the event log.
  for (const offer of offers) await moveOffer(scope, tx, offer, 'EXPIRED', { reason: 'PAYMENT_TIMEOUT' });
  return offers.length;
}

const HAS_RUN_OUT = `EXISTS (SELECT FROM hub_reservation r WHERE r.tenant_id = $1
  AND r.opportunity_id = f.opportunity_id AND r.state = 'HELD' AND r.expires_at <= $2)`;

/**
 * The sweep of holds that have run out, in a transaction of its own: offers are locked before hubs, as everywhere, so
 * it cannot deadlock with a payment that is just being settled. Returns how many offers ended unpaid.
 */
export function expireUnpaid(scope: Scope): Promise<number> {
  return scope.db.tx(async (tx) => {
    await lockAccepted(tx, scope.tenantId, HAS_RUN_OUT, scope.now);
    return cancelUnpaid(scope, tx, await expireHolds(scope, tx));
  });
}
