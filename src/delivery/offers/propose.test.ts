import { describe, expect, it, test } from 'vitest';
import { money } from '../../kernel/money.ts';
import type { Opportunity } from '../opportunities/index.ts';
import type { Hub } from '../routing/index.ts';
import { deliveryCost } from './delivery-cost.ts';
import { proposeOffers } from './propose.ts';

const hub: Hub = {
  nodeId: 'HUB',
  region: 'here',
  lat: 50,
  lon: 8,
  coverageKm: 300,
  capacity: 5,
  reserved: 0,
  successPct: 96,
  avgDeliveryMin: 45,
  connected: [],
  enabled: true,
  countries: ['DE'],
};
const opportunity = (id: string, fields: Partial<Opportunity> = {}): Opportunity =>
  ({
    id,
    customerId: `customer of ${id}`,
    score: 99,
    weightGrams: 1000,
    pickupCountry: 'DE',
    pickupLat: 50,
    pickupLon: 8,
    deliveryCountry: 'DE',
    deliveryLat: 50.5,
    deliveryLon: 8,
    ...fields,
  }) as Opportunity;
const policy = (fields = {}) => ({
  price: money(500_000n, 'INR'),
  remainingToday: 50,
  recentCustomers: new Set<string>(),
  ...fields,
});

describe('deliveryCost', () => {
  test.each([
    ['LOCAL', 10, 2, 'INR', 6000 + 10 * 300 + 2 * 1000],
    ['GROUND', 100.5, 0.5, 'INR', 8000 + 100.5 * 150 + 750],
    ['LINEHAUL', 9133.4, 1, 'USD', 1451], // 400 + 730.672 + 320 = 1450.672
    ['GROUND', 1, 0, 'GBP', 204], // 200 + 3.5 = 203.5, HALF_UP
  ] as const)('%s over %d km with %d kg in %s is %d', (kind, distanceKm, weightKg, currency, minor) => {
    expect(deliveryCost([{ kind, distanceKm }], weightKg, currency)).toEqual(money(BigInt(minor), currency));
  });

  it('adds the legs and rounds once', () => {
    const legs = [1, 1].map((distanceKm) => ({ kind: 'GROUND' as const, distanceKm }));
    expect(deliveryCost(legs, 0, 'GBP')?.amountMinor).toBe(407n);
  });

  it('knows nothing about other currencies', () => {
    expect(deliveryCost([{ kind: 'LOCAL', distanceKm: 1 }], 1, 'JPY')).toBeNull();
  });
});

describe('proposeOffers (spec c.3)', () => {
  it('plans the rarest first and expects 30 % of the price', () => {
    const { plans, held } = proposeOffers(
      [opportunity('b', { score: 97 }), opportunity('c', { score: 99 }), opportunity('a', { score: 97 })],
      [hub],
      policy({ remainingToday: 2 }),
    );
    expect(plans.map((plan) => plan.opportunity.id)).toEqual(['c', 'a']);
    expect(plans[0]?.expectedRevenue).toEqual(money(150_000n, 'INR'));
    expect(held).toEqual({ DAILY_LIMIT: 1 });
  });

  test.each<[string, Partial<Opportunity>, Partial<Hub>, string]>([
    ['nobody to ask', { customerId: null }, {}, 'NO_CUSTOMER'],
    ['a hub out of service', {}, { enabled: false }, 'PICKUP_OUT_OF_COVERAGE'],
    ['a full hub', {}, { reserved: 5 }, 'CAPACITY_EXHAUSTED'],
    ['impossible places', { deliveryLat: 0, deliveryLon: 0 }, {}, 'INVALID_PLACE'],
    ['a package that costs too much', { weightGrams: 400_000 }, {}, 'PRICE_BELOW_COST'],
  ])('holds %s', (_case, fields, hubFields, reason) => {
    const { plans, held } = proposeOffers([opportunity('a', fields)], [{ ...hub, ...hubFields }], policy());
    expect(plans).toEqual([]);
    expect(held).toEqual({ [reason]: 1 });
  });

  it('asks each customer once, and nobody who was asked lately', () => {
    const { plans, held } = proposeOffers(
      [
        opportunity('a', { customerId: 'x' }),
        opportunity('b', { customerId: 'x' }),
        opportunity('c', { customerId: 'y' }),
      ],
      [hub],
      policy({ recentCustomers: new Set(['y']) }),
    );
    expect(plans.map((plan) => plan.opportunity.id)).toEqual(['a']);
    expect(held).toEqual({ CUSTOMER_LIMIT: 2 });
  });

  it('takes a price of exactly 1.3 times the cost, and not a paisa less', () => {
    const cost = proposeOffers([opportunity('a')], [hub], policy()).plans[0]?.cost.amountMinor as bigint;
    const least = (cost * 13n + 9n) / 10n;
    const at = (price: bigint) =>
      proposeOffers([opportunity('a')], [hub], policy({ price: money(price, 'INR') })).plans.length;
    expect(at(least)).toBe(1);
    expect(at(least - 1n)).toBe(0);
  });
});
