import { expect, test } from 'vitest';
import { isAt, pricePoint, startState, strategyFrom, withPoint } from './strategy.ts';

const base = { rarityThreshold: 95, offersPerDay: 50, bundlePriceMinor: 500_000n, bundleCurrency: 'INR' };
const now = new Date('2026-11-20T12:00:00Z');
const state = startState('x');

// Spec d.3: a level is 0.5 of the threshold and 10 % of the cap.
test.each([
  [-2, 95, 50, 96, 40],
  [-1, 95, 50, 95.5, 45],
  [0, 95, 50, 95, 50],
  [1, 95, 50, 94.5, 55],
  [2, 95, 50, 94, 60],
  [2, 90.5, 5, 90, 6],
  [-2, 99.2, 3, 99.5, 2],
  [1, 95, 0, 94.5, 0],
])('level %i at %d and %i offers', (aggressiveness, rarityThreshold, offersPerDay, threshold, cap) => {
  const strategy = strategyFrom({ ...state, aggressiveness }, { ...base, rarityThreshold, offersPerDay });
  expect(strategy).toMatchObject({ rarityThreshold: threshold, offersPerDay: cap });
});

test('a learned price counts until an operator sets another one', () => {
  const learned = withPoint(state, { priceMinor: '700000', baseMinor: '500000', currency: 'INR' }, now);
  const priceWith = (settings: Partial<typeof base>) => {
    const { price, isPriceLearned } = strategyFrom(learned, { ...base, ...settings });
    return [price.amountMinor, price.currency, isPriceLearned];
  };
  expect(priceWith({})).toEqual([700_000n, 'INR', true]);
  expect(priceWith({ bundlePriceMinor: 450_000n })).toEqual([450_000n, 'INR', false]);
  expect(priceWith({ bundleCurrency: 'USD' })).toEqual([500_000n, 'USD', false]);
});

test('points go there and back', () => {
  const up = withPoint(state, { aggressiveness: 1 }, now);
  expect(up).toMatchObject({ aggressiveness: 1, priceMinor: null, changedAt: now, version: 1 });
  expect([isAt(up, { aggressiveness: 1 }), isAt(up, { aggressiveness: 0 })]).toEqual([true, false]);
  const dear = withPoint(up, { priceMinor: '700000', baseMinor: '500000', currency: 'INR' }, now);
  expect(dear.aggressiveness).toBe(1);
  expect(isAt(dear, pricePoint(state))).toBe(false);
  const back = withPoint(dear, pricePoint(state), now);
  expect(back).toMatchObject({ priceMinor: null, baseMinor: null, priceCurrency: null, version: 3 });
});
