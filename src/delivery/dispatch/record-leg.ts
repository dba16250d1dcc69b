import { InvalidTransitionError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import { isUuid } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { lockOffer } from '../offers/index.ts';
import { change, finishLeg, type Held, retryLeg, takeOver } from './carry.ts';
import { type Delivery, isEnded, MAX_ATTEMPTS } from './delivery.ts';
import { endUnhappily } from './end-delivery.ts';
import { lockSituation } from './facts.ts';
import { type DeliveryLeg, withLeg } from './legs.ts';
import { readDelivery } from './store.ts';

export const LEG_EVENTS = ['STARTED', 'COMPLETED', 'FAILED'] as const;
export type LegEvent = (typeof LEG_EVENTS)[number];

export interface LegReport {
  /** Plain id. */
  readonly deliveryId: string;
  /** Place in Delivery.legs, from 0. */
  readonly legIndex: number;
  readonly event: LegEvent;
  /** Proof of delivery, or what went wrong; up to 500 characters. */
  readonly note?: string | null | undefined;
}

const MAX_NOTE = 500;

/**
 * A courier or carrier says what happened to a leg. From the first report on the delivery is carried by those who
 * report, and no longer by the built-in carrier. A report that changes nothing is answered with the delivery as it is.
 */
export async function recordLeg(scope: Scope, report: LegReport): Promise<Delivery> {
  const { deliveryId, note } = report;
  if ((note?.length ?? 0) > MAX_NOTE) {
    throw new ValidationError('note', `A note has at most ${MAX_NOTE} characters.`);
  }
  return scope.db.tx(async (tx) => {
    const found = isUuid(deliveryId) ? await readDelivery(tx, scope.tenantId, deliveryId) : undefined;
    if (!found) throw new NotFoundError('delivery', deliveryId);
    const offer = await lockOffer(tx, scope.tenantId, found.offerId);
    const { delivery } = (await lockSituation(tx, scope.tenantId, deliveryId)) ?? { delivery: found };
    return apply(scope, tx, { offer, delivery }, report);
  });
}

async function apply(scope: Scope, tx: Tx, held: Held, report: LegReport): Promise<Delivery> {
  const { delivery } = held;
  const { legIndex, event } = report;
  const leg = delivery.legs[legIndex];
  if (!leg) {
    const text = `It has ${delivery.legs.length} legs, numbered from 0; there is no leg ${legIndex}.`;
    throw new ValidationError('legIndex', text);
  }
  if (event === 'COMPLETED' && leg.state === 'DONE') return delivery;
  if (isEnded(delivery)) throw new InvalidTransitionError('delivery', delivery.status, event);
  if (legIndex !== delivery.legIndex) {
    throw new ValidationError('legIndex', `Leg ${delivery.legIndex} is under way, not leg ${legIndex}.`);
  }
  if (leg.kind === 'DRONE') {
    throw new ValidationError(
      'legIndex',
      'A drone leg is reported by its drone’s telemetry (reportTelemetry).',
    );
  }
  return { STARTED: start, COMPLETED: complete, FAILED: fail }[event](
    scope,
    tx,
    held,
    leg,
    report.note ?? null,
  );
}

async function start(scope: Scope, tx: Tx, held: Held, leg: DeliveryLeg): Promise<Delivery> {
  const { delivery } = held;
  if (leg.state === 'PENDING') return takeOver(scope, tx, held, scope.now, { isReported: true });
  if (leg.isReported) return delivery;
  const legs = withLeg(delivery.legs, delivery.legIndex, { isReported: true });
  return change(scope, tx, delivery, { ...delivery, legs });
}

async function complete(
  scope: Scope,
  tx: Tx,
  { offer, delivery }: Held,
  leg: DeliveryLeg,
  note: string | null,
): Promise<Delivery> {
  if (leg.state !== 'ACTIVE') throw new InvalidTransitionError('leg', leg.state, 'DONE');
  const legs = withLeg(delivery.legs, delivery.legIndex, { isReported: true });
  return finishLeg(scope, tx, { offer, delivery: { ...delivery, legs } }, scope.now, note);
}

async function fail(
  scope: Scope,
  tx: Tx,
  held: Held,
  leg: DeliveryLeg,
  note: string | null,
): Promise<Delivery> {
  const { offer, delivery } = held;
  const reason = note?.trim() || 'LEG_FAILED';
  if (delivery.attempts + 1 >= MAX_ATTEMPTS) {
    const attempts = delivery.attempts + 1;
    return endUnhappily(scope, tx, offer, { ...delivery, attempts }, { status: 'FAILED', reason });
  }
  const legs = withLeg(delivery.legs, delivery.legIndex, { isReported: true });
  const reported = { offer, delivery: { ...delivery, legs } };
  return retryLeg(scope, tx, reported, { reason, from: leg.fromPoint, isAborted: true });
}
