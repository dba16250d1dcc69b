import { bucket } from '../../kernel/murmur.ts';
import { type Random, seeded } from '../../kernel/random.ts';

/** Draws indexes by weight in O(log n); `upTo` limits the draw to the first so many. */
export type Sampler = (random: Random, upTo?: number) => number;

/** A sampler over fixed weights (≥ 0, the first > 0). */
export function sampler(weights: readonly number[]): Sampler {
  let sum = 0;
  const sums = weights.map((weight) => {
    sum += weight;
    return sum;
  });
  return (random, upTo = sums.length) => {
    const x = random.next() * (sums[upTo - 1] as number);
    return leading(upTo - 1, (index) => (sums[index] as number) <= x);
  };
}

/** How many of the first `count` indexes hold, when those that do come first. O(log count). */
export function leading(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A stream of randomness of its own for one purpose, so that a change in one leaves the others alone. */
export function stream(seed: number, purpose: string): Random {
  return seeded(bucket(`${seed}:${purpose}`, 2 ** 32));
}

/** How many events happen when `mean` are expected (Poisson, Knuth's method: meant for small means). */
export function poisson(random: Random, mean: number): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}

/** The list in random order (Fisher and Yates), a copy. */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.int(0, i);
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
