import { idempotently } from '../../src/control/access/index.ts';
import {
  applyAdaptivePrice,
  approvePrice,
  getPrice,
  type Price,
  type Quote,
  quoteAdaptivePrice,
  rejectPrice,
} from '../../src/growth/pricing/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyInput, MoneyType } from '../money.ts';
import { ReasonType } from '../reasons.ts';
import { LoadModeEnum, PerfModeEnum, PriceType } from './pricing.ts';

type Recorded = Quote & { decisionId: string };
const minor = (quote: Recorded, text: string) => ({
  amountMinor: BigInt(text),
  currency: quote.price.currency,
});

const BoundEnum = builder.enumType('PriceBound', {
  description: 'What decided a price.',
  values: {
    LIST: { description: 'Base × load factor + performance.' },
    COST_FLOOR: { description: '1.3 × (AI + infrastructure + refunds).' },
    MINIMUM: { description: 'The minimum price that was asked for.' },
  },
});

const QuoteType = builder.objectRef<Recorded>('AdaptivePriceQuote').implement({
  description:
    'The adaptive price of the Phase 6.4 document (spec b.2) with its rationale. Nothing is applied.',
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'Who or what would be billed.' }),
    price: t.field({
      type: MoneyType,
      description: 'max(base × loadFactor + performance, costFloor, minimum), HALF_UP.',
      resolve: (q) => minor(q, q.price.amountMinor),
    }),
    loadFactor: t.string({ description: '0.5–2, a decimal.', resolve: (q) => q.price.loadFactor }),
    performance: t.field({
      type: MoneyType,
      description: 'What latency put on or took off.',
      resolve: (q) => minor(q, q.price.perfMinor),
    }),
    listPrice: t.field({
      type: MoneyType,
      description: 'Before floors.',
      resolve: (q) => minor(q, q.price.listMinor),
    }),
    costFloor: t.field({
      type: MoneyType,
      description: '1.3 × total costs.',
      resolve: (q) => minor(q, q.price.costFloorMinor),
    }),
    bound: t.field({ type: BoundEnum, description: 'What decided.', resolve: (q) => q.price.bound }),
    isStale: t.boolean({
      description: 'A cost is missing or more than 26 hours old: it cannot be applied.',
      resolve: (q) => q.isStale,
    }),
    reasons: t.field({ type: [ReasonType], description: 'Why, in words.', resolve: (q) => [...q.reasons] }),
    decisionId: t.exposeID('decisionId', {
      description: 'Plain id of the recorded decision; see replayDecision.',
    }),
  }),
});

const QuoteInput = builder.inputType('AdaptivePriceInput', {
  description:
    'What the price follows from. All amounts are of the same subject, the last 30 days and one currency.',
  fields: (t) => ({
    subject: t.string({
      description: 'Who or what is billed: your own id, 1–120 characters. Default "account", you as a whole.',
    }),
    runs: t.float({ required: true, description: 'Runs a month, a whole number from 0 to 1e12.' }),
    p95Ms: t.float({ description: '95th percentile of latency, ms. Left out: no bonus, no surcharge.' }),
    openaiCost: t.field({
      type: MoneyInput,
      description: 'AI costs. Left out for "account": what the hourly sync found.',
    }),
    infraCost: t.field({
      type: MoneyInput,
      description: 'Infrastructure costs. Left out for "account": what the hourly sync found.',
    }),
    refunds: t.field({ type: MoneyInput, description: 'Refunds. Default 0.' }),
    loadMode: t.field({ type: LoadModeEnum, description: 'Default CLAMP.' }),
    perfMode: t.field({ type: PerfModeEnum, description: 'Default SEED.' }),
    floorPerThousandRuns: t.boolean({
      description: 'Divides the cost floor by max(1, runs / 1000). Default false: the document does not.',
    }),
    minimumPrice: t.field({ type: MoneyInput, description: 'Never below this. Default 0.' }),
  }),
});

builder.queryField('adaptivePrice', (t) =>
  t.field({
    type: QuoteType,
    description:
      'Computes an adaptive price and records why. Example: 1,000 runs, p95 100 ms, costs 10 + 20 → 39.00.',
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: QuoteInput, required: true, description: 'What it follows from.' }) },
    resolve: (_root, { input }, { scope }) => quoteAdaptivePrice(scope, input),
  }),
);

const PricePayload = builder.objectRef<{ price: Price }>('PricePayload').implement({
  description: 'The price as it stands now.',
  fields: (t) => ({
    price: t.field({ type: PriceType, description: 'See status and reason.', resolve: (p) => p.price }),
  }),
});

const ApplyInput = builder.inputType('ApplyAdaptivePriceInput', {
  description: 'Which price to bring into force.',
  fields: (t) => ({
    quote: t.field({ type: QuoteInput, required: true, description: 'What the price follows from.' }),
    expectedRevision: t.int({
      description: 'Refuse with VersionConflict when the subject has had other prices.',
    }),
    noticeDays: t.int({
      description: 'Days between telling of an increase and charging it, 0–365. Default 30.',
    }),
    idempotencyKey: t.string({ description: 'The same key gives the same answer for 24 h.' }),
  }),
});
const ApproveInput = builder.inputType('ApprovePriceInput', {
  description: 'Which proposed price to agree to.',
  fields: (t) => ({
    id: t.globalID({ for: PriceType, required: true, description: 'Price.id.' }),
    expectedRevision: t.int({ description: 'Refuse with VersionConflict when there are newer prices.' }),
    noticeDays: t.int({ description: 'Days of notice before an increase, 0–365. Default 30.' }),
    overrideGuardrails: t.boolean({
      description: 'Agree although a guardrail stands against it. Needs a reason.',
    }),
    reason: t.string({ description: 'Why; kept with the price and in the audit trail.' }),
  }),
});
const RejectInput = builder.inputType('RejectPriceInput', {
  description: 'Which price not to bring into force.',
  fields: (t) => ({
    id: t.globalID({ for: PriceType, required: true, description: 'Price.id.' }),
    expectedRevision: t.int({ description: 'Refuse with VersionConflict when there are newer prices.' }),
    reason: t.string({ description: 'Why; kept with the price and in the audit trail.' }),
  }),
});

builder.mutationFields((t) => ({
  applyAdaptivePrice: t.field({
    type: PricePayload,
    description:
      'Brings an adaptive price into force: by itself when PRICING_AUTO_APPLY is on and pricingMode is AUTO, else it waits as PROPOSED. HELD by stabilise mode, by a mode of OFF or OBSERVE, by old costs.',
    authScopes: { finance: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ApplyInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input: { quote, idempotencyKey, ...rest } }, { scope }) =>
      idempotently(
        scope,
        idempotencyKey,
        { mutation: 'applyAdaptivePrice', quote, ...rest },
        async () => (await applyAdaptivePrice(scope, { ...quote, ...rest })).id,
        async (id) => ({ price: await getPrice(scope, id) }),
      ),
  }),
  approvePrice: t.field({
    type: PricePayload,
    description: 'Agrees to a proposed price. HELD by stabilise mode and by guardrails.',
    authScopes: { finance: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ApproveInput, required: true, description: 'Which.' }) },
    resolve: async (_root, { input: { id, ...rest } }, { scope }) => ({
      price: await approvePrice(scope, { ...rest, id: id.id }),
    }),
  }),
  rejectPrice: t.field({
    type: PricePayload,
    description: 'Refuses a proposed price, or takes back one that is still keeping its notice.',
    authScopes: { finance: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RejectInput, required: true, description: 'Which.' }) },
    resolve: async (_root, { input: { id, ...rest } }, { scope }) => ({
      price: await rejectPrice(scope, { ...rest, id: id.id }),
    }),
  }),
}));
