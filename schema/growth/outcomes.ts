import { actionOf } from '../../src/delivery/feedback/index.ts';
import {
  listOutcomes,
  type OUTCOME_KINDS,
  type OUTCOME_STATUSES,
  type Outcome,
  recordOutcome,
  type SENTIMENTS,
} from '../../src/growth/learning/index.ts';
import { money } from '../../src/kernel/money.ts';
import { builder } from '../builder.ts';
import { OfferType } from '../delivery/refs.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';
import { PriceInput } from './price-experiments.ts';

export const OutcomeKindEnum = builder.enumType('OutcomeKind', {
  description: 'Where an outcome comes from.',
  values: {
    RESULT: { description: 'The engine saw how it ended.' },
    FEEDBACK: { description: 'Somebody said how it was (recordOutcome).' },
  } satisfies Record<(typeof OUTCOME_KINDS)[number], { description: string }>,
});

const OutcomeStatusEnum = builder.enumType('OutcomeStatus', {
  description: 'What an outcome is used for.',
  values: {
    LEARNED: { description: 'The learner uses it, or has used it (learnedAt).' },
    LATE_IGNORED: { description: 'Too late (72 h): kept here, the learner does not use it.' },
  } satisfies Record<(typeof OUTCOME_STATUSES)[number], { description: string }>,
});

const SentimentEnum = builder.enumType('Sentiment', {
  description: 'How somebody felt.',
  values: {
    POSITIVE: { description: 'Liked it.' },
    NEUTRAL: { description: 'Neither.' },
    NEGATIVE: { description: 'Disliked it: similar packages are not offered to them for 90 days.' },
  } satisfies Record<(typeof SENTIMENTS)[number], { description: string }>,
});

const OutcomeType = builder.objectRef<Outcome>('DecisionOutcome').implement({
  description: 'How an action ended (spec d.1); once per action and kind.',
  fields: (t) => ({
    actionId: t.id({ description: 'Plain id of the action (offer).', resolve: (o) => o.actionId }),
    kind: t.field({ type: OutcomeKindEnum, description: 'Where it comes from.', resolve: (o) => o.kind }),
    patternKey: t.exposeString('patternKey', {
      description: 'The pattern it teaches: actionType|target|channel.',
    }),
    isConverted: t.exposeBoolean('isConverted', { description: 'Whether the customer accepted.' }),
    realized: t.field({
      type: MoneyType,
      description: 'What it earned: captured less refunded.',
      resolve: (o) => money(o.realizedMinor, o.currency),
    }),
    expected: t.field({
      type: MoneyType,
      description: 'What was hoped for.',
      resolve: (o) => money(o.expectedMinor, o.currency),
    }),
    rating: t.exposeInt('rating', { nullable: true, description: '1 to 5 stars.' }),
    sentiment: t.field({
      type: SentimentEnum,
      nullable: true,
      description: 'How the customer felt.',
      resolve: (o) => o.sentiment,
    }),
    isComplaint: t.exposeBoolean('isComplaint', { description: 'Whether the customer complained.' }),
    score: t.exposeFloat('score', {
      description: '0–1: 0.6 accepted, 0.3 revenue against hope, 0.1 rating; 0 when disliked.',
    }),
    status: t.field({
      type: OutcomeStatusEnum,
      description: 'What it is used for.',
      resolve: (o) => o.status,
    }),
    itemNames: t.stringList({ description: 'What was offered.', resolve: (o) => [...o.items.names] }),
    occurredAt: t.field({ type: 'DateTime', description: 'When it happened.', resolve: (o) => o.occurredAt }),
    recordedAt: t.field({
      type: 'DateTime',
      description: 'When it was written down.',
      resolve: (o) => o.recordedAt,
    }),
    learnedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the learner used it.',
      resolve: (o) => o.learnedAt,
    }),
  }),
});

const OutcomeFilterInput = builder.inputType('DecisionOutcomeFilter', {
  description: 'Which outcomes; every given condition must hold.',
  fields: (t) => ({
    kind: t.field({ type: [OutcomeKindEnum], description: 'One of these.' }),
    status: t.field({ type: [OutcomeStatusEnum], description: 'One of these.' }),
    actionId: t.globalID({ for: OfferType, description: 'Of this offer.' }),
  }),
});

builder.queryField('decisionOutcomes', (t) =>
  t.connection(
    {
      type: OutcomeType,
      description: 'How actions ended, the latest recorded first.',
      args: { filter: t.arg({ type: OutcomeFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listOutcomes(scope, page, { ...filter, actionId: filter?.actionId?.id }),
    },
    { name: 'DecisionOutcomeConnection', description: 'A page of outcomes.' },
    { name: 'DecisionOutcomeEdge', description: 'One outcome of a page.' },
  ),
);

const RecordOutcomeInput = builder.inputType('RecordOutcomeInput', {
  description: 'What somebody says about an offer.',
  fields: (t) => ({
    actionId: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
    converted: t.boolean({ required: true, description: 'Whether the customer accepted.' }),
    realizedRevenue: t.field({
      type: PriceInput,
      description: 'What it earned, in the offer’s currency. Default 0.',
    }),
    rating: t.int({ description: '1 to 5 stars.' }),
    sentiment: t.field({ type: SentimentEnum, description: 'How the customer felt.' }),
    complaint: t.boolean({ description: 'Whether the customer complained. Default false.' }),
    occurredAt: t.field({ type: 'DateTime', description: 'When they said so. Default now.' }),
  }),
});

const RecordOutcomePayload = builder
  .objectRef<{ outcome: Outcome; isNew: boolean }>('RecordOutcomePayload')
  .implement({
    description: 'The outcome in the ledger.',
    fields: (t) => ({
      outcome: t.field({ type: OutcomeType, description: 'As it is kept.', resolve: (p) => p.outcome }),
      isNew: t.exposeBoolean('isNew', {
        description: 'False: feedback about this offer was already there, and is what you see.',
      }),
    }),
  });

builder.mutationField('recordOutcome', (t) =>
  t.field({
    type: RecordOutcomePayload,
    description:
      'Records feedback about an offer, once per offer. A complaint or NEGATIVE sentiment spares the customer similar packages for 90 days.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RecordOutcomeInput, required: true, description: 'The feedback.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const actionId = input.actionId.id;
      return recordOutcome(scope, { ...input, actionId }, await actionOf(scope.db, scope.tenantId, actionId));
    },
  }),
);
