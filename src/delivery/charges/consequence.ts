import type { OfferStatus } from '../offers/index.ts';
import type { ChargeStatus } from './charge.ts';

/** What follows for the offer when its charge changes. */
export interface Consequence {
  readonly offer?: { readonly to: OfferStatus; readonly reason?: string };
  readonly hubs?: 'CONFIRM' | 'RELEASE';
  /** Give the money back: nobody will deliver for it. */
  readonly release?: string;
}

const CLOSED: ReadonlySet<OfferStatus> = new Set<OfferStatus>([
  'EXPIRED',
  'DECLINED',
  'CANCELLED',
  'REFUNDED',
]);
const UNDER_WAY: ReadonlySet<OfferStatus> = new Set<OfferStatus>([
  'ACCEPTED',
  'PAYMENT_AUTHORIZED',
  'DISPATCHED',
]);

const refunded = (why: string | null) => ({ to: 'REFUNDED' as const, reason: why ?? 'REFUNDED' });

/** Spec c.3 and c.9: what an offer's status and the new status of its charge ask for. */
export function consequenceOf(
  offer: OfferStatus,
  before: ChargeStatus,
  after: ChargeStatus,
  why: string | null,
): Consequence {
  if (before === after) return {};
  const cancelled = (reason: string): Consequence => ({
    offer: { to: 'CANCELLED', reason: why ?? reason },
    hubs: 'RELEASE',
  });
  switch (after) {
    case 'AUTHORIZED':
    case 'CAPTURED':
      if (CLOSED.has(offer)) return { release: 'OFFER_CLOSED' };
      return offer === 'ACCEPTED' ? { offer: { to: 'PAYMENT_AUTHORIZED' }, hubs: 'CONFIRM' } : {};
    case 'VOIDED':
      return UNDER_WAY.has(offer) ? cancelled('PAYMENT_VOIDED') : {};
    case 'REFUNDED':
      // A slot belongs to an offer: one that ends under way gives it back, a delivered one has done so.
      if (offer === 'DISPATCHED') return { offer: refunded(why), hubs: 'RELEASE' };
      if (offer === 'DELIVERED') return { offer: refunded(why) };
      return UNDER_WAY.has(offer) ? cancelled('REFUNDED') : {};
    case 'FAILED':
      return offer === 'ACCEPTED' ? cancelled('PAYMENT_DECLINED') : {};
    default:
      return {};
  }
}
