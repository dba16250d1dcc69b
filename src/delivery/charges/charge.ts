import type { PaymentPayload } from '../../platform/events/payloads.ts';
import type { Payment, PaymentProviderName } from '../../platform/outbound/payments/types.ts';

export type ChargeStatus =
  | 'PENDING'
  | 'REQUIRES_ACTION'
  | 'AUTHORIZED'
  | 'CAPTURED'
  | 'VOIDED'
  | 'REFUNDED'
  | 'FAILED';

/** The money of one accepted offer (spec c.3). Amounts are minor units of `currency`. */
export interface Charge {
  readonly id: string;
  readonly offerId: string;
  readonly provider: PaymentProviderName;
  readonly providerRef: string | null;
  readonly status: ChargeStatus;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
  /** Where the customer pays, while REQUIRES_ACTION. */
  readonly actionUrl: string | null;
  readonly failureCode: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly version: number;
}

export type EntryKind = 'AUTHORIZE' | 'CAPTURE' | 'VOID' | 'REFUND' | 'DECLINE';

/** How we learned of it. */
export type EntrySource = 'EFFECT' | 'WEBHOOK' | 'RECONCILE';

/** One line of a charge's append-only ledger. */
export interface ChargeEntry {
  readonly id: string;
  readonly chargeId: string;
  readonly kind: EntryKind;
  readonly amountMinor: bigint;
  readonly source: EntrySource;
  readonly sourceId: string;
  readonly at: Date;
}

/** The charge as its provider is asked about it. */
export const paymentOf = (charge: Charge): Payment => ({
  reference: charge.id,
  ref: charge.providerRef,
  currency: charge.currency,
  amountMinor: charge.amountMinor,
  createdAt: charge.createdAt,
});

/** The whole fact for the event log. */
export function paymentPayload(charge: Charge, reason: string | null): PaymentPayload {
  const money = (minor: bigint) => ({ amountMinor: minor.toString(), currency: charge.currency });
  return {
    chargeId: charge.id,
    offerId: charge.offerId,
    provider: charge.provider,
    status: charge.status,
    amount: money(charge.amountMinor),
    captured: money(charge.capturedMinor),
    refunded: money(charge.refundedMinor),
    reason,
  };
}
