import { uuidFrom } from '../../kernel/ids.ts';
import {
  type Candidate,
  choice,
  currency,
  type Fact,
  FieldError,
  flag,
  instant,
  type KindSpec,
  linkTo,
  optionalInstant,
  optionalInteger,
  optionalMoney,
  optionalText,
  type Raw,
  type ReadContext,
  text,
  version,
} from '../ingest/index.ts';
import { addPayment } from '../rollups/index.ts';

export const PAYMENT_STATUSES = [
  'PENDING',
  'AUTHORIZED',
  'CAPTURED',
  'FAILED',
  'VOIDED',
  'REFUNDED',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

/** One attempt to take money, or a credit note that gives some back. */
export interface PaymentFact extends Fact {
  orderId: string | null;
  customerId: string | null;
  status: PaymentStatus;
  currency: string;
  amountMinor: bigint;
  refundedMinor: bigint;
  attempt: number;
  method: string | null;
  declineCode: string | null;
  attemptedAt: Date;
  capturedAt: Date | null;
  refundedAt: Date | null;
}

/** One payment as sent; throws FieldError. */
export function readPayment(raw: Raw, context: ReadContext): Candidate<PaymentFact> {
  const externalId = text(raw, 'externalId', 200);
  const order = linkTo(raw, 'order', context);
  const customer = linkTo(raw, 'customer', context);
  const status = choice(raw, 'status', PAYMENT_STATUSES);
  const attemptedAt = instant(raw, 'attemptedAt', context.now);
  const fact: PaymentFact = {
    id: uuidFrom(context.tenantId, 'payment', context.source, externalId),
    externalId,
    version: version(raw, context.now),
    orderId: order?.id ?? null,
    customerId: customer?.id ?? null,
    status,
    ...amounts(raw, status),
    attempt: Number(optionalInteger(raw, 'attempt', 1n, 1_000n) ?? 1n),
    method: optionalText(raw, 'method', 100),
    declineCode: optionalText(raw, 'declineCode', 100),
    attemptedAt,
    capturedAt: capturedAt(raw, status, attemptedAt, context.now),
    refundedAt: optionalInstant(raw, 'refundedAt', context.now),
  };
  checkRefund(fact);
  return { fact, links: [order, customer].filter((link) => link !== null) };
}

/** A REFUNDED payment gave everything back unless it says how much; amounts are never negative. */
function amounts(
  raw: Raw,
  status: PaymentStatus,
): Pick<PaymentFact, 'currency' | 'amountMinor' | 'refundedMinor'> {
  const code = currency(raw);
  const amountMinor = optionalMoney(raw, 'amount', code, 0n);
  if (amountMinor === null) throw new FieldError('amountMinor', 'REQUIRED', 'amountMinor is required.');
  const refundedMinor =
    optionalMoney(raw, 'refunded', code, 0n) ?? (status === 'REFUNDED' ? amountMinor : 0n);
  if (refundedMinor > amountMinor) {
    const limit = `refundedMinor must be at most amountMinor (${amountMinor}), not ${refundedMinor}.`;
    throw new FieldError('refundedMinor', 'OUT_OF_RANGE', limit);
  }
  return { currency: code, amountMinor, refundedMinor };
}

/**
 * Captured and refunded money was captured at `attemptedAt` unless told otherwise; `isCreditNote` says that money
 * was given back which no payment here ever took, so that it counts as a refund and not as revenue.
 */
function capturedAt(raw: Raw, status: PaymentStatus, attemptedAt: Date, now: Date): Date | null {
  const given = optionalInstant(raw, 'capturedAt', now);
  const isCreditNote = flag(raw, 'isCreditNote');
  if (isCreditNote && status !== 'REFUNDED') {
    throw new FieldError('isCreditNote', 'CONFLICT', 'A credit note has the status REFUNDED.');
  }
  if (status !== 'CAPTURED' && status !== 'REFUNDED') {
    if (!given) return null;
    throw new FieldError(
      'capturedAt',
      'CONFLICT',
      `A payment that is ${status} has no capturedAt; send status CAPTURED.`,
    );
  }
  if (isCreditNote) return null;
  const at = given ?? attemptedAt;
  if (at < attemptedAt)
    throw new FieldError('capturedAt', 'CONFLICT', 'capturedAt must not be before attemptedAt.');
  return at;
}

function checkRefund(fact: PaymentFact): void {
  if (fact.refundedMinor > 0n && !fact.refundedAt) {
    throw new FieldError('refundedAt', 'REQUIRED', 'refundedAt is required when money was given back.');
  }
  if (fact.refundedMinor === 0n && fact.refundedAt) {
    throw new FieldError(
      'refundedMinor',
      'CONFLICT',
      'refundedMinor must be more than 0 when there is a refundedAt.',
    );
  }
  if (fact.refundedMinor > 0n && fact.status !== 'CAPTURED' && fact.status !== 'REFUNDED') {
    throw new FieldError(
      'status',
      'CONFLICT',
      'Only a CAPTURED or REFUNDED payment can have given money back.',
    );
  }
}

export const paymentSpec: KindSpec<PaymentFact> = {
  kind: 'payment',
  table: 'payment',
  columns: {
    externalId: 'text',
    version: 'int8',
    orderId: 'uuid',
    customerId: 'uuid',
    status: 'text',
    currency: 'text',
    amountMinor: 'int8',
    refundedMinor: 'int8',
    attempt: 'int4',
    method: 'text',
    declineCode: 'text',
    attemptedAt: 'timestamptz',
    capturedAt: 'timestamptz',
    refundedAt: 'timestamptz',
  },
  read: readPayment,
  contribute: addPayment,
  latest: ({ attemptedAt, capturedAt, refundedAt }) =>
    [attemptedAt, capturedAt, refundedAt].reduce((a: Date, b) => (b && b > a ? b : a), attemptedAt),
};
