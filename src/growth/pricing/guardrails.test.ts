import { expect, test } from 'vitest';
import { guardrails } from './guardrails.ts';

const usd = (amountMinor: bigint) => ({ amountMinor, currency: 'USD' });
const codes = (price: bigint, floor: bigint, reference: bigint | null) =>
  guardrails({
    price: usd(price),
    costFloor: usd(floor),
    reference: reference === null ? null : usd(reference),
  }).map(({ code }) => code);

test.each([
  ['a first price', 1900n, 0n, null, []],
  ['exactly 20 % more', 2280n, 0n, 1900n, []],
  ['a cent more than that', 2281n, 0n, 1900n, ['STEP']],
  ['exactly 20 % less', 1520n, 0n, 1900n, []],
  ['a cent less than that', 1519n, 0n, 1900n, ['STEP']],
  ['the ceiling', 5700n, 0n, null, []],
  ['a cent above it', 5701n, 0n, null, ['CEILING']],
  ['the cost floor', 3900n, 3900n, null, []],
  ['a cent below it', 3899n, 3900n, null, ['BELOW_COST_FLOOR']],
  ['everything at once', 10_400n, 10_401n, 1900n, ['BELOW_COST_FLOOR', 'CEILING', 'STEP']],
  ['a free price becoming dear', 1n, 0n, 0n, ['STEP']],
])('%s', (_name, price, floor, reference, expected) => {
  expect(codes(price, floor, reference)).toEqual(expected);
});

test('a price in another currency is another price altogether', () => {
  const check = { price: usd(1900n), costFloor: usd(0n), reference: { amountMinor: 1900n, currency: 'EUR' } };
  expect(guardrails(check).map(({ code }) => code)).toEqual(['STEP']);
});
