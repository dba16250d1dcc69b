import { HOUR_MS } from '../../kernel/time.ts';

/** Columns of kpi_hour that facts add to. */
export const COUNTERS = [
  'revenueMinor',
  'refundsMinor',
  'captures',
  'firstAttempts',
  'firstSuccesses',
  'checkouts',
  'ordersPaid',
  'openCheckouts',
  'customersGained',
  'customersChurned',
  'errors',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** What one batch adds to one hour and currency; numbers may be negative. */
export type Contribution = Record<Exclude<Counter, 'revenueMinor' | 'refundsMinor'>, number> & {
  hour: number;
  currency: string;
  revenueMinor: bigint;
  refundsMinor: bigint;
};

/** The changes of one batch, by hour and currency. An update is the old fact with sign −1, the new one with +1. */
export type Deltas = Map<string, Contribution>;
export type Sign = 1 | -1;

const NO_CURRENCY = 'XXX';

export interface CustomerShape {
  signedUpAt: Date;
  churnedAt: Date | null;
}

export interface OrderShape {
  status: string;
  totalMinor: bigint;
  customerId: string | null;
  cartId: string | null;
  placedAt: Date;
  paidAt: Date | null;
}

export interface CartShape {
  status: string;
  valueMinor: bigint;
  customerId: string | null;
  email: string | null;
  startedAt: Date;
  lastActivityAt: Date;
}

export interface PaymentShape {
  status: string;
  currency: string;
  amountMinor: bigint;
  refundedMinor: bigint;
  attempt: number;
  attemptedAt: Date;
  capturedAt: Date | null;
  refundedAt: Date | null;
}

export interface ErrorShape {
  count: number;
  occurredAt: Date;
}

/** No change yet. */
export function createDeltas(): Deltas {
  return new Map();
}

/** A customer counts in the hour it signed up and in the hour it churned. */
export function addCustomer(deltas: Deltas, fact: CustomerShape, sign: Sign): void {
  row(deltas, fact.signedUpAt).customersGained += sign;
  if (fact.churnedAt) row(deltas, fact.churnedAt).customersChurned += sign;
}

/**
 * An order without a cart is its own checkout at `placedAt`; paid orders count at `paidAt`. An adjustment or a
 * credit note (CANCELLED with a total of zero or less) is neither: nobody went to a till for it.
 */
export function addOrder(deltas: Deltas, fact: OrderShape, sign: Sign): void {
  const isCreditNote = fact.status === 'CANCELLED' && fact.totalMinor <= 0n;
  if (fact.status === 'ADJUSTMENT' || isCreditNote) return;
  if (fact.paidAt) row(deltas, fact.paidAt).ordersPaid += sign;
  if (fact.cartId !== null) return;
  row(deltas, fact.placedAt).checkouts += sign;
  if (fact.status === 'OPEN' && fact.totalMinor > 0n && fact.customerId !== null) {
    row(deltas, fact.placedAt).openCheckouts += sign;
  }
}

/** A cart is a checkout at `startedAt`; while OPEN, contactable and worth something it is open (spec a.2). */
export function addCart(deltas: Deltas, fact: CartShape, sign: Sign): void {
  row(deltas, fact.startedAt).checkouts += sign;
  const isContactable = fact.customerId !== null || fact.email !== null;
  if (fact.status === 'OPEN' && fact.valueMinor > 0n && isContactable) {
    row(deltas, fact.lastActivityAt).openCheckouts += sign;
  }
}

const FINAL = new Set(['AUTHORIZED', 'CAPTURED', 'FAILED', 'VOIDED']);

/**
 * Captured money is revenue for ever, refunds stand beside it. Attempt 1 with an outcome is a first attempt:
 * retries are excluded, and so is a refund that was never captured (a credit note is nobody's try to pay).
 */
export function addPayment(deltas: Deltas, fact: PaymentShape, sign: Sign): void {
  if (fact.capturedAt) {
    const money = row(deltas, fact.capturedAt, fact.currency);
    money.revenueMinor += BigInt(sign) * fact.amountMinor;
    money.captures += sign;
  }
  if (fact.refundedAt) {
    row(deltas, fact.refundedAt, fact.currency).refundsMinor += BigInt(sign) * fact.refundedMinor;
  }
  if (fact.attempt !== 1 || !(fact.capturedAt || FINAL.has(fact.status))) return;
  const counters = row(deltas, fact.attemptedAt);
  counters.firstAttempts += sign;
  if (fact.status !== 'FAILED') counters.firstSuccesses += sign;
}

/** One report may stand for many errors. */
export function addErrorEvent(deltas: Deltas, fact: ErrorShape, sign: Sign): void {
  row(deltas, fact.occurredAt).errors += sign * fact.count;
}

function row(deltas: Deltas, at: Date, currency: string = NO_CURRENCY): Contribution {
  const hour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;
  const key = currency + hour;
  let found = deltas.get(key);
  if (!found) {
    found = {
      hour,
      currency,
      revenueMinor: 0n,
      refundsMinor: 0n,
      captures: 0,
      firstAttempts: 0,
      firstSuccesses: 0,
      checkouts: 0,
      ordersPaid: 0,
      openCheckouts: 0,
      customersGained: 0,
      customersChurned: 0,
      errors: 0,
    };
    deltas.set(key, found);
  }
  return found;
}
