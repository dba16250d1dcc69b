import { expect, test } from 'vitest';
import type { OfferStatus } from '../offers/index.ts';
import type { ChargeStatus } from './charge.ts';
import { consequenceOf } from './consequence.ts';

const told = (
  offer: OfferStatus,
  after: ChargeStatus,
  before: ChargeStatus = 'PENDING',
  why: string | null = null,
) => {
  const { offer: step, hubs, release } = consequenceOf(offer, before, after, why);
  return [step && `${step.to}${step.reason ? `(${step.reason})` : ''}`, hubs, release && `release ${release}`]
    .filter(Boolean)
    .join(', ');
};

test.each<[OfferStatus, ChargeStatus, string]>([
  ['ACCEPTED', 'REQUIRES_ACTION', ''],
  ['ACCEPTED', 'AUTHORIZED', 'PAYMENT_AUTHORIZED, CONFIRM'],
  ['ACCEPTED', 'CAPTURED', 'PAYMENT_AUTHORIZED, CONFIRM'],
  ['ACCEPTED', 'FAILED', 'CANCELLED(PAYMENT_DECLINED), RELEASE'],
  ['ACCEPTED', 'VOIDED', 'CANCELLED(PAYMENT_VOIDED), RELEASE'],
  ['PAYMENT_AUTHORIZED', 'VOIDED', 'CANCELLED(PAYMENT_VOIDED), RELEASE'],
  ['PAYMENT_AUTHORIZED', 'CAPTURED', ''],
  ['EXPIRED', 'AUTHORIZED', 'release OFFER_CLOSED'],
  ['CANCELLED', 'CAPTURED', 'release OFFER_CLOSED'],
  ['EXPIRED', 'FAILED', ''],
  ['EXPIRED', 'VOIDED', ''],
  ['DISPATCHED', 'CAPTURED', ''],
  ['DISPATCHED', 'REFUNDED', 'REFUNDED(REFUNDED), RELEASE'],
  ['DELIVERED', 'REFUNDED', 'REFUNDED(REFUNDED)'],
  ['DISPATCHED', 'VOIDED', 'CANCELLED(PAYMENT_VOIDED), RELEASE'],
  ['DELIVERED', 'VOIDED', ''],
  ['PAYMENT_AUTHORIZED', 'REFUNDED', 'CANCELLED(REFUNDED), RELEASE'],
])('an offer that is %s while its charge becomes %s: %s', (offer, after, expected) => {
  expect(told(offer, after)).toBe(expected);
});

test('news that change nothing have no consequence', () => {
  expect(told('ACCEPTED', 'AUTHORIZED', 'AUTHORIZED')).toBe('');
});

test('a reason that was given is kept', () => {
  expect(told('DISPATCHED', 'REFUNDED', 'CAPTURED', 'DRONE_LOST')).toBe('REFUNDED(DRONE_LOST), RELEASE');
});
