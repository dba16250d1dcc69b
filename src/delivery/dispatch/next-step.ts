import type { Point } from '../../kernel/geo.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import { type Delivery, isEnded, MAX_ATTEMPTS } from './delivery.ts';
import { carriedUntil, type DeliveryLeg, hubsAhead } from './legs.ts';

/** How long a package waits for a drone, or for a route (spec c.9). */
export const MAX_WAIT_MIN = 30;
/** When a dispatch without a route counts as tried and failed: at once, and twice more within the wait. */
const ATTEMPT_MARKS_MIN = [0, MAX_WAIT_MIN / 2, MAX_WAIT_MIN];
/** A silent drone is given another minute to come back before its package is given to another one. */
export const LOST_AFTER_SEC = 120;

/** What is known of the flight that carries the leg under way. */
export interface FlightFacts {
  readonly status: string;
  readonly pickedUpAt: Date | null;
  readonly droppedAt: Date | null;
  readonly reason: string | null;
  readonly droneState: string;
  /** Where the package is when the flight fails: where the drone is, or where it is being brought. */
  readonly dronePosition: Point;
  /** Seconds since the drone was heard of, by the database's clock. */
  readonly silentSec: number;
}

/** What the next step depends on besides the delivery itself. */
export interface StepFacts {
  readonly now: Date;
  /** Times real time at which the built-in carrier moves. */
  readonly speed: number;
  readonly disabledHubs: ReadonlySet<string>;
  readonly flight: FlightFacts | null;
  /** The offer is no longer under way (its money went back), or its order is gone and nothing was picked up. */
  readonly withdrawn: string | null;
  /** Whether a courier may do what no drone can. */
  readonly isGroundAllowed: boolean;
}

/** What happens to a delivery next; WAIT when it is nobody's turn. */
export type Step =
  | { readonly type: 'WAIT' | 'ROUTE' | 'GROUND' | 'SUSPECT' | 'FOUND' }
  | { readonly type: 'REROUTE'; readonly hubId: string }
  | { readonly type: 'TAKE_OVER' | 'FINISH_LEG'; readonly at: Date }
  /** The leg is tried again from where the package is. */
  | { readonly type: 'RETRY'; readonly reason: string; readonly from: Point; readonly isAborted: boolean }
  /** `attempts`: when it is one try too many that ends it. */
  | { readonly type: 'FAIL'; readonly reason: string; readonly attempts?: number }
  | { readonly type: 'WITHDRAW'; readonly reason: string };

const WAIT: Step = { type: 'WAIT' };

/** The next step of a delivery, from facts alone; asked again after every step until it says WAIT. */
export function nextStep(delivery: Delivery, facts: StepFacts): Step {
  if (isEnded(delivery)) return WAIT;
  if (facts.withdrawn !== null) return { type: 'WITHDRAW', reason: facts.withdrawn };
  const leg = delivery.legs[delivery.legIndex];
  if (!leg) return { type: 'ROUTE' };
  const disabled = [...hubsAhead(delivery.legs, delivery.legIndex, delivery.routePath)].find((id) =>
    facts.disabledHubs.has(id),
  );
  if (disabled !== undefined) {
    return delivery.isRerouted
      ? { type: 'FAIL', reason: 'HUB_DISABLED' }
      : { type: 'REROUTE', hubId: disabled };
  }
  if (leg.kind === 'DRONE') {
    return leg.state === 'PENDING' ? waiting(delivery, leg, facts) : flying(delivery, leg, facts);
  }
  return carried(delivery, leg, facts);
}

/** A courier or air cargo: the built-in carrier, unless somebody reports. */
function carried(delivery: Delivery, leg: DeliveryLeg, { now, speed }: StepFacts): Step {
  if (delivery.legs.some(({ isReported }) => isReported)) return WAIT;
  if (leg.state === 'PENDING') return { type: 'TAKE_OVER', at: new Date(leg.waitingSince ?? now) };
  const end = carriedUntil(leg, speed);
  return now >= end ? { type: 'FINISH_LEG', at: end } : WAIT;
}

function waiting(delivery: Delivery, leg: DeliveryLeg, { now, isGroundAllowed }: StepFacts): Step {
  const since = new Date(leg.waitingSince ?? delivery.createdAt);
  if (now < addMs(since, MAX_WAIT_MIN * MINUTE_MS)) return WAIT;
  return isGroundAllowed
    ? { type: 'GROUND' }
    : { type: 'FAIL', reason: delivery.reason ?? 'NO_FEASIBLE_DRONE' };
}

function flying(delivery: Delivery, leg: DeliveryLeg, { flight }: StepFacts): Step {
  if (!flight) return again(delivery, 'FLIGHT_LOST', leg.fromPoint, false);
  const { pickedUpAt, droppedAt, status, droneState, dronePosition } = flight;
  if (pickedUpAt && !leg.startedAt) return { type: 'TAKE_OVER', at: pickedUpAt };
  if (droppedAt)
    return leg.startedAt ? { type: 'FINISH_LEG', at: droppedAt } : { type: 'TAKE_OVER', at: droppedAt };
  const place = leg.startedAt ? dronePosition : leg.fromPoint;
  if (status !== 'ACTIVE') {
    return again(delivery, flight.reason ?? 'FLIGHT_ABORTED', place, true);
  }
  if (droneState !== 'OFFLINE') return delivery.isSuspect ? { type: 'FOUND' } : WAIT;
  if (!delivery.isSuspect) return { type: 'SUSPECT' };
  return flight.silentSec >= LOST_AFTER_SEC ? again(delivery, 'LINK_LOST', place, false) : WAIT;
}

function again(delivery: Delivery, reason: string, from: Point, isAborted: boolean): Step {
  const attempts = delivery.attempts + 1;
  return attempts >= MAX_ATTEMPTS
    ? { type: 'FAIL', reason, attempts }
    : { type: 'RETRY', reason, from, isAborted };
}

/** How many tries a delivery that has found no route so far has had by now; the last one ends it. */
export function routeAttempts(createdAt: Date, now: Date): number {
  return ATTEMPT_MARKS_MIN.filter((mark) => now >= addMs(createdAt, mark * MINUTE_MS)).length;
}
