import { expect, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import { type ArmEvidence, type ReweightFacts, reweightFormula } from './reweight.ts';

const arm = (
  key: string,
  price: number,
  offers: number,
  rate: number,
  more: Partial<ArmEvidence> = {},
): ArmEvidence => ({
  ...{ key, priceMinor: String(price), isControl: key === 'B', isPaused: false, weight: 1 / 3, offers },
  ...{ conversions: Math.round(offers * rate), refunds: 0, complaints: 0, meanCost: 0 },
  ...{ recentOffers: offers, recentConversions: Math.round(offers * rate), ...more },
});
const arms = (offers: number, change: Partial<ArmEvidence>[] = []) => [
  arm('A', 300_000, offers, 0.35, change[0]),
  arm('B', 500_000, offers, 0.25, change[1]),
  arm('C', 700_000, offers, 0.2, change[2]),
];
const facts = (change: Partial<ReweightFacts>): ReweightFacts => ({
  ...{ experimentId: 'e', currency: 'INR', now: '2026-11-10T00:00:00Z', startedAt: '2026-11-01T00:00:00Z' },
  ...{
    endsAt: null,
    budgetOffers: null,
    seed: 42,
    draws: 10_000,
    costFloor: 0,
    arms: arms(1_000),
    isDue: true,
    ...change,
  },
});
const ask = (change: Partial<ReweightFacts>) => compute(reweightFormula, facts(change)).output;
const weights = (output: ReturnType<typeof ask>) => output.arms.map(({ weight }) => weight);
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

// Spec d.4, acceptance.
test('25, 35 and 20 % at 5k, 3k and 7k: 1250, 1050 and 1400 per offer, the 7k arm is best', () => {
  const output = ask({});
  expect(output.arms.map(({ earning }) => Math.round((earning ?? 0) / 100))).toEqual([1050, 1250, 1400]);
  expect(output.winner).toBe('C');
  expect(weights(output)[2]).toBeGreaterThan(0.7);
  expect(sum(weights(output))).toBeCloseTo(1, 12);
});

test('one arm with 99 offers: weights unchanged, and it says why', () => {
  const output = ask({ arms: [...arms(1_000).slice(0, 2), arm('C', 700_000, 99, 0.2)] });
  expect(weights(output)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  expect(output.message).toBe('Weights stay equal until there are at least 100 per arm: C has 99.');
  expect(output.ending).toBeNull();
});

test('less than 24 h: weights unchanged', () => {
  const output = ask({ now: '2026-11-01T23:59:59Z' });
  expect(weights(output)).toEqual([1 / 3, 1 / 3, 1 / 3]);
  expect(output.message).toContain('first 24 hours');
  expect(weights(ask({ now: '2026-11-02T00:00:00Z' }))).not.toEqual([1 / 3, 1 / 3, 1 / 3]);
});

test('within the hour nothing moves', () => {
  expect(weights(ask({ isDue: false }))).toEqual([1 / 3, 1 / 3, 1 / 3]);
});

test.each([
  ['certain, but not seven days', { now: '2026-11-07T23:00:00Z', arms: arms(9_000) }, null],
  ['certain after seven days', { now: '2026-11-08T00:00:00Z', arms: arms(9_000) }, 'BEST_FOUND'],
  ['not certain', { arms: arms(120) }, null],
  ['the budget is spent', { arms: arms(120), budgetOffers: 360 }, 'BUDGET_SPENT'],
  ['the budget is not', { arms: arms(120), budgetOffers: 361 }, null],
  ['its time is over', { arms: arms(120), endsAt: '2026-11-10T00:00:00Z', isDue: false }, 'TIME_OVER'],
  ['time over before there was an offer', { arms: arms(0), endsAt: '2026-11-10T00:00:00Z' }, 'TIME_OVER'],
  [
    'every arm paused',
    { arms: arms(120, [{ isPaused: true }, { isPaused: true }, { complaints: 9 }]) },
    'ALL_PAUSED',
  ],
])('%s', (_name, change, ending) => {
  expect(ask(change).ending).toBe(ending);
});

test.each([
  ['3 complaints of 150 are exactly 2 %', { complaints: 3 }, 150, null],
  ['4 are more', { complaints: 4 }, 150, 'COMPLAINTS'],
  ['2 of 50 are chance', { complaints: 2 }, 50, null],
  ['3 of 10 speak for themselves', { complaints: 3 }, 10, 'COMPLAINTS'],
  ['2 refunds of 40 are exactly 5 %', { refunds: 2 }, 200, null],
  ['3 are more', { refunds: 3 }, 200, 'REFUNDS'],
  ['2 refunds of 10 are chance', { refunds: 2 }, 50, null],
])('guardrail: %s', (_name, change, offers, reason) => {
  const output = ask({ arms: [...arms(150).slice(0, 2), arm('C', 700_000, offers, 0.2, change)] });
  expect(output.arms[2]?.pausedReason).toBe(reason);
  expect(output.arms[2]?.weight === 0).toBe(reason !== null);
  expect(sum(weights(output))).toBeCloseTo(1, 12);
});

test('guardrail: a price below 1.3 times the cost floor is paused with the first offer', () => {
  const paused = (costFloor: number) =>
    ask({ costFloor, arms: arms(1) }).arms.map(({ pausedReason }) => pausedReason);
  expect(paused(230_000)).toEqual([null, null, null]);
  expect(paused(231_000)).toEqual(['MARGIN', null, null]);
  expect(paused(600_000)).toEqual(['MARGIN', 'MARGIN', 'MARGIN']);
});

test('what a paused arm had is shared out, even while nothing else may move', () => {
  const output = ask({ isDue: false, arms: arms(150, [{}, {}, { complaints: 9 }]) });
  expect(weights(output)).toEqual([0.5, 0.5, 0]);
  expect(output.message).toMatch(/^Arm C is paused: 9 complaints about 150 offers/);
});

test('refunds and cost count against an arm', () => {
  const dear = ask({ arms: arms(1_000, [{}, {}, { refunds: 10, meanCost: 100_000 }]) });
  expect(dear.arms[2]?.earning).toBeCloseTo(0.2 * (700_000 * 0.95 - 100_000), 6);
});

test('a sampling failure leaves the last good weights', () => {
  const broken = arms(1_000, [{}, {}, { recentConversions: Number.NaN, weight: 0.4 }]);
  const output = compute(reweightFormula, facts({ arms: broken })).output;
  expect(weights(output)).toEqual(broken.map(({ weight }) => weight));
});
