import { describe, expect, test } from 'vitest';
import { checkTransition, OFFER_STATUSES, type Offer, type OfferStatus, offerEvent } from './offer.ts';

/** Spec c.3: everything else is refused. */
const ALLOWED: readonly [OfferStatus, ...OfferStatus[]][] = [
  ['PENDING', 'OFFERED', 'EXPIRED', 'CANCELLED'],
  ['OFFERED', 'ACCEPTED', 'DECLINED', 'EXPIRED', 'CANCELLED'],
  ['ACCEPTED', 'PAYMENT_AUTHORIZED', 'EXPIRED', 'CANCELLED'],
  ['PAYMENT_AUTHORIZED', 'DISPATCHED', 'CANCELLED'],
  ['DISPATCHED', 'DELIVERED', 'CANCELLED', 'REFUNDED'],
  ['DELIVERED', 'REFUNDED'],
  ['EXPIRED'],
  ['DECLINED'],
  ['CANCELLED'],
  ['REFUNDED'],
];

describe('the states of an offer', () => {
  const steps = ALLOWED.flatMap(([from, ...tos]) =>
    OFFER_STATUSES.map((to) => [from, to, tos.includes(to) ? 'is taken' : 'is refused'] as const),
  );
  test('are ten, each with its ten steps', () => expect(steps).toHaveLength(100));
  test.each(steps)('%s → %s %s', (from, to, answer) => {
    if (answer === 'is taken') expect(() => checkTransition(from, to)).not.toThrow();
    else expect(() => checkTransition(from, to)).toThrow(`An offer cannot go from ${from} to ${to}.`);
  });
});

test.each([
  ['PENDING', 'ACTION_PROPOSED'],
  ['OFFERED', 'ACTION_PROPOSED'],
  ['ACCEPTED', 'ACTION_ACCEPTED'],
  ['PAYMENT_AUTHORIZED', undefined],
  ['DISPATCHED', 'ACTION_EXECUTED'],
  ['DELIVERED', 'ACTION_COMPLETED'],
  ['EXPIRED', 'ACTION_EXPIRED'],
  ['DECLINED', 'ACTION_DECLINED'],
  ['CANCELLED', 'ACTION_CANCELLED'],
  ['REFUNDED', 'ACTION_CANCELLED'],
] as const)('%s is told as %s', (status, type) => {
  const offer = { status, bundlePriceMinor: 1n, expiresAt: new Date(0) } as Offer;
  expect(offerEvent(offer)?.type).toBe(type);
});
