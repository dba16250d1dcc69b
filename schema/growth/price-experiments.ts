import {
  type EXPERIMENT_STATUSES,
  experimentsById,
  listExperiments,
  type PriceExperiment,
  startPriceExperiment,
  stopPriceExperiment,
} from '../../src/growth/learning/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { PriceArmType, viewFor } from './price-arms.ts';

export const ExperimentStatusEnum = builder.enumType('PriceExperimentStatus', {
  description: 'How a price experiment stands.',
  values: {
    RUNNING: { description: 'New customers get an arm.' },
    STOPPED: { description: 'Ended by a person, or because guardrails had paused every arm.' },
    COMPLETED: { description: 'Ended by its own rules: a best price, its budget or its time.' },
  } satisfies Record<(typeof EXPERIMENT_STATUSES)[number], { description: string }>,
});

export const PriceExperimentType = builder.objectRef<PriceExperiment>('PriceExperiment');

builder.node(PriceExperimentType, {
  description: 'Which price earns most per offer (spec d.4). At most one runs per action type.',
  id: { description: 'Global id.', resolve: (experiment) => experiment.id },
  loadMany: (ids: string[], { scope }) => experimentsById(scope, ids),
  fields: (t) => ({
    actionType: t.exposeString('actionType', { description: 'Whose price: rare_drone_drop_bundle.' }),
    status: t.field({ type: ExperimentStatusEnum, description: 'How it stands.', resolve: (e) => e.status }),
    currency: t.field({ type: 'Currency', description: 'Of every price.', resolve: (e) => e.currency }),
    message: t.exposeString('message', { nullable: true, description: 'Where it is, or why it ended.' }),
    winner: t.exposeString('winner', {
      nullable: true,
      description: 'Key of the arm that earned most at the end.',
    }),
    pBest: t.exposeFloat('pBest', {
      nullable: true,
      description: 'Probability that the leading arm earns most, at the last look.',
    }),
    weightsVersion: t.exposeInt('weightsVersion', {
      description: 'Counts reweightings; offers keep theirs.',
    }),
    seed: t.exposeInt('seed', { description: 'What every draw of it starts from.' }),
    holdoutShare: t.float({
      description: 'Share of customers who always get the control price, 0–0.5.',
      resolve: (experiment) => experiment.holdout,
    }),
    budgetOffers: t.exposeInt('budgetOffers', {
      nullable: true,
      description: 'Answered offers after which it ends; null: no budget.',
    }),
    arms: t.field({
      type: [PriceArmType],
      description: 'Its prices, lowest first.',
      resolve: async (experiment, _args, context) => [...(await viewFor(experiment, context)).arms],
    }),
    holdout: t.field({
      type: PriceArmType,
      description: 'The holdout with what it has seen.',
      resolve: async (experiment, _args, context) => (await viewFor(experiment, context)).holdout,
    }),
    lift: t.float({
      nullable: true,
      description: 'What all arms earned per offer against the holdout: 0.1 is 10 % more.',
      resolve: async (experiment, _args, context) => (await viewFor(experiment, context)).lift,
    }),
    startedAt: t.field({ type: 'DateTime', description: 'Start.', resolve: (e) => e.startedAt }),
    endsAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Latest end.',
      resolve: (e) => e.endsAt,
    }),
    reweightedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Last look at the weights.',
      resolve: (e) => e.reweightedAt,
    }),
    endedAt: t.field({ type: 'DateTime', nullable: true, description: 'End.', resolve: (e) => e.endedAt }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

const ExperimentFilterInput = builder.inputType('PriceExperimentFilter', {
  description: 'Which experiments; every given condition must hold.',
  fields: (t) => ({
    actionType: t.string({ description: 'Of this action type.' }),
    status: t.field({ type: [ExperimentStatusEnum], description: 'One of these.' }),
  }),
});

builder.queryFields((t) => ({
  priceExperiment: t.field({
    type: PriceExperimentType,
    nullable: true,
    description: 'One experiment; null when this tenant has none with this id.',
    args: {
      id: t.arg.globalID({ for: PriceExperimentType, required: true, description: 'PriceExperiment.id.' }),
    },
    resolve: async (_root, { id }, { scope }) => (await experimentsById(scope, [id.id]))[0] ?? null,
  }),
  priceExperiments: t.connection(
    {
      type: PriceExperimentType,
      description: 'Price experiments, newest first.',
      args: { filter: t.arg({ type: ExperimentFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listExperiments(scope, page, filter ?? {}),
    },
    { name: 'PriceExperimentConnection', description: 'A page of price experiments.' },
    { name: 'PriceExperimentEdge', description: 'One experiment of a page.' },
  ),
}));

const PriceInput = builder.inputType('PriceInput', {
  description: 'An exact amount.',
  fields: (t) => ({
    amountMinor: t.field({
      type: 'BigInt',
      required: true,
      description: 'Minor units: "500000" INR is ₹5,000.00.',
    }),
    currency: t.field({ type: 'Currency', required: true, description: 'ISO 4217 code.' }),
  }),
});

export { PriceInput };

const StartInput = builder.inputType('StartPriceExperimentInput', {
  description: 'A new price experiment.',
  fields: (t) => ({
    actionType: t.string({ defaultValue: 'rare_drone_drop_bundle', description: 'Whose price.' }),
    prices: t.field({
      type: [PriceInput],
      description:
        '2 to 5 different prices in the bundle’s currency, 0.2 to 5 times the price in force, which is one of them: the control. Default: 0.6, 1 and 1.4 times that price.',
    }),
    holdoutShare: t.float({
      description: 'Share of customers who keep the control price, 0–0.5. Default 0.1.',
    }),
    budgetOffers: t.int({ description: 'Answered offers after which it ends; at least 100 per price.' }),
    endsAt: t.field({ type: 'DateTime', description: 'Latest end, at most 180 days away.' }),
  }),
});

const StopInput = builder.inputType('StopPriceExperimentInput', {
  description: 'Which experiment, and why.',
  fields: (t) => ({
    id: t.globalID({ for: PriceExperimentType, required: true, description: 'PriceExperiment.id.' }),
    reason: t.string({ description: 'For people, up to 500 characters.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const ExperimentPayload = builder
  .objectRef<{ experiment: PriceExperiment }>('PriceExperimentPayload')
  .implement({
    description: 'The changed experiment.',
    fields: (t) => ({
      experiment: t.field({
        type: PriceExperimentType,
        description: 'As it stands now.',
        resolve: (payload) => payload.experiment,
      }),
    }),
  });

builder.mutationFields((t) => ({
  startPriceExperiment: t.field({
    type: ExperimentPayload,
    description:
      'Starts a price experiment with equal weights; audited. HELD while the tenant is stabilised.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: StartInput, required: true, description: 'The experiment.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { actionType, holdoutShare, ...rest } = input;
      const wanted = { ...rest, actionType: actionType ?? 'rare_drone_drop_bundle', holdout: holdoutShare };
      return { experiment: await startPriceExperiment(scope, wanted) };
    },
  }),
  stopPriceExperiment: t.field({
    type: ExperimentPayload,
    description: 'RUNNING → STOPPED: everybody gets the price in force again; nothing is promoted. Audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: StopInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      experiment: await stopPriceExperiment(scope, { ...input, id: input.id.id }),
    }),
  }),
}));
