import type { Tx } from '../../platform/db/sql.ts';
import type { NewEvent } from '../../platform/events/types.ts';
import type { Scope } from '../../platform/scope.ts';
import { recordHubOutcome, releaseHubs } from '../capacity/index.ts';
import { chargeOf, requestRelease } from '../charges/index.ts';
import { abortFlight, fleetIsWell, tellOfFleet } from '../fleet/index.ts';
import { moveOffer, type Offer } from '../offers/index.ts';
import { checkDeliveryStep, type Delivery, type DeliveryProof, deliveryPayload } from './delivery.ts';
import { hubsInvolved, withLeg } from './legs.ts';
import { saveDelivery } from './store.ts';

/**
 * Locks what an end touches, in the order everybody keeps (opportunity, hubs, charge, drone), before the first event
 * locks the log. The caller holds the locks of offer and
 * delivery.
 */
async function lockForEnd(tx: Tx, tenantId: string, offer: Offer): Promise<void> {
  for (const [table, condition] of [
    ['opportunity', 'id = $2'],
    [
      'hub',
      'id IN (SELECT hub_id FROM hub_reservation WHERE tenant_id = $1 AND opportunity_id = $2) ORDER BY id',
    ],
  ]) {
    await tx.run(`SELECT 1 FROM ${table} WHERE tenant_id = $1 AND ${condition} FOR UPDATE`, [
      tenantId,
      offer.opportunityId,
    ]);
  }
  for (const [table, condition] of [
    ['charge', 'offer_id = $2'],
    ['drone', 'delivery_id IN (SELECT id FROM delivery WHERE tenant_id = $1 AND offer_id = $2) ORDER BY id'],
  ]) {
    await tx.run(`SELECT 1 FROM ${table} WHERE tenant_id = $1 AND ${condition} FOR UPDATE`, [
      tenantId,
      offer.id,
    ]);
  }
}

export interface Unhappy {
  readonly status: 'FAILED' | 'CANCELLED';
  readonly reason: string;
}

/**
 * Ends a delivery that will not arrive: money goes back (void, or refund once it was taken), hubs get their slots
 * back, the drone turns around, offer and opportunity are closed (spec c.9). The caller holds the offer's lock.
 */
export async function endUnhappily(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  delivery: Delivery,
  { status, reason }: Unhappy,
): Promise<Delivery> {
  checkDeliveryStep(delivery.status, status);
  await lockForEnd(tx, scope.tenantId, offer);
  const { legs, legIndex, routePath } = delivery;
  if (status === 'FAILED' && delivery.pickedUpAt) {
    await recordHubOutcome(tx, scope.tenantId, hubsInvolved(legs, legIndex, routePath), false);
  }
  await releaseHubs(scope, tx, offer.opportunityId);
  const charge = await chargeOf(tx, scope.tenantId, offer.id);
  await requestRelease(scope, tx, offer.id, reason);
  const now = scope.now.toISOString();
  const isUnderWay = legs[legIndex]?.state === 'ACTIVE';
  const ended = await saveDelivery(tx, scope.tenantId, {
    ...delivery,
    ...{ status, reason, droneId: null, isSuspect: false, finishedAt: scope.now },
    legs: isUnderWay ? withLeg(legs, legIndex, { state: 'FAILED', endedAt: now }) : legs,
  });
  if (delivery.droneId) await abortFlight(scope, tx, delivery.id, reason);
  await moveOffer(scope, tx, offer, charge && charge.capturedMinor > 0n ? 'REFUNDED' : 'CANCELLED', {
    reason,
    opportunityStatus: status,
  });
  const events = farewell(ended, delivery);
  await scope.events.append(tx, scope.tenantId, events);
  await tellOfFleet(scope, tx, events);
  return ended;
}

function farewell(ended: Delivery, before: Delivery): NewEvent[] {
  const changed: NewEvent = { type: 'DELIVERY_CHANGED', payload: deliveryPayload(ended, before.status) };
  if (ended.status === 'CANCELLED') return [changed];
  const message = `The delivery failed: ${ended.reason}. The customer’s money goes back.`;
  return [
    changed,
    {
      type: 'FLEET_ALERT',
      payload: { kind: 'DELIVERY_FAILED', droneId: before.droneId, deliveryId: ended.id, message },
    },
  ];
}

/** Ends an offer that has been paid for and will not be dispatched. The caller holds its lock. */
export async function endUndispatched(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  { status, reason }: Unhappy,
): Promise<void> {
  await lockForEnd(tx, scope.tenantId, offer);
  await releaseHubs(scope, tx, offer.opportunityId);
  await requestRelease(scope, tx, offer.id, reason);
  await moveOffer(scope, tx, offer, 'CANCELLED', { reason, opportunityStatus: status });
}

/** The package has arrived: slots are free again, the hubs' records grow, offer and opportunity are DELIVERED. */
export async function endHappily(
  scope: Scope,
  tx: Tx,
  offer: Offer,
  delivery: Delivery,
  proof: DeliveryProof,
): Promise<Delivery> {
  checkDeliveryStep(delivery.status, 'DELIVERED');
  await lockForEnd(tx, scope.tenantId, offer);
  await recordHubOutcome(tx, scope.tenantId, delivery.routePath, true);
  await releaseHubs(scope, tx, offer.opportunityId);
  const ended = await saveDelivery(tx, scope.tenantId, {
    ...delivery,
    ...{ status: 'DELIVERED' as const, proof, droneId: null, isSuspect: false, reason: null },
    finishedAt: new Date(proof.at),
  });
  await moveOffer(scope, tx, offer, 'DELIVERED');
  await scope.events.append(tx, scope.tenantId, [
    { type: 'DELIVERY_CHANGED', payload: deliveryPayload(ended, delivery.status) },
  ]);
  await fleetIsWell(scope, tx, ['DELIVERY_FAILED']);
  return ended;
}
