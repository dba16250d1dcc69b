import { compute } from '../../control/decisions/index.ts';
import { ValidationError } from '../../kernel/errors.ts';
import { bucket } from '../../kernel/murmur.ts';
import type { Reason } from '../../kernel/reason.ts';
import { wilson95 } from '../../kernel/stats.ts';
import { costFloorOf, evidenceOf, holdoutOf } from './evidence.ts';
import { controlOf, type PriceArm, type PriceExperiment } from './experiment.ts';
import type { ExperimentFacts } from './facts.ts';
import { DRAWS } from './posterior.ts';
import { condensed, type PromotionAnswer, promotionFormula } from './promotion.ts';
import { type ArmEvidence, earningOf, reweightFormula } from './reweight.ts';

/** An arm with what it has seen. Amounts in minor units of the experiment's currency. */
export interface ArmView extends PriceArm {
  readonly currency: string;
  /** Settled offers, and those that were accepted, refunded, complained about. */
  readonly offers: number;
  readonly conversions: number;
  readonly refunds: number;
  readonly complaints: number;
  /** 0..1; null without offers. */
  readonly conversionRate: number | null;
  /** Wilson 95 %. */
  readonly conversionInterval: readonly [number, number] | null;
  /** Price × conversions per settled offer. */
  readonly revenuePerOffer: bigint | null;
  /** The same less refunds and cost: what the experiment maximises. */
  readonly earningPerOffer: bigint | null;
  /** Probability that it earns most; null when paused. */
  readonly pBest: number | null;
}

/** What an experiment shows at an instant. */
export interface ExperimentView {
  readonly arms: readonly ArmView[];
  /** Customers who always get the control price; not an arm. */
  readonly holdout: ArmView;
  /** What the arms earned per offer against the holdout, −1..; null until both have offers. */
  readonly lift: number | null;
}

/**
 * An experiment with what its arms have seen. Odds are drawn while it runs (the same facts, instant and seed give the
 * same); afterwards only the winner's are known, as they were at the end.
 */
export function viewOf(experiment: PriceExperiment, facts: ExperimentFacts, now: Date): ExperimentView {
  const evidence = evidenceOf(experiment, facts.days, now);
  const odds = oddsNow(experiment, evidence, facts, now);
  const arms = experiment.arms.map((arm, i) =>
    armView(arm, evidence[i] as ArmEvidence, experiment.currency, odds[arm.key] ?? null),
  );
  const apart = holdoutOf(experiment, facts.days, now);
  const control = { ...controlOf(experiment), key: apart.key, weight: experiment.holdout };
  return {
    arms,
    holdout: armView(control, apart, experiment.currency, null),
    lift: liftOf(evidence, apart),
  };
}

function oddsNow(
  experiment: PriceExperiment,
  arms: ArmEvidence[],
  { days }: ExperimentFacts,
  now: Date,
): Record<string, number | null> {
  const { id: experimentId, currency, startedAt, seed, winner, pBest, status } = experiment;
  if (status !== 'RUNNING') return winner === null ? {} : { [winner]: pBest };
  const costFloor = costFloorOf(experiment, days, now);
  const { output } = reweightFormula.compute({
    ...{ experimentId, currency, now, startedAt, endsAt: null, budgetOffers: null },
    ...{ seed, draws: DRAWS, isDue: true, costFloor, arms },
  });
  return Object.fromEntries(output.arms.map((arm) => [arm.key, arm.pBest]));
}

function armView(arm: PriceArm, seen: ArmEvidence, currency: string, pBest: number | null): ArmView {
  const { offers, conversions, refunds, complaints } = seen;
  const rate = offers > 0 ? conversions / offers : null;
  const per = (earning: number): bigint | null => (rate === null ? null : BigInt(Math.round(rate * earning)));
  return {
    ...arm,
    ...{ currency, offers, conversions, refunds, complaints, conversionRate: rate, pBest },
    conversionInterval: offers > 0 ? wilson95(conversions, offers) : null,
    revenuePerOffer: per(Number(arm.priceMinor)),
    earningPerOffer: per(earningOf(seen)),
  };
}

function liftOf(arms: readonly ArmEvidence[], holdout: ArmEvidence): number | null {
  const earned = (some: readonly ArmEvidence[]): number =>
    some.reduce((sum, arm) => sum + arm.conversions * earningOf(arm), 0);
  const offers = arms.reduce((sum, arm) => sum + arm.offers, 0);
  if (offers === 0 || holdout.offers === 0) return null;
  const base = earned([holdout]) / holdout.offers;
  return base > 0 ? earned(arms) / offers / base - 1 : null;
}

export interface PolicyCheck extends PromotionAnswer {
  readonly currency: string;
  readonly reasons: readonly Reason[];
}

/**
 * What a policy (weights by arm, any positive scale) would have earned, against always the control price (spec d.5).
 * Throws ValidationError for an unknown arm or weights without sense.
 */
export function checkPolicy(
  experiment: PriceExperiment,
  { groups }: ExperimentFacts,
  weights: readonly { readonly arm: string; readonly weight: number }[],
): PolicyCheck {
  const keys = new Set(experiment.arms.map(({ key }) => key));
  for (const [i, { arm, weight }] of weights.entries()) {
    if (!keys.has(arm))
      throw new ValidationError(`weights.${i}.arm`, `The arms are ${[...keys].join(', ')}, not "${arm}".`);
    if (!(weight >= 0 && weight <= 1e6))
      throw new ValidationError(`weights.${i}.weight`, 'A weight is zero or more.');
  }
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  if (!(total > 0)) throw new ValidationError('weights', 'At least one arm has a weight above zero.');
  const candidate: Record<string, number> = {};
  for (const { arm, weight } of weights) candidate[arm] = (candidate[arm] ?? 0) + weight / total;
  const { output, reasons } = compute(promotionFormula, {
    ...{ experimentId: experiment.id, currency: experiment.currency, candidate },
    ...{
      current: { [controlOf(experiment).key]: 1 },
      groups: condensed(
        groups.filter((g) => g.experimentId === experiment.id),
        keys,
      ),
    },
    seed: bucket(`${experiment.seed}:check`, 2 ** 31),
  });
  return { ...output, currency: experiment.currency, reasons };
}
