import type { Point } from '../../kernel/geo.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { requestCapture } from '../charges/index.ts';
import { abortFlight } from '../fleet/index.ts';
import { moveOffer, type Offer } from '../offers/index.ts';
import { checkDeliveryStep, type Delivery, type DeliveryStatus, deliveryPayload } from './delivery.ts';
import { endHappily } from './end-delivery.ts';
import { againFrom, type DeliveryLeg, withLeg } from './legs.ts';
import { countDispatch, saveDelivery } from './store.ts';

/** A delivery with its offer; the caller holds the locks of both. */
export interface Held {
  readonly offer: Offer;
  readonly delivery: Delivery;
}

/** Saves and announces a change that ends nothing: one event per status it passes, at least one. */
export async function change(
  scope: Scope,
  tx: Tx,
  before: Delivery,
  after: Delivery,
  through: readonly DeliveryStatus[] = [],
): Promise<Delivery> {
  const saved = await saveDelivery(tx, scope.tenantId, after);
  let status = before.status;
  const payloads = through.map((next) => {
    checkDeliveryStep(status, next);
    const payload = deliveryPayload({ ...saved, status: next }, status);
    status = next;
    return payload;
  });
  if (payloads.length === 0) payloads.push(deliveryPayload(saved, before.status));
  await scope.events.append(
    tx,
    scope.tenantId,
    payloads.map((payload) => ({ type: 'DELIVERY_CHANGED' as const, payload })),
  );
  return saved;
}

/**
 * The leg under way has its package. The first time the offer is DISPATCHED and its money is captured: before that
 * moment a failure costs the customer nothing (spec c.3).
 */
export async function takeOver(
  scope: Scope,
  tx: Tx,
  { offer, delivery }: Held,
  at: Date,
  more: Partial<DeliveryLeg> = {},
): Promise<Delivery> {
  const isFirst = delivery.pickedUpAt === null;
  const through = statusesToTransit(delivery.status);
  if (isFirst) {
    await requestCapture(scope, tx, offer.id);
    await countDispatch(tx, scope.tenantId);
  }
  const started = at.toISOString();
  const after = {
    ...delivery,
    status: 'IN_TRANSIT' as const,
    legs: withLeg(delivery.legs, delivery.legIndex, { state: 'ACTIVE', startedAt: started, ...more }),
    ...{ legStartedAt: at, isSuspect: false, reason: null },
    ...{ assignedAt: delivery.assignedAt ?? at, pickedUpAt: delivery.pickedUpAt ?? at },
  };
  if (isFirst) await moveOffer(scope, tx, offer, 'DISPATCHED');
  return change(scope, tx, delivery, after, through);
}

/** What a package passes until it is on its way. */
function statusesToTransit(from: DeliveryStatus): DeliveryStatus[] {
  const way = ['PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT'] as const;
  return way.slice(way.indexOf(from as 'PENDING') + 1);
}

/** The leg under way is done: the next one waits, or the package has arrived. */
export async function finishLeg(
  scope: Scope,
  tx: Tx,
  { offer, delivery }: Held,
  at: Date,
  note: string | null = null,
): Promise<Delivery> {
  const { legIndex } = delivery;
  const leg = delivery.legs[legIndex] as DeliveryLeg;
  const ended = at.toISOString();
  const legs = withLeg(delivery.legs, legIndex, { state: 'DONE', endedAt: ended });
  if (legIndex === legs.length - 1) {
    const { lat, lon } = leg.toPoint;
    const proof = { at: ended, lat, lon, droneId: leg.droneId, note };
    return endHappily(scope, tx, offer, { ...delivery, legs }, proof);
  }
  return change(scope, tx, delivery, {
    ...delivery,
    legs: withLeg(legs, legIndex + 1, { waitingSince: ended }),
    ...{ legIndex: legIndex + 1, legStartedAt: null, droneId: null, isSuspect: false, reason: null },
  });
}

/** The leg under way failed and is tried again from where the package is. */
export async function retryLeg(
  scope: Scope,
  tx: Tx,
  { delivery }: Held,
  { reason, from, isAborted }: { reason: string; from: Point; isAborted: boolean },
): Promise<Delivery> {
  const { legIndex, status } = delivery;
  const leg = againFrom(delivery.legs[legIndex] as DeliveryLeg, from, scope.now);
  const isBack = status === 'ASSIGNED';
  const after = await saveDelivery(tx, scope.tenantId, {
    ...delivery,
    ...(isBack && { status: 'PENDING' as const }),
    legs: withLeg(delivery.legs, legIndex, leg),
    ...{ attempts: delivery.attempts + 1, droneId: null, legStartedAt: null, reason },
  });
  if (delivery.droneId && !isAborted) await abortFlight(scope, tx, delivery.id, reason);
  await scope.events.append(tx, scope.tenantId, [
    { type: 'DELIVERY_CHANGED', payload: deliveryPayload(after, status) },
  ]);
  return after;
}
