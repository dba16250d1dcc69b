import { updateSettings } from '../../src/control/tenancy/index.ts';
import {
  type ArmDayFact,
  type LearnFacts,
  type LearnResult,
  learn,
  type OfferFact,
  type OutcomeFact,
  type PriceExperiment,
  type PropensityGroup,
  patternKey,
} from '../../src/growth/learning/index.ts';
import { addMs, DAY_MS, HOUR_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';

export const ACTION = 'rare_drone_drop_bundle';
export const T0 = new Date('2026-11-20T12:00:00Z');
export const hour = (n: number): Date => addMs(T0, n * HOUR_MS);
export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** `conversions` of `n` settled offers, made one hour before `at`. */
export const offers = (n: number, conversions: number, at: Date = T0): OfferFact[] =>
  Array.from({ length: n }, (_, i) => ({
    ...{ offerId: uuid(i), customerId: uuid(1_000 + i), arm: null, experimentId: null, propensity: null },
    ...{ priceMinor: 500_000n, costMinor: 60_000n, currency: 'INR', offeredAt: addMs(at, -HOUR_MS) },
    ...{
      isConverted: i < conversions,
      isRefunded: false,
      isComplaint: false,
      realizedMinor: 0n,
      isSettled: true,
    },
  }));

/** One round of learning with these facts. */
export function round(scope: Scope, facts: Partial<LearnFacts> = {}): Promise<LearnResult> {
  return scope.db.tx((tx) =>
    learn(scope, tx, { actionType: ACTION, recent: [], days: [], groups: [], ...facts }),
  );
}

export const outcome = (n: number, more: Partial<OutcomeFact> = {}): OutcomeFact => ({
  ...{
    actionId: uuid(n),
    kind: 'RESULT',
    patternKey: patternKey(ACTION, 'eu_central', 'OFFER'),
    offeredAt: T0,
  },
  ...{ customerId: uuid(1_000 + n), currency: 'INR', expectedMinor: 500_000n, names: ['Old silver coin'] },
  ...{ categories: ['coins'], isConverted: true, realizedMinor: 500_000n, rating: 5, sentiment: null },
  ...{ isComplaint: false, occurredAt: hour(1), ...more },
});

/** What the arms of an experiment have seen on the day before `at`. */
export function seen(
  experiment: PriceExperiment,
  at: Date,
  arms: Record<string, Partial<ArmDayFact> & { offers: number; conversions: number; earning: bigint }>,
): { days: ArmDayFact[]; groups: PropensityGroup[] } {
  const experimentId = experiment.id;
  const day = new Date(Math.floor((at.getTime() - DAY_MS) / DAY_MS) * DAY_MS);
  const entries = Object.entries(arms);
  return {
    days: entries.map(([arm, { earning: _, ...facts }]) => ({
      ...{ experimentId, arm, day, refunds: 0, complaints: 0, costMinor: 0n },
      ...facts,
    })),
    groups: entries.flatMap(([arm, { offers: n, conversions, earning }]) => [
      ...[
        {
          experimentId,
          arm,
          propensity: 0.335,
          isConverted: true,
          offers: conversions,
          rewardMinor: earning * BigInt(conversions),
        },
      ],
      ...[
        {
          experimentId,
          arm,
          propensity: 0.335,
          isConverted: false,
          offers: n - conversions,
          rewardMinor: 0n,
        },
      ],
    ]),
  };
}

export const settings = (scope: Scope, change: Parameters<typeof updateSettings>[1]) =>
  updateSettings(scope, change);
