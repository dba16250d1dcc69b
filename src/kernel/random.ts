import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of reproducible randomness: the same seed gives the same stream on every machine. */
export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer, both ends included. */
  int(from: number, to: number): number;
  /** One element, uniformly. Throws RangeError when there is none. */
  pick<T>(items: readonly T[]): T;
  /** Standard normal: mean 0, deviation 1. */
  normal(): number;
  /** An index with probability proportional to its weight (≥ 0). Throws RangeError when all are zero. */
  weighted(weights: readonly number[]): number;
}

/** A fresh stream for `seed` (its low 32 bits count); store the seed with the decision (spec 0.6). */
export function seeded(seed: number): Random {
  const rng = xoroshiro128plus(seed | 0);
  const next = (): number => uniformFloat64(rng);
  const int = (from: number, to: number): number => uniformInt(rng, from, to);
  return {
    next,
    int,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('Cannot pick from an empty list.');
      return items[int(0, items.length - 1)] as (typeof items)[number];
    },
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    weighted: (weights) => weightedIndex(weights, next()),
  };
}

function weightedIndex(weights: readonly number[], unit: number): number {
  const total = weights.reduce((sum, w) => sum + w, 0);
  if (!(total > 0)) throw new RangeError('At least one weight must be greater than zero.');
  let left = unit * total;
  let last = 0;
  for (const [index, weight] of weights.entries()) {
    if (weight <= 0) continue;
    last = index;
    left -= weight;
    if (left < 0) return index;
  }
  return last; // rounding may leave a crumb after the last positive weight
}
