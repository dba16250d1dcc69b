import { DomainError } from '../../kernel/errors.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { releaseHubs } from '../capacity/index.ts';
import { abortFlight } from '../fleet/index.ts';
import { lockOffer, type Offer } from '../offers/index.ts';
import { change, finishLeg, type Held, retryLeg, takeOver } from './carry.ts';
import { checkDeliveryStep, type Delivery, deliveryPayload } from './delivery.ts';
import { endUnhappily } from './end-delivery.ts';
import { lockSituation, type Situation } from './facts.ts';
import { findWay, reroute } from './find-way.ts';
import { againFrom, type DeliveryLeg, withLeg } from './legs.ts';
import { nextStep, type Step, type StepFacts } from './next-step.ts';
import { saveDelivery } from './store.ts';

/** What is the same for all deliveries of one visit. */
export interface World {
  readonly speed: number;
  readonly disabledHubs: ReadonlySet<string>;
  readonly isGroundAllowed: boolean;
}

/** More steps than any delivery takes; a visit ends even if two rules undo each other. */
const MAX_STEPS = 30;

/** What a delivery would do next as it was just read. */
function stepOf(scope: Scope, world: World, { delivery, flight, withdrawn }: Situation): Step {
  const facts: StepFacts = { now: scope.now, ...world, flight, withdrawn };
  return nextStep(delivery, facts);
}

/** Takes all steps of a delivery that are due, each in a transaction of its own; false when there was none. */
export async function progress(scope: Scope, world: World, first: Situation): Promise<boolean> {
  if (stepOf(scope, world, first).type === 'WAIT') return false;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    if (!(await takeStep(scope, world, first.delivery))) break;
  }
  return true;
}

/** One step; false when nothing is due any more. */
async function takeStep(scope: Scope, world: World, { id, offerId }: Delivery): Promise<boolean> {
  const attempt = (isFull: boolean) =>
    scope.db.tx(async (tx) => {
      const offer = await lockOffer(tx, scope.tenantId, offerId);
      const now = await lockSituation(tx, scope.tenantId, id);
      if (!now) return false;
      const step = stepOf(scope, world, now);
      if (step.type === 'WAIT') return false;
      const after = await apply(scope, tx, { offer, delivery: now.delivery }, step, isFull);
      return after !== now.delivery;
    });
  try {
    return await attempt(false);
  } catch (error) {
    // Somebody took the last slot between our look and our reservation; everything was rolled back.
    if (!(error instanceof DomainError && error.code === 'CAPACITY_EXHAUSTED')) throw error;
    return attempt(true);
  }
}

async function apply(scope: Scope, tx: Tx, held: Held, step: Step, isFull: boolean): Promise<Delivery> {
  const { delivery, offer } = held;
  switch (step.type) {
    case 'TAKE_OVER':
      return takeOver(scope, tx, held, step.at);
    case 'FINISH_LEG':
      return finishLeg(scope, tx, held, step.at);
    case 'RETRY':
      return retryLeg(scope, tx, held, step);
    case 'SUSPECT':
      return change(scope, tx, delivery, { ...delivery, isSuspect: true, reason: 'LINK_LOST' });
    case 'FOUND':
      return change(scope, tx, delivery, { ...delivery, isSuspect: false, reason: null });
    case 'GROUND':
      return change(scope, tx, delivery, onGround(scope, delivery));
    case 'ROUTE':
      return findWay(scope, tx, held, isFull);
    case 'REROUTE':
      return reroute(scope, tx, held, isFull);
    case 'FAIL': {
      const { reason, attempts = delivery.attempts } = step;
      return endUnhappily(scope, tx, offer, { ...delivery, attempts }, { status: 'FAILED', reason });
    }
    case 'WITHDRAW':
      return withdraw(scope, tx, held, step.reason);
    case 'WAIT':
      return delivery;
  }
}

/** No drone came: a courier brings it in the time that was planned for the leg. */
function onGround(scope: Scope, delivery: Delivery): Delivery {
  const leg = delivery.legs[delivery.legIndex] as DeliveryLeg;
  const driven = { ...againFrom(leg, leg.fromPoint, scope.now), kind: 'GROUND' as const, siteId: null };
  return {
    ...delivery,
    legs: withLeg(delivery.legs, delivery.legIndex, driven),
    ...{ isSuspect: false, reason: 'GROUND_FALLBACK' },
  };
}

/** The order is gone before anything was picked up, or the money went back by another way: nobody is owed anything. */
async function withdraw(scope: Scope, tx: Tx, held: Held, reason: string): Promise<Delivery> {
  const { delivery, offer } = held;
  const end = { status: 'CANCELLED' as const, reason };
  if (isUnderWay(offer)) return endUnhappily(scope, tx, offer, delivery, end);
  checkDeliveryStep(delivery.status, 'CANCELLED');
  await releaseHubs(scope, tx, offer.opportunityId);
  const after = await saveDelivery(tx, scope.tenantId, {
    ...delivery,
    ...{ ...end, droneId: null, isSuspect: false, finishedAt: scope.now },
  });
  if (delivery.droneId) await abortFlight(scope, tx, delivery.id, reason);
  await scope.events.append(tx, scope.tenantId, [
    { type: 'DELIVERY_CHANGED', payload: deliveryPayload(after, delivery.status) },
  ]);
  return after;
}

const isUnderWay = ({ status }: Offer): boolean => status === 'PAYMENT_AUTHORIZED' || status === 'DISPATCHED';
