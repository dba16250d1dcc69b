import { createLoader } from '../../src/commerce/ingest/index.ts';
import { experimentFacts } from '../../src/delivery/feedback/index.ts';
import {
  type ArmView,
  type ExperimentFacts,
  type ExperimentView,
  type PriceExperiment,
  viewOf,
} from '../../src/growth/learning/index.ts';
import { money } from '../../src/kernel/money.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { MoneyType } from '../money.ts';

/** What experiments have seen; all that one answer asks for is read in one statement. */
export const factsOf = createLoader<ExperimentFacts>(async (scope, ids) => {
  const { days, groups } = await experimentFacts(scope.db, scope.tenantId, ids);
  const mine = <T extends { experimentId: string }>(rows: readonly T[], id: string): T[] =>
    rows.filter(({ experimentId }) => experimentId === id);
  return new Map(ids.map((id) => [id, { days: mine(days, id), groups: mine(groups, id) }]));
});

const views = new WeakMap<PriceExperiment, Promise<ExperimentView>>();

/** Computed once per experiment of an answer, however many of its fields are asked for. */
export function viewFor(
  experiment: PriceExperiment,
  { scope }: Pick<Context, 'scope'>,
): Promise<ExperimentView> {
  const known = views.get(experiment);
  if (known) return known;
  const made = factsOf(scope, experiment.id).then((facts) =>
    viewOf(experiment, facts ?? { days: [], groups: [] }, scope.now),
  );
  views.set(experiment, made);
  return made;
}

const ArmStatusEnum = builder.enumType('PriceArmStatus', {
  description: 'Whether an arm gets customers.',
  values: {
    ACTIVE: { description: 'It does.' },
    PAUSED: { description: 'A guardrail stopped it; its customers get the control price.' },
  },
});

const perOffer = (arm: ArmView, minor: bigint | null) => (minor === null ? null : money(minor, arm.currency));

export const PriceArmType = builder.objectRef<ArmView>('PriceArm').implement({
  description: 'One price of an experiment with what it has seen. Only offers with a known answer count.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'A, B, C…, lowest price first; HOLDOUT for the holdout.' }),
    price: t.field({
      type: MoneyType,
      description: 'The price.',
      resolve: (a) => money(a.priceMinor, a.currency),
    }),
    isControl: t.exposeBoolean('isControl', { description: 'The price that was in force at the start.' }),
    weight: t.exposeFloat('weight', { description: 'Probability that a new customer gets it, 0–1.' }),
    status: t.field({
      type: ArmStatusEnum,
      description: 'Whether it gets customers.',
      resolve: (a) => a.status,
    }),
    pausedReason: t.exposeString('pausedReason', {
      nullable: true,
      description: 'COMPLAINTS (> 2 %), REFUNDS (> 5 %) or MARGIN (below 1.3 × cost).',
    }),
    offers: t.exposeInt('offers', { description: 'Offers accepted, declined or expired.' }),
    conversions: t.exposeInt('conversions', { description: 'Of these, accepted.' }),
    refunds: t.exposeInt('refunds', { description: 'Of these, refunded.' }),
    complaints: t.exposeInt('complaints', { description: 'Offers somebody complained about.' }),
    conversionRate: t.exposeFloat('conversionRate', { nullable: true, description: 'conversions / offers.' }),
    conversionLow: t.float({
      nullable: true,
      description: 'Lower end of its Wilson 95 % interval.',
      resolve: (arm) => arm.conversionInterval?.[0] ?? null,
    }),
    conversionHigh: t.float({
      nullable: true,
      description: 'Upper end of its Wilson 95 % interval.',
      resolve: (arm) => arm.conversionInterval?.[1] ?? null,
    }),
    revenuePerOffer: t.field({
      type: MoneyType,
      nullable: true,
      description: 'Price × conversion rate.',
      resolve: (arm) => perOffer(arm, arm.revenuePerOffer),
    }),
    earningPerOffer: t.field({
      type: MoneyType,
      nullable: true,
      description: 'The same less refunds and estimated delivery cost: what the experiment maximises.',
      resolve: (arm) => perOffer(arm, arm.earningPerOffer),
    }),
    pBest: t.exposeFloat('pBest', {
      nullable: true,
      description:
        'Probability that it earns most, from 10,000 seeded draws; after the end the winner’s only.',
    }),
  }),
});
