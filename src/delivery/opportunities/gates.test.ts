import { describe, expect, it, test } from 'vitest';
import type { OrderItem, PendingOrder } from '../../commerce/orders/index.ts';
import { gateOf, isPackage } from './gates.ts';
import { opportunityId } from './opportunity.ts';

const item = (fields: Partial<OrderItem> = {}): OrderItem => ({
  name: 'vase',
  quantity: 1,
  unitPriceMinor: 100,
  kind: 'PRODUCT',
  ...fields,
});
const order = (fields: Partial<PendingOrder> = {}): PendingOrder => ({
  id: '018f0000-0000-7000-8000-000000000000',
  version: 1n,
  customerId: null,
  status: 'PAID',
  currency: 'EUR',
  totalMinor: 100n,
  items: [item()],
  placedAt: new Date('2026-11-20T12:00:00Z'),
  pickupCountry: 'DE',
  pickupLat: 50,
  pickupLon: 8,
  deliveryCountry: 'FR',
  deliveryLat: 48,
  deliveryLon: 2,
  weightGrams: 500,
  isHazardous: false,
  ...fields,
});

describe('gates (spec c.2)', () => {
  test.each<[string, Partial<PendingOrder>, boolean, boolean, ReturnType<typeof gateOf>]>([
    ['a rare order', {}, false, true, null],
    ['no pickup country', { pickupCountry: null }, false, true, 'NO_GEO'],
    ['no delivery point', { deliveryLat: null, deliveryLon: null }, false, true, 'NO_GEO'],
    ['a point on the equator', { deliveryLat: 0 }, false, true, null],
    ['no weight', { weightGrams: null }, false, true, 'NO_WEIGHT'],
    ['weightless', { weightGrams: 0 }, false, true, 'NO_WEIGHT'],
    ['hazardous', { isHazardous: true }, false, true, 'HAZARDOUS'],
    ['seen before', {}, true, true, 'DUPLICATE'],
    ['common', {}, false, false, 'BELOW_THRESHOLD'],
    ['everything at once', { pickupLat: null, weightGrams: null, isHazardous: true }, true, false, 'NO_GEO'],
  ])('%s', (_case, fields, isDuplicate, isRare, expected) => {
    expect(gateOf(order(fields), isDuplicate, isRare)).toBe(expected);
  });

  test.each<[string, Partial<PendingOrder>, boolean]>([
    ['OPEN', { status: 'OPEN' }, true],
    ['PAID', { status: 'PAID' }, true],
    ['FULFILLED', { status: 'FULFILLED' }, true],
    ['CANCELLED', { status: 'CANCELLED' }, false],
    ['REFUNDED', { status: 'REFUNDED' }, false],
    ['ADJUSTMENT', { status: 'ADJUSTMENT' }, false],
    ['only a fee', { items: [item({ kind: 'FEE' })] }, false],
    ['only a return', { items: [item({ quantity: -1 })] }, false],
    ['nothing', { items: [] }, false],
  ])('%s is a package: %s', (_case, fields, expected) => {
    expect(isPackage(order(fields))).toBe(expected);
  });
});

describe('an opportunity', () => {
  it('has the id of spec c.2', () => {
    // printf 't|o|7' | sha256sum
    expect(opportunityId('t', 'o', 7n)).toBe('opp_3d2be2f8839e4ef01974');
    expect(opportunityId('t', 'o', 8n)).not.toBe(opportunityId('t', 'o', 7n));
  });
});
