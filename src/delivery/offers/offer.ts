import { InvalidTransitionError } from '../../kernel/errors.ts';
import type { Reason } from '../../kernel/reason.ts';
import type { OfferPayload } from '../../platform/events/types.ts';

export const OFFER_STATUSES = ['PENDING', 'OFFERED', 'EXPIRED', 'CANCELLED'] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];

/** At most one live offer exists per opportunity. */
export const LIVE_STATUSES = ['PENDING', 'OFFERED'] as const satisfies readonly OfferStatus[];

export const ACTION_TYPE = 'rare_drone_drop_bundle';
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
  readonly createdAt: Date;
  readonly offeredAt: Date | null;
  readonly expiresAt: Date;
  readonly closedAt: Date | null;
  readonly closedReason: string | null;
  readonly version: number;
}

const NEXT: Record<OfferStatus, readonly OfferStatus[]> = {
  PENDING: ['OFFERED', 'EXPIRED', 'CANCELLED'],
  OFFERED: ['EXPIRED', 'CANCELLED'],
  EXPIRED: [],
  CANCELLED: [],
};

/** Refuses a step the state machine does not have. EXPIRED and CANCELLED are final. */
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
