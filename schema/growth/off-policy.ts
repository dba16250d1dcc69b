import {
  checkPolicy,
  type Estimate,
  experimentsById,
  type PolicyCheck,
  type PROMOTION_VERDICTS,
} from '../../src/growth/learning/index.ts';
import { NotFoundError } from '../../src/kernel/errors.ts';
import { money } from '../../src/kernel/money.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';
import { ReasonType } from '../reasons.ts';
import { factsOf } from './price-arms.ts';
import { PriceExperimentType } from './price-experiments.ts';

const VerdictEnum = builder.enumType('OffPolicyVerdict', {
  description: 'Whether a policy may go live (spec d.5).',
  values: {
    PROMOTE: { description: 'Its evidence suffices, and it surely earns more.' },
    NO_EVIDENCE: { description: 'No logged offer shows what it, or the current policy, would have earned.' },
    ESS_TOO_SMALL: { description: 'Its evidence is worth fewer than 200 offers.' },
    NOT_BETTER: { description: 'It does not surely earn more than the current policy.' },
  } satisfies Record<(typeof PROMOTION_VERDICTS)[number], { description: string }>,
});

type Shown = Estimate & { currency: string };

const EstimateType = builder.objectRef<Shown>('PolicyEstimate').implement({
  description: 'What a policy would have earned per offer, from offers that were logged under another.',
  fields: (t) => {
    const amount = (of: (e: Shown) => number | null, description: string) =>
      t.field({
        type: MoneyType,
        nullable: true,
        description,
        resolve: (e) => {
          const minor = of(e);
          return minor === null ? null : money(BigInt(Math.round(minor)), e.currency);
        },
      });
    return {
      ips: amount((e) => e.ips, 'Inverse propensity score: mean of weight × reward; weights are cut at 20.'),
      snips: amount((e) => e.snips, 'The same, normalised by the weights: steadier.'),
      lower: amount((e) => e.lower, 'With 95 % confidence snips is at least this (seeded bootstrap).'),
      upper: amount((e) => e.upper, 'With 95 % confidence snips is at most this.'),
      ess: t.exposeFloat('ess', {
        description: 'Effective sample size: how many own offers the evidence is worth.',
      }),
      offers: t.exposeInt('offers', { description: 'Logged offers that could be used.' }),
      unusable: t.exposeInt('unusable', { description: 'Logged offers without a propensity: not used.' }),
    };
  },
});

const CheckType = builder.objectRef<PolicyCheck>('OffPolicyCheck').implement({
  description: 'What would have happened under another policy, and whether that is good enough to go live.',
  fields: (t) => ({
    verdict: t.field({
      type: VerdictEnum,
      description: 'Whether it may go live.',
      resolve: (c) => c.verdict,
    }),
    candidate: t.field({
      type: EstimateType,
      description: 'The policy asked about.',
      resolve: (c) => ({ ...c.candidate, currency: c.currency }),
    }),
    current: t.field({
      type: EstimateType,
      description: 'Always the control price.',
      resolve: (c) => ({ ...c.current, currency: c.currency }),
    }),
    reasons: t.field({ type: [ReasonType], description: 'Why, in words.', resolve: (c) => [...c.reasons] }),
  }),
});

const ArmWeightInput = builder.inputType('ArmWeightInput', {
  description: 'How often a policy gives an arm.',
  fields: (t) => ({
    arm: t.string({ required: true, description: 'PriceArm.key.' }),
    weight: t.float({ required: true, description: 'Zero or more; the weights are scaled to sum to 1.' }),
  }),
});

builder.queryField('offPolicyCheck', (t) =>
  t.field({
    type: CheckType,
    nullable: true,
    description:
      'A what-if: what would these weights have earned, judged by the logged propensities (spec d.5)? Arms left out get none.',
    args: {
      experimentId: t.arg.globalID({
        for: PriceExperimentType,
        required: true,
        description: 'PriceExperiment.id.',
      }),
      weights: t.arg({ type: [ArmWeightInput], required: true, description: 'The policy.' }),
    },
    resolve: async (_root, { experimentId, weights }, { scope }) => {
      const [experiment] = await experimentsById(scope, [experimentId.id]);
      if (!experiment) throw new NotFoundError('price experiment', experimentId.id);
      return checkPolicy(
        experiment,
        (await factsOf(scope, experiment.id)) ?? { days: [], groups: [] },
        weights,
      );
    },
  }),
);
