import { type GeneratedActions, generateNow } from '../../src/delivery/offers/index.ts';
import { type DetectionRun, detectNow, skips } from '../../src/delivery/opportunities/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';
import { ReasonCountType } from '../reasons.ts';

const DetectPayload = builder.objectRef<DetectionRun>('DetectOpportunitiesPayload').implement({
  description: 'What a run of detection did.',
  fields: (t) => ({
    scored: t.exposeInt('scored', { description: 'Orders scored.' }),
    detected: t.exposeInt('detected', { description: 'Opportunities found.' }),
    eliteCount: t.exposeInt('elite', { description: 'Elite ones among them.' }),
    crossBorder: t.exposeInt('crossBorder', { description: 'Cross-border ones among them.' }),
    superseded: t.exposeInt('superseded', {
      description: 'Older opportunities closed because their order changed or was cancelled.',
    }),
    skipped: t.field({
      type: [ReasonCountType],
      description: 'Orders that are no opportunity, by reason.',
      resolve: (run) => skips(run),
    }),
    isDone: t.exposeBoolean('isDone', {
      description: 'False when orders are still waiting: a run looks at no more than 40,000.',
    }),
  }),
});

const GeneratePayload = builder.objectRef<GeneratedActions>('GenerateActionsPayload').implement({
  description: 'What a run of the offer desk did.',
  fields: (t) => ({
    actionsCreated: t.exposeInt('actionsCreated', { description: 'Offers made.' }),
    totalRevenue: t.field({
      type: MoneyType,
      description: 'Sum of their prices: what could be earned, not what was.',
      resolve: (made) => made.totalRevenue,
    }),
    expectedRevenue: t.field({
      type: MoneyType,
      description: 'Sum of price × probability of acceptance.',
      resolve: (made) => made.expectedRevenue,
    }),
    held: t.field({
      type: [ReasonCountType],
      description: 'Elite opportunities that got no offer, by reason.',
      resolve: ({ held }) => Object.entries(held).map(([reason, count]) => ({ reason, count })),
    }),
  }),
});

const RunInput = (name: string) =>
  builder.inputType(name, {
    description: 'Options of the run.',
    fields: (t) => ({
      idempotencyKey: t.string({ description: 'The same key within 24 h gets the first answer again.' }),
    }),
  });

const DetectInput = RunInput('DetectOpportunitiesInput');
const GenerateInput = RunInput('GenerateActionsInput');

builder.mutationFields((t) => ({
  detectOpportunities: t.field({
    type: DetectPayload,
    description: 'Scores the orders nobody has looked at, now instead of with the next cycle.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DetectInput, description: 'Options.' }) },
    resolve: (_root, { input }, { scope }) => detectNow(scope, input?.idempotencyKey),
  }),
  generateActions: t.field({
    type: GeneratePayload,
    description: 'Makes the bundle offer for elite opportunities, now instead of with the next cycle.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: GenerateInput, description: 'Options.' }) },
    resolve: (_root, { input }, { scope }) => generateNow(scope, input?.idempotencyKey),
  }),
}));
