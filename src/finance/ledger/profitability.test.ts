import { expect, test } from 'vitest';
import { profitability } from './profitability.ts';

const asOf = new Date('2026-11-20T12:00:00Z');
const figure = (amountMinor: bigint | null) =>
  amountMinor === null ? null : { amountMinor, asOf, isStale: false };

test.each([
  ['the document’s example', 100n, 0n, 2000n, 0n, -1900n, -1900, 0n],
  ['no revenue: no margin', 0n, 500n, 0n, 0n, -500n, null, 0n],
  ['a fifth of what partners brought is owed', 100_000n, 10_000n, 20_000n, 50_000n, 60_000n, 60, 10_000n],
  ['a half cent is rounded up', 10_000n, 0n, 0n, 3n, 9_999n, 100, 1n],
  ['two and a half cents too', 1000n, 0n, 0n, 13n, 997n, 99.7, 3n],
  ['a margin has one decimal', 300n, 100n, 0n, 0n, 200n, 66.7, 0n],
])('%s', (_name, revenue, ai, infra, conversions, net, margin, payouts) => {
  const figures = { revenue: figure(revenue), openaiCost: figure(ai), infraCost: figure(infra) };
  expect(profitability({ ...figures, unpaidConversions: conversions })).toMatchObject({
    ...{ netMinor: net, marginPct: margin, partnerPayoutsMinor: payouts, missing: [] },
  });
});

test('what is missing is named, and nothing is made up from it', () => {
  const figures = { revenue: figure(100n), openaiCost: null, infraCost: figure(20n), unpaidConversions: 0n };
  expect(profitability(figures)).toEqual({
    ...{
      partnerPayoutsMinor: 0n,
      totalCostsMinor: null,
      netMinor: null,
      marginPct: null,
      missing: ['openaiCost'],
    },
  });
});
