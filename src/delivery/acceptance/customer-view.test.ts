import { expect, test } from 'vitest';
import type { Charge } from '../charges/index.ts';
import type { Offer } from '../offers/index.ts';
import { type ViewState, viewState } from './customer-view.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const offer = (status: Offer['status'], fields: Partial<Offer> = {}) =>
  ({
    status,
    expiresAt: new Date(NOW.getTime() + 1),
    acceptedAt: null,
    closedReason: null,
    ...fields,
  }) as Offer;
const charge = (fields: Partial<Charge>) => ({ actionUrl: null, ...fields }) as Charge;
const accepted = { acceptedAt: NOW };

test.each<[string, Offer, Charge | null, ViewState]>([
  ['not out yet', offer('PENDING'), null, 'EXPIRED'],
  ['open', offer('OFFERED'), null, 'OPEN'],
  ['over to the millisecond', offer('OFFERED', { expiresAt: NOW }), null, 'EXPIRED'],
  ['payment not tried yet', offer('ACCEPTED', accepted), charge({ status: 'PENDING' }), 'PAYMENT_PENDING'],
  [
    'payment to be confirmed',
    offer('ACCEPTED', accepted),
    charge({ status: 'REQUIRES_ACTION', actionUrl: 'https://pay' }),
    'PAYMENT_NEEDED',
  ],
  [
    'to be confirmed, nobody knows where',
    offer('ACCEPTED', accepted),
    charge({ status: 'REQUIRES_ACTION' }),
    'PAYMENT_PENDING',
  ],
  ['reserved', offer('PAYMENT_AUTHORIZED', accepted), charge({ status: 'AUTHORIZED' }), 'PAID'],
  ['under way', offer('DISPATCHED', accepted), charge({ status: 'CAPTURED' }), 'UNDER_WAY'],
  ['there', offer('DELIVERED', accepted), charge({ status: 'CAPTURED' }), 'DELIVERED'],
  ['declined', offer('DECLINED'), null, 'DECLINED'],
  ['never answered', offer('EXPIRED'), null, 'EXPIRED'],
  ['not paid in time', offer('EXPIRED', accepted), charge({ status: 'VOIDED' }), 'PAYMENT_LATE'],
  [
    'the bank said no',
    offer('CANCELLED', { ...accepted, closedReason: 'PAYMENT_DECLINED' }),
    charge({ status: 'FAILED' }),
    'PAYMENT_DECLINED',
  ],
  ['taken back', offer('CANCELLED', { closedReason: 'ORDER_CANCELLED' }), null, 'CANCELLED'],
  ['failed and paid back', offer('REFUNDED', accepted), charge({ status: 'REFUNDED' }), 'REFUNDED'],
])('%s', (_name, given, money, expected) => expect(viewState(given, money, NOW)).toBe(expected));
