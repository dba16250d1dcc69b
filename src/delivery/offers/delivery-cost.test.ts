import { expect, it, test } from 'vitest';
import { money } from '../../kernel/money.ts';
import { deliveryCost } from './delivery-cost.ts';

test.each([
  ['LOCAL', 10, 2, 'INR', 6000 + 10 * 300 + 2 * 1000],
  ['GROUND', 100.5, 0.5, 'INR', 8000 + 100.5 * 150 + 750],
  ['LINEHAUL', 9133.4, 1, 'USD', 1451], // 400 + 730.672 + 320 = 1450.672
  ['GROUND', 1, 0, 'GBP', 204], // 200 + 3.5 = 203.5, HALF_UP
  ['DRONE', 26.86, 0.5, 'INR', 19_715], // there and back: 12000 + 6715 + 1000
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
