import { addMs, DAY_MS } from '../../kernel/time.ts';
import { controlOf, type PriceExperiment } from './experiment.ts';
import type { ArmDayFact } from './facts.ts';
import { HOLDOUT_ARM } from './facts.ts';
import { type ArmEvidence, daysBetween, discount } from './reweight.ts';

const FLOOR_DAYS = 14;

/** Sums of an arm's days. */
function sumsOf(days: readonly ArmDayFact[], now: Date) {
  const sum = (of: (day: ArmDayFact) => number): number => days.reduce((total, day) => total + of(day), 0);
  const offers = sum((day) => day.offers);
  const age = (day: ArmDayFact): number => discount(daysBetween(day.day, now));
  return {
    offers,
    conversions: sum((day) => day.conversions),
    refunds: sum((day) => day.refunds),
    complaints: sum((day) => day.complaints),
    meanCost: offers > 0 ? sum((day) => Number(day.costMinor)) / offers : 0,
    recentOffers: sum((day) => day.offers * age(day)),
    recentConversions: sum((day) => day.conversions * age(day)),
  };
}

/** What each arm of an experiment has seen, from its days. */
export function evidenceOf(
  experiment: PriceExperiment,
  days: readonly ArmDayFact[],
  now: Date,
): ArmEvidence[] {
  const own = days.filter(({ experimentId }) => experimentId === experiment.id);
  return experiment.arms.map(({ key, priceMinor, isControl, status, weight }) => ({
    ...{ key, priceMinor: String(priceMinor), isControl, isPaused: status === 'PAUSED', weight },
    ...sumsOf(
      own.filter(({ arm }) => arm === key),
      now,
    ),
  }));
}

/** What the holdout has seen: customers who always get the control price. */
export function holdoutOf(experiment: PriceExperiment, days: readonly ArmDayFact[], now: Date): ArmEvidence {
  const { priceMinor } = controlOf(experiment);
  const own = days.filter(({ experimentId, arm }) => experimentId === experiment.id && arm === HOLDOUT_ARM);
  return {
    ...{ key: HOLDOUT_ARM, priceMinor: String(priceMinor), isControl: true, isPaused: false },
    ...{ weight: experiment.holdout, ...sumsOf(own, now) },
  };
}

/** Mean estimated delivery cost of an offer over all arms in the last 14 days, minor units; 0 without offers. */
export function costFloorOf(experiment: PriceExperiment, days: readonly ArmDayFact[], now: Date): number {
  const since = addMs(now, -FLOOR_DAYS * DAY_MS);
  const recent = days.filter(({ experimentId, day }) => experimentId === experiment.id && day >= since);
  const offers = recent.reduce((sum, day) => sum + day.offers, 0);
  return offers > 0 ? Number(recent.reduce((sum, day) => sum + day.costMinor, 0n)) / offers : 0;
}
