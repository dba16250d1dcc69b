import type { PaymentState, PaymentStatus } from '../../platform/outbound/payments/types.ts';
import type { Charge, ChargeEntry, ChargeStatus, EntryKind } from './charge.ts';

type Line = Pick<ChargeEntry, 'kind' | 'amountMinor'>;

/** What a state says has happened: captured money was authorised, refunded money was captured. */
const IMPLIED: Record<PaymentStatus, readonly EntryKind[]> = {
  REQUIRES_ACTION: [],
  AUTHORIZED: ['AUTHORIZE'],
  CAPTURED: ['AUTHORIZE', 'CAPTURE'],
  REFUNDED: ['AUTHORIZE', 'CAPTURE', 'REFUND'],
  VOIDED: ['VOID'],
  DECLINED: ['DECLINE'],
};

/** The ledger lines that a provider's word amounts to, in whatever order such words arrive. */
export function linesOf(state: Pick<PaymentState, 'status'>, charge: Pick<Charge, 'amountMinor'>): Line[] {
  return IMPLIED[state.status].map((kind) => ({
    kind,
    amountMinor: kind === 'DECLINE' || kind === 'VOID' ? 0n : charge.amountMinor,
  }));
}

/** Which kind of line decides the status: money that moved outweighs money that did not. */
const DECIDES: readonly [EntryKind, ChargeStatus][] = [
  ['REFUND', 'REFUNDED'],
  ['CAPTURE', 'CAPTURED'],
  ['VOID', 'VOIDED'],
  ['AUTHORIZE', 'AUTHORIZED'],
  ['DECLINE', 'FAILED'],
];

export interface Sums {
  readonly status: ChargeStatus;
  readonly authorizedMinor: bigint;
  readonly capturedMinor: bigint;
  readonly refundedMinor: bigint;
}

/** A charge is what its ledger lines add up to; the order in which they were learned does not matter. */
export function sumsOf(lines: readonly Line[], isWithCustomer: boolean): Sums {
  const sum = (kind: EntryKind) =>
    lines.filter((line) => line.kind === kind).reduce((total, line) => total + line.amountMinor, 0n);
  const decisive = DECIDES.find(([kind]) => lines.some((line) => line.kind === kind));
  return {
    status: decisive?.[1] ?? (isWithCustomer ? 'REQUIRES_ACTION' : 'PENDING'),
    authorizedMinor: sum('AUTHORIZE'),
    capturedMinor: sum('CAPTURE'),
    refundedMinor: sum('REFUND'),
  };
}
