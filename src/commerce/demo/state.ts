import { DAY_MS } from '../../kernel/time.ts';
import { totalOf } from './basket.ts';
import type { CartItem, CustomerItem, DemoFacts, OrderItem, PaymentItem } from './facts.ts';
import type { Person } from './people.ts';
import type { Attempt } from './settlement.ts';
import type { Visit } from './visit.ts';

/** The shop gives a cart up after so many days without a sign of life. */
const CART_LIFE_MS = 10 * DAY_MS;

/** Every instant (Unix ms) at which something about the visit changes. */
export function moments({ signedUpAt, cart, order }: Visit): number[] {
  const all = [
    signedUpAt,
    cart?.startedAt,
    order?.placedAt,
    order?.cancelledAt,
    order?.refund?.at,
    ...(order?.attempts.map(({ at }) => at) ?? []),
  ];
  // Between its start and its end an abandoned cart says nothing: its last activity is a change of its own.
  if (cart && !order) all.push(cart.lastActivityAt);
  return all.filter((at): at is number => at !== null && at !== undefined);
}

/** Adds what is known about a visit just before the instant; a changed fact has a higher version. */
export function addVisit(facts: DemoFacts, visit: Visit, asOf: number): void {
  if (visit.signedUpAt !== null && visit.signedUpAt < asOf && visit.person) {
    facts.customers.push(customerItem(visit.person, new Date(visit.signedUpAt), null));
  }
  if (visit.cart && visit.cart.startedAt < asOf) facts.carts.push(cartItem(visit, visit.cart, asOf));
  if (!visit.order || visit.order.placedAt >= asOf) return;
  facts.orders.push(orderItem(visit, visit.order, asOf));
  visit.order.attempts.forEach((attempt, i) => {
    if (attempt.at < asOf) facts.payments.push(paymentItem(visit, visit.order as Order, attempt, i, asOf));
  });
}

type Order = NonNullable<Visit['order']>;

/** A customer as the import takes it. */
export function customerItem(person: Person, signedUpAt: Date, churnedAt: Date | null): CustomerItem {
  const { id: externalId, name, email, country } = person;
  return { externalId, version: churnedAt ? 2 : 1, name, email, country, signedUpAt, churnedAt };
}

function cartItem(visit: Visit, cart: NonNullable<Visit['cart']>, asOf: number): CartItem {
  const isOrdered = visit.order !== null && visit.order.placedAt < asOf;
  const isLeft = cart.lastActivityAt < asOf;
  const isClosed = visit.order === null && cart.lastActivityAt + CART_LIFE_MS < asOf;
  return {
    externalId: `${visit.id}-C`,
    version: 1 + Number(isLeft) + Number(isClosed),
    customerExternalId: visit.person?.id ?? null,
    email: cart.email,
    status: isOrdered ? 'ORDERED' : isClosed ? 'CLOSED' : 'OPEN',
    currency: visit.currency,
    items: visit.lines.filter((line) => line.kind === 'PRODUCT'),
    startedAt: new Date(cart.startedAt),
    lastActivityAt: new Date(isLeft ? cart.lastActivityAt : cart.startedAt),
  };
}

function orderItem(visit: Visit, order: Order, asOf: number): OrderItem {
  const paid = order.attempts.find(({ at, declineCode }) => declineCode === null && at < asOf);
  const isCancelled = order.cancelledAt !== null && order.cancelledAt < asOf;
  const isRefunded = order.refund?.isFull === true && order.refund.at < asOf;
  const isPaid = order.cancelledAt === null && paid !== undefined;
  return {
    externalId: visit.id,
    version: 1 + Number(isPaid) + Number(isCancelled) + Number(isRefunded),
    customerExternalId: visit.person?.id ?? null,
    cartExternalId: visit.cart ? `${visit.id}-C` : null,
    status: isCancelled ? 'CANCELLED' : isRefunded ? 'REFUNDED' : isPaid ? 'PAID' : 'OPEN',
    channel: visit.channel,
    currency: visit.currency,
    items: visit.lines,
    placedAt: new Date(order.placedAt),
    paidAt: isPaid ? new Date(paid.at) : null,
    ...order.parcel,
  };
}

function paymentItem(visit: Visit, order: Order, attempt: Attempt, index: number, asOf: number): PaymentItem {
  const isVoided = order.cancelledAt !== null && order.cancelledAt < asOf;
  const isGood = attempt.declineCode === null;
  const refund = isGood && order.refund && order.refund.at < asOf ? order.refund : null;
  return {
    externalId: `${visit.id}-P${index + 1}`,
    version: 1 + Number(isVoided || refund !== null),
    orderExternalId: visit.id,
    customerExternalId: visit.person?.id ?? null,
    status: statusOf(isGood, order.cancelledAt !== null, isVoided, refund?.isFull ?? false),
    currency: visit.currency,
    amountMinor: totalOf(visit.lines),
    refundedMinor: refund?.amountMinor ?? 0,
    attempt: index + 1,
    method: attempt.method,
    declineCode: attempt.declineCode,
    attemptedAt: new Date(attempt.at),
    refundedAt: refund ? new Date(refund.at) : null,
  };
}

/** Money of an order that will be cancelled is only held, never captured. */
function statusOf(
  isGood: boolean,
  isHeld: boolean,
  isVoided: boolean,
  isBack: boolean,
): PaymentItem['status'] {
  if (!isGood) return 'FAILED';
  if (isHeld) return isVoided ? 'VOIDED' : 'AUTHORIZED';
  return isBack ? 'REFUNDED' : 'CAPTURED';
}
