import { InvalidTransitionError } from '../../kernel/errors.ts';
import type { EventPayloads } from '../../platform/events/types.ts';

export const PRICE_STATUSES = ['PROPOSED', 'APPLYING', 'ACTIVE', 'SUPERSEDED', 'REJECTED', 'FAILED'] as const;
export type PriceStatus = (typeof PRICE_STATUSES)[number];

/** The price of one billing subject, and how it stands. */
export interface Price {
  readonly id: string;
  /** Who or what is billed, by the tenant's own id. */
  readonly subject: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly status: PriceStatus;
  readonly decisionId: string;
  /** Counts the prices of a subject, from 1. */
  readonly revision: number;
  readonly proposedAt: Date;
  readonly proposedBy: string;
  readonly decidedAt: Date | null;
  readonly decidedBy: string | null;
  /** When it is to come into force: an increase keeps its notice. */
  readonly effectiveAt: Date | null;
  readonly activeAt: Date | null;
  readonly endedAt: Date | null;
  readonly providerRef: string | null;
  readonly reason: string | null;
}

const STEPS: Record<PriceStatus, readonly PriceStatus[]> = {
  PROPOSED: ['APPLYING', 'REJECTED'],
  APPLYING: ['ACTIVE', 'FAILED', 'REJECTED'],
  ACTIVE: ['SUPERSEDED'],
  SUPERSEDED: [],
  REJECTED: [],
  FAILED: [],
};

/** The price one step further. Throws InvalidTransitionError where the state machine has no such arrow. */
export function moved(price: Price, status: PriceStatus, changes: Partial<Price> = {}): Price {
  if (!STEPS[price.status].includes(status)) throw new InvalidTransitionError('price', price.status, status);
  return { ...price, ...changes, status };
}

/** The fact as the event log carries it. */
export const pricePayload = (
  price: Price,
  previousStatus: PriceStatus | null,
): EventPayloads['PRICE_CHANGED'] => ({
  priceId: price.id,
  subject: price.subject,
  amount: { amountMinor: price.amountMinor.toString(), currency: price.currency },
  status: price.status,
  previousStatus,
  decisionId: price.decisionId,
  reason: price.reason,
});
