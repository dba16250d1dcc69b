import { type Random, seeded } from '../../kernel/random.ts';
import { quantileType7 } from '../../kernel/stats.ts';
import type { PropensityGroup } from './facts.ts';

/** Importance weights above this are cut, so that one unlikely offer cannot decide. Spec d.5. */
const CLIP = 20;
export const REPLICATES = 1_000;

/** Offers of one kind as the estimate reads them. */
export type LoggedGroup = Pick<PropensityGroup, 'arm' | 'propensity' | 'offers'> & {
  /** Minor units. */
  readonly rewardMinor: bigint | string | number;
};

/** What a policy would have earned per offer, estimated from what was logged under another. */
export interface Estimate {
  /** mean(w·r), minor units; null without usable offers. */
  readonly ips: number | null;
  /** Σwr / Σw, minor units; null when the policy never does what was done. */
  readonly snips: number | null;
  /** (Σw)² / Σw²: how many offers of its own the policy's evidence is worth. */
  readonly ess: number;
  /** Bootstrap bounds of snips: with 95 % confidence it is at least `lower`, and at most `upper`. */
  readonly lower: number | null;
  readonly upper: number | null;
  readonly offers: number;
  /** Offers without a propensity, which cannot be used. */
  readonly unusable: number;
}

interface Weighted {
  n: number;
  w: number;
  /** Mean reward. */
  r: number;
}

/**
 * Estimates a policy (probability by arm) from logged offers (spec d.5). The bootstrap draws how often each group
 * occurs from a Poisson distribution: the usual resampling of single offers when a group's offers earn the same.
 */
export function estimate(
  groups: readonly LoggedGroup[],
  policy: Record<string, number>,
  seed: number,
): Estimate {
  const usable = groups.filter(({ propensity, offers }) => propensity !== null && offers > 0);
  const count = (some: readonly LoggedGroup[]): number => some.reduce((sum, { offers }) => sum + offers, 0);
  const weighted = usable.map(({ arm, propensity, offers: n, rewardMinor }) => ({
    n,
    w: Math.min(CLIP, (policy[arm] ?? 0) / (propensity as number)),
    r: Number(rewardMinor) / n,
  }));
  const total = (of: (g: Weighted) => number): number => weighted.reduce((sum, g) => sum + of(g), 0);
  const offers = count(usable);
  const [sumW, sumW2, sumWR] = [
    total((g) => g.n * g.w),
    total((g) => g.n * g.w * g.w),
    total((g) => g.n * g.w * g.r),
  ];
  const [lower, upper] = sumW > 0 ? bounds(weighted, seed) : [null, null];
  return {
    ips: offers > 0 ? sumWR / offers : null,
    snips: sumW > 0 ? sumWR / sumW : null,
    // Without the crumbs of binary fractions: 200 equal offers are worth 200, which is enough.
    ess: sumW2 > 0 ? Math.round(((sumW * sumW) / sumW2) * 1e6) / 1e6 : 0,
    ...{ lower, upper, offers, unusable: count(groups) - offers },
  };
}

function bounds(groups: readonly Weighted[], seed: number): [number | null, number | null] {
  const random = seeded(seed);
  const matching = groups.filter(({ w }) => w > 0);
  const means: number[] = [];
  for (let i = 0; i < REPLICATES; i++) {
    let [earned, weight] = [0, 0];
    for (const { n, w, r } of matching) {
      const times = poisson(n, random) * w;
      earned += times * r;
      weight += times;
    }
    if (weight > 0) means.push(earned / weight);
  }
  return [quantileType7(means, 0.05), quantileType7(means, 0.95)];
}

/** A Poisson draw; above 50 its normal approximation is off by less than a percent of a deviation. */
function poisson(mean: number, random: Random): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count++;
  return count;
}
