import { bucket } from '../../kernel/murmur.ts';
import type { PriceArm, PriceExperiment } from './experiment.ts';
import { HOLDOUT_ARM } from './facts.ts';

const BUCKETS = 10_000;

export interface Draw {
  readonly arm: string;
  /** The probability with which a customer of this group got this arm; 1 in the holdout. */
  readonly propensity: number;
  readonly isHoldout: boolean;
}

/**
 * The arm that a customer new to the experiment gets: murmur3(experiment:customer) mod 10,000 against the weights, lowest
 * price first. Who is in the holdout is drawn from another hash. Null when every arm is paused. Spec d.4.
 */
export function drawArm(
  experiment: Pick<PriceExperiment, 'id' | 'holdout'> & { arms: readonly Pick<PriceArm, 'key' | 'weight'>[] },
  customerId: string,
): Draw | null {
  const { id, holdout, arms } = experiment;
  if (bucket(`${id}:holdout:${customerId}`, BUCKETS) < Math.round(holdout * BUCKETS)) {
    return { arm: HOLDOUT_ARM, propensity: 1, isHoldout: true };
  }
  const place = bucket(`${id}:${customerId}`, BUCKETS);
  let upTo = 0;
  for (const { key, weight } of arms) {
    upTo += Math.round(weight * BUCKETS);
    if (place < upTo) return { arm: key, propensity: weight, isHoldout: false };
  }
  return null;
}
