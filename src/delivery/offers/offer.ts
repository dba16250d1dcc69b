import { InvalidTransitionError } from '../../kernel/errors.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { OfferPayload } from '../../platform/events/payloads.ts';
import type { NewEvent } from '../../platform/events/types.ts';

export { ACTION_TYPE } from '../opportunities/index.ts';

export const OFFER_STATUSES = [
  'PENDING',
  'OFFERED',
  'ACCEPTED',
  'PAYMENT_AUTHORIZED',
  'DISPATCHED',
  'DELIVERED',
  'EXPIRED',
  'DECLINED',
  'CANCELLED',
  'REFUNDED',
] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];

/** Waiting for an answer: these run out of time. */
export const OPEN_STATUSES = ['PENDING', 'OFFERED'] as const satisfies readonly OfferStatus[];
/** At most one live offer exists per opportunity. */
export const LIVE_STATUSES = [
  ...OPEN_STATUSES,
  'ACCEPTED',
  'PAYMENT_AUTHORIZED',
  'DISPATCHED',
] as const satisfies readonly OfferStatus[];

export const BUNDLE_NAME = 'Rare drone-drop bundle';

/** The upsell of one elite opportunity (spec c.3). Amounts are minor units of `currency`. */
export interface Offer {
  readonly id: string;
  readonly opportunityId: string;
  readonly customerId: string | null;
  readonly actionType: string;
  readonly status: OfferStatus;
  readonly bundleName: string;
  readonly bundleItems: readonly string[];
  readonly currency: string;
  readonly bundlePriceMinor: bigint;
  /** Price × acceptProbability. */
  readonly expectedRevenueMinor: bigint;
  /** 0..1. */
  readonly acceptProbability: number;
  readonly deliveryCostMinor: bigint;
  readonly rarityThreshold: number;
  /** Node ids. */
  readonly routePath: readonly string[];
  /** 0..1. */
  readonly routeSuccess: number;
  readonly routeEtaMin: number;
  /** Whether it may be dispatched by itself once accepted and paid (C8). */
  readonly isAutoExecutable: boolean;
  readonly reasons: readonly Reason[];
  /** The price experiment and the probability its arm had when it was drawn (spec d.4). */
  readonly experimentId: string | null;
  readonly arm: string | null;
  readonly propensity: number | null;
  readonly weightsVersion: number | null;
  /** The recorded decision that made it (spec 0.6). */
  readonly decisionId: string | null;
  /** How the customer answered. */
  readonly answeredVia: 'LINK' | 'API' | null;
  readonly createdAt: Date;
  readonly offeredAt: Date | null;
  readonly acceptedAt: Date | null;
  readonly authorizedAt: Date | null;
  readonly dispatchedAt: Date | null;
  readonly expiresAt: Date;
  readonly closedAt: Date | null;
  readonly closedReason: string | null;
  readonly version: number;
}

/** Spec c.3. */
const NEXT: Record<OfferStatus, readonly OfferStatus[]> = {
  PENDING: ['OFFERED', 'EXPIRED', 'CANCELLED'],
  OFFERED: ['ACCEPTED', 'DECLINED', 'EXPIRED', 'CANCELLED'],
  ACCEPTED: ['PAYMENT_AUTHORIZED', 'EXPIRED', 'CANCELLED'],
  PAYMENT_AUTHORIZED: ['DISPATCHED', 'CANCELLED'],
  DISPATCHED: ['DELIVERED', 'CANCELLED', 'REFUNDED'],
  DELIVERED: ['REFUNDED'],
  EXPIRED: [],
  DECLINED: [],
  CANCELLED: [],
  REFUNDED: [],
};

/** Refuses a step the state machine does not have. Spec c.3. */
export function checkTransition(from: OfferStatus, to: OfferStatus): void {
  if (!NEXT[from].includes(to)) throw new InvalidTransitionError('offer', from, to);
}

/** The whole fact for the event log. */
export function offerPayload(offer: Offer): OfferPayload {
  return {
    offerId: offer.id,
    opportunityId: offer.opportunityId,
    actionType: offer.actionType,
    bundleName: offer.bundleName,
    bundlePrice: { amountMinor: offer.bundlePriceMinor.toString(), currency: offer.currency },
    status: offer.status,
    expiresAt: offer.expiresAt.toISOString(),
    reason: offer.closedReason,
  };
}

const EVENTS = {
  PENDING: 'ACTION_PROPOSED',
  OFFERED: 'ACTION_PROPOSED',
  ACCEPTED: 'ACTION_ACCEPTED',
  // The charge says PAYMENT_CHANGED; one fact is logged once.
  PAYMENT_AUTHORIZED: null,
  DISPATCHED: 'ACTION_EXECUTED',
  DELIVERED: 'ACTION_COMPLETED',
  EXPIRED: 'ACTION_EXPIRED',
  DECLINED: 'ACTION_DECLINED',
  CANCELLED: 'ACTION_CANCELLED',
  REFUNDED: 'ACTION_CANCELLED',
} as const satisfies Record<OfferStatus, NewEvent['type'] | null>;

/** The event that tells of an offer's status, or null when another one does. */
export function offerEvent(offer: Offer): NewEvent | null {
  const type = EVENTS[offer.status];
  return type && { type, payload: offerPayload(offer) };
}
