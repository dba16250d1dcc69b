import {
  type Figure,
  type LedgerView,
  type Payout,
  payConversions,
  profitabilityLedger,
  recordConversions,
  recordCosts,
} from '../../src/finance/ledger/index.ts';
import { builder } from '../builder.ts';
import { INSTANT, ITEM_ID, importMutation } from '../commerce/import-items.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';

const MINOR = 'Minor units; this or amount must be there.';
const DECIMAL = 'The same as a decimal in major units, e.g. "12.50".';
const CURRENCY = 'ISO 4217 code; must be there.';

const CostItem = builder.inputType('CostItem', {
  description: 'Money that was spent. Sending a corrected item again replaces it.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    category: t.string({ description: 'AI, INFRASTRUCTURE or OTHER; must be there.' }),
    amountMinor: t.field({ type: 'LooseNumber', description: `${MINOR} Negative for a credit note.` }),
    amount: t.field({ type: 'LooseNumber', description: DECIMAL }),
    currency: t.string({ description: CURRENCY }),
    occurredAt: t.string({ description: `When it was used up; must be there. ${INSTANT}` }),
  }),
});
const ConversionItem = builder.inputType('PartnerConversionItem', {
  description:
    'A sale that a partner (the batch’s source) brought; a fifth of it is owed until it is paid out.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    amountMinor: t.field({ type: 'LooseNumber', description: MINOR }),
    amount: t.field({ type: 'LooseNumber', description: DECIMAL }),
    currency: t.string({ description: CURRENCY }),
    occurredAt: t.string({ description: `When it was sold; must be there. ${INSTANT}` }),
  }),
});

importMutation(
  'recordCosts',
  'Books up to 1,000 costs of one source. The hourly sync adds them up under cost/… of the key-value store.',
  CostItem,
  null,
  recordCosts,
);
importMutation(
  'recordPartnerConversions',
  'Books up to 1,000 sales that one partner brought. Those that were paid out stay as they are.',
  ConversionItem,
  null,
  recordConversions,
);

const FigureType = builder.objectRef<Figure & { currency: string }>('LedgerFigure').implement({
  description: 'One figure of the ledger and how old it is.',
  fields: (t) => ({
    amount: t.field({
      type: MoneyType,
      description: 'Over the last 30 days.',
      resolve: ({ amountMinor, currency }) => ({ amountMinor, currency }),
    }),
    asOf: t.field({ type: 'DateTime', description: 'When it was true.', resolve: (figure) => figure.asOf }),
    isStale: t.exposeBoolean('isStale', { description: 'More than 26 hours old.' }),
  }),
});

const money = ({ currency }: LedgerView, amountMinor: bigint | null) =>
  amountMinor === null ? null : { amountMinor, currency };
const figure = ({ currency }: LedgerView, value: Figure | null) => value && { ...value, currency };

const LedgerType = builder.objectRef<LedgerView>('ProfitabilityLedger').implement({
  description:
    'What the last 30 days earned (spec m.2): revenue − AI − infrastructure − partner payouts. A figure that is missing is null and named in missing; it is never taken as zero.',
  fields: (t) => ({
    currency: t.exposeString('currency', {
      description: 'Of every amount. Other currencies are not converted.',
    }),
    revenue30d: t.field({
      type: FigureType,
      nullable: true,
      description: 'Captured less refunded payments.',
      resolve: (ledger) => figure(ledger, ledger.figures.revenue),
    }),
    openaiCost30d: t.field({
      type: FigureType,
      nullable: true,
      description: 'Costs of category AI.',
      resolve: (ledger) => figure(ledger, ledger.figures.openaiCost),
    }),
    infraCost30d: t.field({
      type: FigureType,
      nullable: true,
      description: 'Costs of category INFRASTRUCTURE.',
      resolve: (ledger) => figure(ledger, ledger.figures.infraCost),
    }),
    partnerPayoutsPending: t.field({
      type: MoneyType,
      description: '20 % of the conversions that were not paid out yet, HALF_UP.',
      resolve: ({ currency, partnerPayoutsMinor }) => ({ amountMinor: partnerPayoutsMinor, currency }),
    }),
    totalCosts: t.field({
      type: MoneyType,
      nullable: true,
      description: 'AI + infrastructure + payouts; null while one is missing.',
      resolve: (ledger) => money(ledger, ledger.totalCostsMinor),
    }),
    net30d: t.field({
      type: MoneyType,
      nullable: true,
      description: 'Revenue less total costs; null while one is missing.',
      resolve: (ledger) => money(ledger, ledger.netMinor),
    }),
    marginPct: t.exposeFloat('marginPct', {
      nullable: true,
      description: 'net30d / revenue30d in per cent, one decimal; null without revenue.',
    }),
    isStale: t.exposeBoolean('isStale', { description: 'One of the figures is more than 26 hours old.' }),
    missing: t.stringList({
      description: 'revenue, openaiCost or infraCost: what is not known in this currency.',
      resolve: (ledger) => [...ledger.missing],
    }),
  }),
});

builder.queryField('profitabilityLedger', (t) =>
  t.field({
    type: LedgerType,
    description: 'The profitability ledger of the last 30 days.',
    authScopes: { finance: true },
    args: {
      currency: t.arg.string({ description: 'ISO 4217 code. Default: the tenant’s reporting currency.' }),
    },
    resolve: (_root, { currency }, { scope }) => profitabilityLedger(scope, currency ?? undefined),
  }),
);

const PayoutType = builder.objectRef<Payout>('PayPartnerConversionsPayload').implement({
  description: 'What was settled.',
  fields: (t) => ({
    partner: t.exposeString('partner', { description: 'With whom.' }),
    conversions: t.exposeInt('conversions', { description: 'Conversions that were marked as paid out now.' }),
  }),
});
const PayInput = builder.inputType('PayPartnerConversionsInput', {
  description: 'Which conversions were paid out.',
  fields: (t) => ({
    partner: t.string({ required: true, description: 'The source they were recorded with.' }),
    upTo: t.field({
      type: 'DateTime',
      required: true,
      description: 'Those up to this instant, not in the future.',
    }),
  }),
});

builder.mutationField('payPartnerConversions', (t) =>
  t.field({
    type: PayoutType,
    description: 'Marks a partner’s conversions as paid out; asking twice is harmless.',
    authScopes: { finance: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: PayInput, required: true, description: 'Which.' }) },
    resolve: (_root, { input }, { scope }) => payConversions(scope, input.partner, input.upTo),
  }),
);
