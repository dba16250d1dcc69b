import { type Random, seeded } from '../../kernel/random.ts';

/** What an arm is believed to earn: Beta(a, b) for its conversion, times what one conversion earns. */
export interface Belief {
  readonly key: string;
  /** 1 + conversions. */
  readonly a: number;
  /** 1 + offers that did not convert. */
  readonly b: number;
  /** Price less refunds and cost, minor units. */
  readonly earning: number;
}

export interface ArmOdds {
  readonly key: string;
  /** Share of draws in which it earned most, 0..1. */
  readonly pBest: number;
  /** Share of draws in which it came second. */
  readonly pSecond: number;
}

export const DRAWS = 10_000;
/** Least probability of an active arm. Spec d.4. */
export const FLOOR = 0.01;
/**
 * How much of the traffic follows the leader; the rest follows whoever comes second. At 0.5 (the textbook value for
 * finding the best arm soonest) half of the customers would never see the best price; see bench/learning.bench.ts.
 */
export const LEADER_SHARE = 0.9;

/** Gamma(shape ≥ 1, 1) by Marsaglia and Tsang (2000). */
function gamma(shape: number, random: Random): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    const u = 1 - random.next();
    if (u < 1 - 0.0331 * x ** 4 || Math.log(u) < 0.5 * x * x + d * (1 - v + Math.log(v))) return d * v;
  }
}

/** One draw of Beta(a, b), both ≥ 1. */
export function drawBeta(a: number, b: number, random: Random): number {
  const x = gamma(a, random);
  return x / (x + gamma(b, random));
}

/** How often each arm earns most and second most in 10,000 seeded draws. Same seed and beliefs, same answer. */
export function oddsOf(beliefs: readonly Belief[], seed: number, draws: number): ArmOdds[] {
  const random = seeded(seed);
  const best = new Array<number>(beliefs.length).fill(0);
  const second = new Array<number>(beliefs.length).fill(0);
  for (let i = 0; i < draws; i++) {
    let [first, next] = [-1, -1];
    let [firstValue, nextValue] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const [arm, { a, b, earning }] of beliefs.entries()) {
      const value = drawBeta(a, b, random) * earning;
      if (value > firstValue) {
        [next, nextValue, first, firstValue] = [first, firstValue, arm, value];
      } else if (value > nextValue) [next, nextValue] = [arm, value];
    }
    if (first >= 0) best[first] = (best[first] as number) + 1;
    if (next >= 0) second[next] = (second[next] as number) + 1;
  }
  return beliefs.map(({ key }, arm) => ({
    key,
    pBest: (best[arm] as number) / draws,
    pSecond: (second[arm] as number) / draws,
  }));
}

/** Top-two weights before the floor; they sum to 1. A lone arm gets everything. */
export function topTwoWeights(odds: readonly ArmOdds[], leaderShare = LEADER_SHARE): number[] {
  if (odds.length === 1) return [1];
  return odds.map(({ pBest, pSecond }) => leaderShare * pBest + (1 - leaderShare) * pSecond);
}

/** `p_i = f + (1 − K·f)·w_i`: nobody falls below the floor, the sum stays 1. Spec d.4. */
export const withFloor = (weights: readonly number[], floor = FLOOR): number[] =>
  weights.map((weight) => floor + (1 - weights.length * floor) * weight);

/** Weights come in steps of half a percent, so that the propensity log has few distinct values. */
const STEPS = 200;

/** The nearest weights in steps of 0.005 that sum to 1 (largest remainder, ties to the first), none below the floor. */
export function inSteps(weights: readonly number[]): number[] {
  const exact = weights.map((weight) => weight * STEPS);
  const steps = exact.map((step) => Math.floor(step + 1e-9));
  const order = exact
    .map((step, index) => ({ index, rest: step - (steps[index] as number) }))
    .sort((a, b) => b.rest - a.rest || a.index - b.index);
  const left = STEPS - steps.reduce((sum, step) => sum + step, 0);
  for (const { index } of order.slice(0, left)) steps[index] = (steps[index] as number) + 1;
  return steps.map((step) => step / STEPS);
}
