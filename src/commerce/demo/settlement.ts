import type { Random } from '../../kernel/random.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../kernel/time.ts';

/** One try to take the money; `declineCode` is null when it went well. */
export interface Attempt {
  readonly at: number;
  readonly method: string;
  readonly declineCode: string | null;
}

/** How an order is paid, and whether it is taken back; instants are Unix ms. */
export interface Settlement {
  readonly attempts: readonly Attempt[];
  readonly cancelledAt: number | null;
  readonly refund: { readonly at: number; readonly amountMinor: number; readonly isFull: boolean } | null;
}

/** How slow the slow things are, and how often a first attempt is declined. */
export interface PaymentPace {
  readonly refundAfter: readonly [from: number, to: number];
  readonly invoicePaidAfter: readonly [from: number, to: number];
  readonly declineRate: (at: number) => number;
}

/** The seeded history takes days over what the running demo does in hours, so that something can be seen. */
export const HISTORY_PAYMENTS: Omit<PaymentPace, 'declineRate'> = {
  refundAfter: [2 * DAY_MS, 12 * DAY_MS],
  invoicePaidAfter: [8 * HOUR_MS, 4 * DAY_MS],
};
export const LIVE_PAYMENTS: PaymentPace = {
  refundAfter: [HOUR_MS, 3 * HOUR_MS],
  invoicePaidAfter: [10 * MINUTE_MS, 2 * HOUR_MS],
  declineRate: () => 0.06,
};
/** At the live pace nothing happens to an order any more after this. */
export const LIVE_SETTLED_MS = 6 * HOUR_MS;

const CANCELLED = 0.035;
const REFUNDED = 0.025;
const PARTLY_REFUNDED = 0.012;
const RETRY_SUCCEEDS = [0.7, 0.5] as const;
/** Soft declines may be tried again; the others are the customer's to solve. */
const DECLINES = [
  'insufficient_funds',
  'do_not_honor',
  'authentication_required',
  'expired_card',
  'fraud_suspected',
];
const DECLINE_WEIGHTS = [44, 22, 18, 11, 5] as const;
const METHODS = ['card', 'wallet', 'bank_debit'] as const;
const METHOD_WEIGHTS = [68, 25, 7] as const;

interface Due {
  readonly at: number;
  readonly channel: string;
  readonly totalMinor: number;
}

/** What happens to an order after it was placed. Cancelled orders are paid by nobody: at most a hold is voided. */
export function settle(random: Random, due: Due, pace: PaymentPace): Settlement {
  if (random.next() < CANCELLED) {
    const cancelledAt = due.at + random.int(8 * MINUTE_MS, 3 * HOUR_MS);
    const attempts = random.next() < 0.5 ? [attempt(random, due.at + 40_000, null)] : [];
    return { attempts, cancelledAt, refund: null };
  }
  const attempts = pay(random, due, pace);
  const last = attempts.at(-1) as Attempt;
  const refund = last.declineCode === null ? refundOf(random, due, last.at, pace) : null;
  return { attempts, cancelledAt: null, refund };
}

/** The first attempt and, while it is declined, two more: a few minutes and some hours later. */
function pay(random: Random, due: Due, pace: PaymentPace): Attempt[] {
  const isInvoice = due.channel === 'phone';
  const first = due.at + (isInvoice ? random.int(...pace.invoicePaidAfter) : random.int(15_000, 90_000));
  if (isInvoice) return [{ at: first, method: 'invoice', declineCode: null }];
  if (random.next() >= pace.declineRate(first)) return [attempt(random, first, null)];
  const tries = [attempt(random, first, decline(random))];
  const pauses = [random.int(3 * MINUTE_MS, 25 * MINUTE_MS), random.int(HOUR_MS, 2 * HOUR_MS)];
  for (const [i, chance] of RETRY_SUCCEEDS.entries()) {
    const previous = tries.at(-1) as Attempt;
    if (previous.declineCode === null || previous.declineCode === 'fraud_suspected') break;
    const code = random.next() < chance ? null : decline(random);
    tries.push(attempt(random, previous.at + (pauses[i] as number), code));
  }
  return tries;
}

const decline = (random: Random): string => DECLINES[random.weighted(DECLINE_WEIGHTS)] as string;

function attempt(random: Random, at: number, declineCode: string | null): Attempt {
  return { at, method: METHODS[random.weighted(METHOD_WEIGHTS)] as string, declineCode };
}

function refundOf(random: Random, due: Due, paidAt: number, pace: PaymentPace): Settlement['refund'] {
  const luck = random.next();
  if (luck >= REFUNDED + PARTLY_REFUNDED || due.totalMinor <= 1) return null;
  const at = paidAt + random.int(...pace.refundAfter);
  if (luck < REFUNDED) return { at, amountMinor: due.totalMinor, isFull: true };
  return { at, amountMinor: Math.floor(due.totalMinor * (0.2 + 0.5 * random.next())), isFull: false };
}
