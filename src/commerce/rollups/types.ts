/** Captured and refunded money of one currency in a window. */
export interface CurrencyTotals {
  currency: string;
  /** Captured payments by `capturedAt`; a later refund does not lower it (spec a.2). */
  revenueMinor: bigint;
  /** By `refundedAt`; reported beside revenue, never netted. */
  refundsMinor: bigint;
  /** How many payments were captured: the denominator of the average and of a baseline's confidence. */
  captures: number;
}

/** The counters that have no currency. */
export interface CounterTotals {
  /** First attempts with a final outcome, by `attemptedAt`; retries never count (spec a.2). */
  firstAttempts: number;
  /** Those of them that succeeded. */
  firstSuccesses: number;
  /** Carts by `startedAt` plus orders that had no cart by `placedAt`. */
  checkouts: number;
  /** By `paidAt`. */
  ordersPaid: number;
  /** By `signedUpAt`. */
  customersGained: number;
  /** By `churnedAt`. */
  customersChurned: number;
  /** Sum of reported error counts by `occurredAt`. */
  errors: number;
}

/** Everything that happened in `[from, to)`. Currencies without money are absent. */
export interface WindowTotals extends CounterTotals {
  currencies: CurrencyTotals[];
}

/** Customers at one instant. */
export interface CustomerTotals {
  /** Signed up before the instant and not churned before it. */
  active: number;
  gained: number;
  churned: number;
}

/** Revenue of one 24-hour window that ended `daysBack` days before `to`. */
export interface DayRevenue {
  daysBack: number;
  from: Date;
  to: Date;
  revenueMinor: bigint;
  captures: number;
}

/**
 * How far each source's facts are known: the latest instant among its accepted facts, or the `completeTo` that
 * a source declared. Null when the source never sent anything.
 */
export interface Watermarks {
  customers: Date | null;
  orders: Date | null;
  carts: Date | null;
  payments: Date | null;
  errors: Date | null;
}

/** One row of kpi_hour: currency XXX holds the counters, every other row holds money. */
export interface HourRow extends CounterTotals {
  hour: Date;
  currency: string;
  revenueMinor: bigint;
  refundsMinor: bigint;
  captures: number;
  openCheckouts: number;
}
