/** Which price earns most per offer (spec d.4). */
export interface PriceExperiment {
  readonly id: string;
  readonly actionType: string;
  readonly status: ExperimentStatus;
  readonly currency: string;
  /** Counts reweightings. */
  readonly weightsVersion: number;
  readonly seed: number;
  /** Share of customers who always get the control price, 0..0.5. */
  readonly holdout: number;
  /** Settled offers after which it ends; null: no budget. */
  readonly budgetOffers: number | null;
  readonly endsAt: Date | null;
  readonly message: string | null;
  /** Arm that earned most, once it has ended. */
  readonly winner: string | null;
  readonly pBest: number | null;
  readonly startedAt: Date;
  readonly reweightedAt: Date | null;
  readonly endedAt: Date | null;
  readonly version: number;
  /** By key. */
  readonly arms: readonly PriceArm[];
}

export const EXPERIMENT_STATUSES = ['RUNNING', 'STOPPED', 'COMPLETED'] as const;
export type ExperimentStatus = (typeof EXPERIMENT_STATUSES)[number];

export interface PriceArm {
  /** A, B, C…: lowest price first. */
  readonly key: string;
  /** Minor units of the experiment's currency. */
  readonly priceMinor: bigint;
  readonly isControl: boolean;
  /** Probability that a new customer gets it, in steps of 0.005; 0 when paused. */
  readonly weight: number;
  readonly status: 'ACTIVE' | 'PAUSED';
  readonly pausedReason: string | null;
}

export const controlOf = (experiment: Pick<PriceExperiment, 'arms'>): PriceArm =>
  experiment.arms.find(({ isControl }) => isControl) as PriceArm;

/** The same weight for every arm but the paused ones. */
export function equalWeights(active: number): number[] {
  return Array.from({ length: active }, () => 1 / active);
}
