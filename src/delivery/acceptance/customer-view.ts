import type { Scope } from '../../platform/scope.ts';
import { type Charge, chargeOf } from '../charges/index.ts';
import { type Offer, offersById } from '../offers/index.ts';

/** How an offer stands, in the words of the person it was made to. */
export const VIEW_STATES = [
  'OPEN',
  'PAYMENT_PENDING',
  'PAYMENT_NEEDED',
  'PAID',
  'UNDER_WAY',
  'DELIVERED',
  'DECLINED',
  'EXPIRED',
  'PAYMENT_LATE',
  'PAYMENT_DECLINED',
  'CANCELLED',
  'REFUNDED',
] as const;
export type ViewState = (typeof VIEW_STATES)[number];

/** What the customer's page shows. */
export interface CustomerView {
  readonly offer: Offer;
  readonly state: ViewState;
  /** Where to pay, while PAYMENT_NEEDED. */
  readonly payUrl: string | null;
  /** Whether money was taken that has not been given back yet. */
  readonly isOwed: boolean;
}

type Facts = Pick<Offer, 'status' | 'expiresAt' | 'acceptedAt' | 'closedReason'>;
type Money = Pick<Charge, 'status' | 'actionUrl' | 'capturedMinor' | 'refundedMinor'>;

/** The state to show at this instant. Pure. */
export function viewState(offer: Facts, charge: Money | null, now: Date): ViewState {
  switch (offer.status) {
    case 'OFFERED':
      return offer.expiresAt > now ? 'OPEN' : 'EXPIRED';
    case 'ACCEPTED':
      return charge?.status === 'REQUIRES_ACTION' && charge.actionUrl ? 'PAYMENT_NEEDED' : 'PAYMENT_PENDING';
    case 'PAYMENT_AUTHORIZED':
      return 'PAID';
    case 'DISPATCHED':
      return 'UNDER_WAY';
    case 'EXPIRED':
      return offer.acceptedAt ? 'PAYMENT_LATE' : 'EXPIRED';
    case 'CANCELLED':
      return offer.closedReason === 'PAYMENT_DECLINED' ? 'PAYMENT_DECLINED' : 'CANCELLED';
    case 'PENDING':
      return 'EXPIRED';
    default:
      return offer.status;
  }
}

/** An offer as its customer sees it, or null when the tenant has none of this id. */
export async function customerView(scope: Scope, offerId: string): Promise<CustomerView | null> {
  const [offer] = await offersById(scope, [offerId]);
  if (!offer) return null;
  const charge = offer.acceptedAt ? ((await chargeOf(scope.db, scope.tenantId, offer.id)) ?? null) : null;
  const state = viewState(offer, charge, scope.now);
  return {
    offer,
    state,
    payUrl: state === 'PAYMENT_NEEDED' ? (charge?.actionUrl ?? null) : null,
    isOwed: charge !== null && charge.capturedMinor > charge.refundedMinor,
  };
}
