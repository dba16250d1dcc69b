import { expect, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import { estimate } from './off-policy.ts';
import { condensed, promotionFormula } from './promotion.ts';

// Spec d.5, acceptance: rows (p, r, match).
const ROWS: [number, number, number][] = [
  [0.5, 1, 1],
  [0.5, 0, 1],
  [0.25, 1, 1],
  [0.25, 0, 0],
];
const row = ([propensity, rewardMinor, match]: [number | null, number, number]) => ({
  ...{ arm: match ? 'A' : 'B', propensity, offers: 1, rewardMinor },
});

test('IPS 1.5, SNIPS 0.75, ESS 2.67', () => {
  const { ips, snips, ess, offers, unusable } = estimate(ROWS.map(row), { A: 1 }, 1);
  expect({ ips, snips, offers, unusable }).toEqual({ ips: 1.5, snips: 0.75, offers: 4, unusable: 0 });
  expect(ess).toBeCloseTo(64 / 24, 6);
});

test('rows without a propensity are not used, and counted', () => {
  const { ips, unusable, offers } = estimate([...ROWS.map(row), row([null, 9, 1])], { A: 1 }, 1);
  expect({ ips, unusable, offers }).toEqual({ ips: 1.5, unusable: 1, offers: 4 });
});

test('weights are cut at 20; no match and no data give no number', () => {
  expect(estimate([row([0.01, 1, 1]), row([1, 0, 0])], { A: 1 }, 1).ips).toBe(10);
  expect(estimate([row([0.5, 1, 0])], { A: 1 }, 1)).toMatchObject({
    ips: 0,
    snips: null,
    ess: 0,
    lower: null,
  });
  expect(estimate([], { A: 1 }, 1)).toMatchObject({ ips: null, snips: null, offers: 0 });
});

test('a group counts as many times as it has offers', () => {
  const many = [
    { arm: 'A', propensity: 0.5, offers: 300, rewardMinor: 0n },
    { arm: 'A', propensity: 0.5, offers: 100, rewardMinor: 50_000n },
  ];
  const { snips, ess, lower, upper } = estimate(many, { A: 1 }, 4);
  expect(snips).toBe(125);
  expect(ess).toBe(400);
  // p = 0.25, n = 400, r = 500: the standard error is 500·√(0.1875/400) = 10.8, its 90 % interval ±17.8.
  expect(Math.abs((lower ?? 0) - 107.2)).toBeLessThan(2.5);
  expect(Math.abs((upper ?? 0) - 142.8)).toBeLessThan(2.5);
});

const arm = (name: string, offers: number, conversions: number, price: bigint) => [
  {
    ...{ experimentId: 'e', arm: name, propensity: 0.5, isConverted: true, offers: conversions },
    rewardMinor: price * BigInt(conversions),
  },
  {
    experimentId: 'e',
    arm: name,
    propensity: 0.5,
    isConverted: false,
    offers: offers - conversions,
    rewardMinor: 0n,
  },
];
const ask = (groups: ReturnType<typeof arm>) => {
  const { output, reasons } = compute(promotionFormula, {
    ...{ experimentId: 'e', currency: 'INR', candidate: { B: 1 }, current: { A: 1 }, seed: 9 },
    groups: condensed(groups, new Set(['A', 'B'])),
  });
  return [output.verdict, ...reasons.map(({ code }) => code)];
};

test.each([
  ['clearly better', arm('A', 500, 125, 500_000n), arm('B', 500, 100, 900_000n), 'PROMOTE'],
  ['better, but who knows', arm('A', 500, 125, 500_000n), arm('B', 500, 92, 700_000n), 'NOT_BETTER'],
  ['too little of it', arm('A', 500, 125, 500_000n), arm('B', 199, 199, 900_000n), 'ESS_TOO_SMALL'],
  ['none of it', arm('A', 500, 125, 500_000n), [], 'NO_EVIDENCE'],
  ['none of the current one', [], arm('B', 500, 100, 900_000n), 'NO_EVIDENCE'],
])('%s', (_name, a, b, verdict) => {
  expect(ask([...a, ...b])).toEqual([verdict, verdict]);
});

test('arms of neither policy are one line, and change nothing', () => {
  const groups = [...arm('A', 500, 125, 500_000n), ...arm('B', 500, 100, 900_000n), ...arm('C', 500, 10, 1n)];
  const small = condensed(groups, new Set(['A', 'B']));
  expect(small.filter(({ arm: name }) => name === 'OTHER')).toEqual([
    { arm: 'OTHER', propensity: 1, offers: 500, rewardMinor: '10' },
  ]);
  expect(estimate(small, { B: 1 }, 3)).toEqual(
    estimate(condensed(groups, new Set(['A', 'B', 'C'])), { B: 1 }, 3),
  );
});
