import jstat from 'jstat';
import { expect, test } from 'vitest';
import { seeded } from '../../kernel/random.ts';
import { DRAWS, oddsOf as draw, drawBeta, inSteps, topTwoWeights, withFloor } from './posterior.ts';

const oddsOf = (beliefs: Parameters<typeof draw>[0], seed: number) => draw(beliefs, seed, DRAWS);
const belief = (key: string, conversions: number, offers: number, earning: number) => ({
  ...{ key, a: 1 + conversions, b: 1 + offers - conversions, earning },
});
const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);

// Spec d.4, acceptance.
test.each([1, 2, 3])('P(15 of 100 beats 10 of 100) with uniform priors is 0.8533 (seed %i)', (seed) => {
  const [b] = oddsOf([belief('B', 15, 100, 1), belief('A', 10, 100, 1)], seed);
  expect(Math.abs((b?.pBest ?? 0) - 0.8533)).toBeLessThan(0.01);
});

test('25, 35 and 20 % at 5k, 3k and 7k: the dearest earns most although it converts least', () => {
  const odds = oddsOf(
    [belief('3k', 350, 1000, 300_000), belief('5k', 250, 1000, 500_000), belief('7k', 200, 1000, 700_000)],
    7,
  );
  expect(odds[2]?.pBest).toBeGreaterThan(0.9);
  expect(odds.toSorted((a, b) => b.pBest - a.pBest).map(({ key }) => key)).toEqual(['7k', '5k', '3k']);
});

test('the same seed draws the same, another seed does not', () => {
  const beliefs = [belief('A', 10, 100, 1), belief('B', 12, 100, 1)];
  expect(oddsOf(beliefs, 5)).toEqual(oddsOf(beliefs, 5));
  expect(oddsOf(beliefs, 5)).not.toEqual(oddsOf(beliefs, 6));
});

test.each([
  [1, 1],
  [3, 7],
  [16, 86],
  [250, 751],
])('draws of Beta(%i, %i) have its distribution', (a, b) => {
  const random = seeded(11);
  const draws = Array.from({ length: 20_000 }, () => drawBeta(a, b, random));
  for (const p of [0.025, 0.25, 0.5, 0.75, 0.975]) {
    const quantile = jstat.beta.inv(p, a, b);
    const below = draws.filter((draw) => draw < quantile).length / draws.length;
    expect(Math.abs(below - p)).toBeLessThan(0.011); // > 3 standard errors
  }
});

test('weights: the leader first, nobody below the floor, the sum is 1', () => {
  const odds = oddsOf([belief('A', 5, 200, 1), belief('B', 60, 200, 1), belief('C', 10, 200, 1)], 3);
  const weights = withFloor(topTwoWeights(odds));
  expect(sum(weights)).toBeCloseTo(1, 12);
  expect(Math.min(...weights)).toBeGreaterThanOrEqual(0.01);
  expect(weights[1]).toBeCloseTo(0.01 + 0.97 * 0.9, 2);
  expect(withFloor([0.7, 0.3, 0])).toEqual([0.01 + 0.97 * 0.7, 0.01 + 0.97 * 0.3, 0.01]);
  expect(topTwoWeights(oddsOf([belief('A', 0, 0, 1)], 1))).toEqual([1]);
});

test('steps of half a percent keep the sum and the floor', () => {
  expect(inSteps([1 / 3, 1 / 3, 1 / 3])).toEqual([0.335, 0.335, 0.33]);
  expect(inSteps([0.5, 0.5])).toEqual([0.5, 0.5]);
  for (const weights of [
    withFloor([1, 0, 0, 0, 0]),
    withFloor([0.123, 0.456, 0.421]),
    withFloor([0.9995, 0.0005]),
  ]) {
    const stepped = inSteps(weights);
    expect(sum(stepped)).toBeCloseTo(1, 12);
    expect(Math.min(...stepped)).toBeGreaterThanOrEqual(0.01);
    for (const [i, weight] of stepped.entries())
      expect(Math.abs(weight - (weights[i] as number))).toBeLessThan(0.005);
  }
});
