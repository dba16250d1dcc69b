import { describe, expect, test } from 'vitest';
import {
  addCart,
  addCustomer,
  addErrorEvent,
  addOrder,
  addPayment,
  COUNTERS,
  type Counter,
  createDeltas,
  type Deltas,
} from './contribution.ts';

const at = (time: string): Date => new Date(`2026-11-20T${time}Z`);
const hour = (h: number): string => `2026-11-20T${String(h).padStart(2, '0')}`;

/** `{"EUR 10": {revenueMinor: 5n}}`: what is not zero. */
function shown(deltas: Deltas): Record<string, Partial<Record<Counter, number | bigint>>> {
  return Object.fromEntries(
    [...deltas.values()]
      .map((row): [string, object] => [
        `${row.currency} ${new Date(row.hour).toISOString().slice(0, 13)}`,
        Object.fromEntries(
          COUNTERS.filter((counter) => row[counter]).map((counter) => [counter, row[counter]]),
        ),
      ])
      .filter(([, counters]) => Object.keys(counters).length > 0),
  );
}

const order = {
  status: 'PAID',
  totalMinor: 500n,
  customerId: 'c',
  cartId: null,
  placedAt: at('08:59:59.999'),
  paidAt: at('09:00:00') as Date | null,
};

describe('addOrder', () => {
  test.each([
    [
      'paid, its own checkout',
      {},
      { [`XXX ${hour(8)}`]: { checkouts: 1 }, [`XXX ${hour(9)}`]: { ordersPaid: 1 } },
    ],
    ['paid, from a cart', { cartId: 'k' }, { [`XXX ${hour(9)}`]: { ordersPaid: 1 } }],
    ['open', { status: 'OPEN', paidAt: null }, { [`XXX ${hour(8)}`]: { checkouts: 1, openCheckouts: 1 } }],
    [
      'open, nobody to write to',
      { status: 'OPEN', paidAt: null, customerId: null },
      { [`XXX ${hour(8)}`]: { checkouts: 1 } },
    ],
    [
      'open, worth nothing',
      { status: 'OPEN', paidAt: null, totalMinor: 0n },
      { [`XXX ${hour(8)}`]: { checkouts: 1 } },
    ],
    ['cancelled sale', { status: 'CANCELLED', paidAt: null }, { [`XXX ${hour(8)}`]: { checkouts: 1 } }],
    ['credit note', { status: 'CANCELLED', totalMinor: -500n, paidAt: null }, {}],
    ['adjustment', { status: 'ADJUSTMENT', paidAt: null }, {}],
  ])('%s', (_, change, expected) => {
    const deltas = createDeltas();
    addOrder(deltas, { ...order, ...change }, 1);
    expect(shown(deltas)).toEqual(expected);
  });
});

const payment = {
  status: 'CAPTURED',
  currency: 'EUR',
  amountMinor: 900n,
  refundedMinor: 0n,
  attempt: 1,
  attemptedAt: at('10:00:00'),
  capturedAt: at('11:00:00') as Date | null,
  refundedAt: null as Date | null,
};
const first = { firstAttempts: 1, firstSuccesses: 1 };
const revenue = { revenueMinor: 900n, captures: 1 };

describe('addPayment', () => {
  test.each([
    ['captured', {}, { [`EUR ${hour(11)}`]: revenue, [`XXX ${hour(10)}`]: first }],
    ['a retry', { attempt: 2 }, { [`EUR ${hour(11)}`]: revenue }],
    [
      'refunded, still revenue',
      { status: 'REFUNDED', refundedMinor: 400n, refundedAt: at('12:30:00') },
      {
        [`EUR ${hour(11)}`]: revenue,
        [`EUR ${hour(12)}`]: { refundsMinor: 400n },
        [`XXX ${hour(10)}`]: first,
      },
    ],
    [
      'a credit note',
      { status: 'REFUNDED', refundedMinor: 900n, capturedAt: null, refundedAt: at('12:30:00') },
      { [`EUR ${hour(12)}`]: { refundsMinor: 900n } },
    ],
    ['failed', { status: 'FAILED', capturedAt: null }, { [`XXX ${hour(10)}`]: { firstAttempts: 1 } }],
    ['authorized', { status: 'AUTHORIZED', capturedAt: null }, { [`XXX ${hour(10)}`]: first }],
    ['voided', { status: 'VOIDED', capturedAt: null }, { [`XXX ${hour(10)}`]: first }],
    ['pending', { status: 'PENDING', capturedAt: null }, {}],
  ])('%s', (_, change, expected) => {
    const deltas = createDeltas();
    addPayment(deltas, { ...payment, ...change }, 1);
    expect(shown(deltas)).toEqual(expected);
  });
});

test('carts, customers and errors count in their hours', () => {
  const deltas = createDeltas();
  const cart = {
    status: 'OPEN',
    valueMinor: 5n,
    customerId: null,
    startedAt: at('01:00:00'),
    lastActivityAt: at('02:00:00'),
  };
  addCart(deltas, { ...cart, email: 'a@b.c' }, 1);
  addCart(deltas, { ...cart, email: null }, 1);
  addCart(deltas, { ...cart, email: 'a@b.c', status: 'ORDERED' }, 1);
  addCustomer(deltas, { signedUpAt: at('03:00:00'), churnedAt: at('04:00:00') }, 1);
  addErrorEvent(deltas, { count: 7, occurredAt: at('05:00:00') }, 1);
  expect(shown(deltas)).toEqual({
    [`XXX ${hour(1)}`]: { checkouts: 3 },
    [`XXX ${hour(2)}`]: { openCheckouts: 1 },
    [`XXX ${hour(3)}`]: { customersGained: 1 },
    [`XXX ${hour(4)}`]: { customersChurned: 1 },
    [`XXX ${hour(5)}`]: { errors: 7 },
  });
});

test('an update is the old fact taken away and the new one added', () => {
  const deltas = createDeltas();
  addOrder(deltas, { ...order, status: 'OPEN', paidAt: null }, -1);
  addOrder(deltas, order, 1);
  expect(shown(deltas)).toEqual({
    [`XXX ${hour(8)}`]: { openCheckouts: -1 },
    [`XXX ${hour(9)}`]: { ordersPaid: 1 },
  });
});
