import {
  LOAD_MODES,
  type LoadMode,
  listPrices,
  PERF_MODES,
  type PerfMode,
  PRICE_STATUSES,
  type Price,
  type PriceStatus,
  priceOf,
  pricesById,
} from '../../src/growth/pricing/index.ts';
import { builder } from '../builder.ts';
import { DecisionType, findDecision } from '../control/decisions.ts';
import { eventType, money, shared } from '../engine/event.ts';
import { MoneyType } from '../money.ts';

const STATUS_TEXT: Record<PriceStatus, string> = {
  PROPOSED: 'Waits for a person: the flag or the mode asks for one, or a guardrail stands against it.',
  APPLYING: 'Agreed; keeps its notice or waits for the biller. The price before it is still in force.',
  ACTIVE: 'In force.',
  SUPERSEDED: 'Was in force until the next one.',
  REJECTED: 'A person refused it.',
  FAILED: 'The biller refused it; the price before it stayed in force.',
};
export const PriceStatusEnum = builder.enumType('PriceStatus', {
  description: 'How a price stands.',
  values: Object.fromEntries(
    PRICE_STATUSES.map((status) => [status, { description: STATUS_TEXT[status] }]),
  ) as Record<PriceStatus, { description: string }>,
});

const LOAD_TEXT: Record<LoadMode, string> = {
  CLAMP: 'clamp(runs / 1000, 0.5, 2): the base is the price of 1,000 runs.',
  OFFSET: 'min(2, 0.5 + runs / 1000).',
};
export const LoadModeEnum = builder.enumType('PriceLoadMode', {
  description: 'How the load factor is read (spec b.2).',
  values: Object.fromEntries(LOAD_MODES.map((mode) => [mode, { description: LOAD_TEXT[mode] }])) as Record<
    LoadMode,
    { description: string }
  >,
});

const PERF_TEXT: Record<PerfMode, string> = {
  SEED: 'p95 below 80 ms takes 2.00 off, above 150 ms puts 2.00 on, as the document says.',
  VALUE: 'The other way round: fast service is worth more.',
};
export const PerfModeEnum = builder.enumType('PricePerfMode', {
  description: 'What speed does to the price.',
  values: Object.fromEntries(PERF_MODES.map((mode) => [mode, { description: PERF_TEXT[mode] }])) as Record<
    PerfMode,
    { description: string }
  >,
});

export const PriceType = builder.objectRef<Price>('Price');

builder.node(PriceType, {
  description: 'The price of one billing subject, and how it came into force.',
  id: { description: 'Global id.', resolve: (price) => price.id },
  loadMany: (ids: string[], { scope }) => pricesById(scope, ids),
  fields: (t) => ({
    subject: t.exposeString('subject', { description: 'Who or what is billed: your own id, or "account".' }),
    amount: t.field({
      type: MoneyType,
      description: 'Per month.',
      resolve: ({ amountMinor, currency }) => ({ amountMinor, currency }),
    }),
    status: t.field({ type: PriceStatusEnum, description: 'How it stands.', resolve: (p) => p.status }),
    revision: t.exposeInt('revision', {
      description: 'Counts the prices of a subject; for expectedRevision.',
    }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it waits or failed, or what the person said who decided.',
    }),
    proposedAt: t.field({
      type: 'DateTime',
      description: 'When it was asked for.',
      resolve: (p) => p.proposedAt,
    }),
    proposedBy: t.exposeString('proposedBy', { description: 'By whom.' }),
    decidedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was agreed to or refused.',
      resolve: (p) => p.decidedAt,
    }),
    decidedBy: t.exposeString('decidedBy', { nullable: true, description: 'By whom.' }),
    effectiveAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it is to come into force: an increase keeps its notice.',
      resolve: (p) => p.effectiveAt,
    }),
    activeAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it came into force.',
      resolve: (p) => p.activeAt,
    }),
    endedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended or failed.',
      resolve: (p) => p.endedAt,
    }),
    providerRef: t.exposeString('providerRef', {
      nullable: true,
      description: 'The biller’s id of it; null where the product’s own price book bills.',
    }),
    decision: t.field({
      type: DecisionType,
      nullable: true,
      description: 'The recorded computation and what the policy gate said.',
      resolve: (price, _args, { scope }) => findDecision(scope, price.decisionId),
    }),
  }),
});

const PriceFilterInput = builder.inputType('PriceFilter', {
  description: 'Which prices; every given condition must hold.',
  fields: (t) => ({
    subject: t.string({ description: 'Of this subject.' }),
    status: t.field({ type: [PriceStatusEnum], description: 'One of these.' }),
  }),
});

builder.queryFields((t) => ({
  price: t.field({
    type: PriceType,
    nullable: true,
    description: 'The price in force for a subject; null when it has none.',
    args: { subject: t.arg.string({ required: true, description: 'Who or what is billed.' }) },
    resolve: (_root, { subject }, { scope }) => priceOf(scope, subject),
  }),
  prices: t.connection(
    {
      type: PriceType,
      description: 'Prices of all subjects, newest first.',
      args: { filter: t.arg({ type: PriceFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listPrices(scope, page, filter ?? {}),
    },
    { name: 'PriceConnection', description: 'A page of prices.' },
    { name: 'PriceEdge', description: 'One price of a page.' },
  ),
}));

eventType('PRICE_CHANGED').implement({
  ...shared('PRICE_CHANGED'),
  fields: (t) => ({
    priceId: t.id({ description: 'Plain id of the price.', resolve: (e) => e.payload.priceId }),
    subject: t.string({ description: 'Who or what is billed.', resolve: (e) => e.payload.subject }),
    amount: t.field({ type: MoneyType, description: 'Per month.', resolve: (e) => money(e.payload.amount) }),
    status: t.string({ description: 'PriceStatus.', resolve: (e) => e.payload.status }),
    previousStatus: t.string({
      nullable: true,
      description: 'What it was before; null when it is new.',
      resolve: (e) => e.payload.previousStatus,
    }),
    reason: t.string({ nullable: true, description: 'Why.', resolve: (e) => e.payload.reason }),
  }),
});
