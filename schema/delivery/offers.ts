import { cancelOffer } from '../../src/delivery/acceptance/index.ts';
import {
  findOfferDecision,
  listOffers,
  type Offer,
  type OfferStatus,
  offerAction,
  offersById,
} from '../../src/delivery/offers/index.ts';
import { findOpportunity } from '../../src/delivery/opportunities/index.ts';
import { builder } from '../builder.ts';
import { DecisionType } from '../control/decisions.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';
import { ReasonType } from '../reasons.ts';
import { OfferType, OpportunityType } from './refs.ts';

export const OfferStatusEnum = builder.enumType('OfferStatus', {
  description: 'How an offer stands.',
  values: {
    PENDING: { description: 'Waits for an operator’s approval (upsell mode APPROVE).' },
    OFFERED: { description: 'The customer may accept it.' },
    ACCEPTED: { description: 'The customer accepted; the payment is being authorised.' },
    PAYMENT_AUTHORIZED: { description: 'The money is reserved; it waits for its dispatch.' },
    DISPATCHED: { description: 'Under way; the money is being captured.' },
    DELIVERED: { description: 'Delivered and paid.' },
    EXPIRED: { description: 'Nobody accepted it, or paid for it, in time.' },
    DECLINED: { description: 'The customer declined.' },
    CANCELLED: { description: 'Taken back, its order was cancelled, or its payment or dispatch failed.' },
    REFUNDED: { description: 'It failed after the money was taken, which was given back.' },
  } satisfies Record<OfferStatus, { description: string }>,
});

const AnswerWayEnum = builder.enumType('OfferAnswerWay', {
  description: 'How a customer answered an offer.',
  values: {
    LINK: { description: 'On the page behind the signed link.' },
    API: { description: 'Through the shop’s backend.' },
  } satisfies Record<NonNullable<Offer['answeredVia']>, { description: string }>,
});

builder.node(OfferType, {
  description:
    'The upsell of one elite opportunity. At most one is live at a time: PENDING, OFFERED, ACCEPTED, PAYMENT_AUTHORIZED or DISPATCHED.',
  id: { description: 'Global id.', resolve: (offer) => offer.id },
  loadMany: (ids: string[], { scope }) => offersById(scope, ids),
  fields: (t) => ({
    status: t.field({ type: OfferStatusEnum, description: 'How it stands.', resolve: (o) => o.status }),
    actionType: t.exposeString('actionType', { description: 'Kind of action: rare_drone_drop_bundle.' }),
    opportunity: t.field({
      type: OpportunityType,
      nullable: true,
      description: 'What it is about.',
      resolve: (offer, _args, { scope }) => findOpportunity(scope, offer.opportunityId),
    }),
    bundleName: t.exposeString('bundleName', { description: 'What it is called.' }),
    bundleItems: t.stringList({ description: 'What is in it.', resolve: (o) => [...o.bundleItems] }),
    bundlePrice: t.field({
      type: MoneyType,
      description: 'What the customer would pay.',
      resolve: (o) => ({ amountMinor: o.bundlePriceMinor, currency: o.currency }),
    }),
    expectedRevenue: t.field({
      type: MoneyType,
      description: 'Price × acceptProbability.',
      resolve: (o) => ({ amountMinor: o.expectedRevenueMinor, currency: o.currency }),
    }),
    acceptProbability: t.exposeFloat('acceptProbability', {
      description: '0–1; a prior of 0.3, moved by the answers of the last 14 days.',
    }),
    deliveryCost: t.field({
      type: MoneyType,
      description: 'Estimated; the price is at least 1.3 times as much.',
      resolve: (o) => ({ amountMinor: o.deliveryCostMinor, currency: o.currency }),
    }),
    rarityThreshold: t.exposeFloat('rarityThreshold', { description: 'Score it had to reach.' }),
    routePath: t.stringList({
      description: 'Node ids of the route at creation.',
      resolve: (o) => [...o.routePath],
    }),
    routeSuccess: t.exposeFloat('routeSuccess', {
      description: 'Probability that the delivery succeeds, 0–1.',
    }),
    routeEtaMin: t.exposeInt('routeEtaMin', { description: 'Minutes from pickup to delivery.' }),
    isAutoExecutable: t.exposeBoolean('isAutoExecutable', {
      description: 'May be dispatched by itself once it is accepted and paid.',
    }),
    reasons: t.field({ type: [ReasonType], description: 'Why it was made.', resolve: (o) => [...o.reasons] }),
    decision: t.field({
      type: DecisionType,
      nullable: true,
      description:
        'What it was decided from, to be replayed; null for offers of older versions, and when it has been kept long enough.',
      resolve: ({ decisionId }, _args, { scope }) =>
        decisionId === null ? null : findOfferDecision(scope, decisionId),
    }),
    experimentId: t.id({
      nullable: true,
      description: 'Plain id of the price experiment it belongs to.',
      resolve: (o) => o.experimentId,
    }),
    arm: t.exposeString('arm', {
      nullable: true,
      description: 'Arm of the experiment whose price it has; HOLDOUT and FALLBACK have the control price.',
    }),
    propensity: t.exposeFloat('propensity', {
      nullable: true,
      description: 'Probability with which that arm was drawn, 0–1.',
    }),
    answeredVia: t.field({
      type: AnswerWayEnum,
      nullable: true,
      description: 'How the customer answered; null before that.',
      resolve: (o) => o.answeredVia,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was made.', resolve: (o) => o.createdAt }),
    offeredAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the customer got it.',
      resolve: (o) => o.offeredAt,
    }),
    acceptedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the customer accepted.',
      resolve: (o) => o.acceptedAt,
    }),
    authorizedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the money was reserved.',
      resolve: (o) => o.authorizedAt,
    }),
    dispatchedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the package set off.',
      resolve: (o) => o.dispatchedAt,
    }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Until when it may be accepted.',
      resolve: (o) => o.expiresAt,
    }),
    closedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (o) => o.closedAt,
    }),
    closedReason: t.exposeString('closedReason', { nullable: true, description: 'Why it ended.' }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
  }),
});

const OfferFilterInput = builder.inputType('OfferFilter', {
  description: 'Which offers; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [OfferStatusEnum], description: 'One of these.' }),
    opportunityId: t.globalID({ for: OpportunityType, description: 'Of this opportunity.' }),
    createdFrom: t.field({ type: 'DateTime', description: 'Made at or after this instant.' }),
    createdTo: t.field({ type: 'DateTime', description: 'Made before this instant.' }),
  }),
});

builder.queryFields((t) => ({
  offer: t.field({
    type: OfferType,
    nullable: true,
    description: 'One offer; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ for: OfferType, required: true, description: 'Offer.id.' }) },
    resolve: async (_root, { id }, { scope }) => (await offersById(scope, [id.id]))[0] ?? null,
  }),
  offers: t.connection(
    {
      type: OfferType,
      description: 'The tenant’s offers, newest first.',
      args: { filter: t.arg({ type: OfferFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listOffers(scope, page, { ...filter, opportunityId: filter?.opportunityId?.id }),
    },
    { name: 'OfferConnection', description: 'A page of offers.' },
    { name: 'OfferEdge', description: 'One offer of a page.' },
  ),
}));

const OfferActionInput = builder.inputType('OfferActionInput', {
  description: 'Which offer.',
  fields: (t) => ({
    id: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const CancelOfferInput = builder.inputType('CancelOfferInput', {
  description: 'Which offer, and why.',
  fields: (t) => ({
    id: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
    reason: t.string({ description: 'Up to 500 characters. Default CANCELLED_BY_OPERATOR.' }),
  }),
});

export const OfferPayload = builder.objectRef<{ offer: Offer }>('OfferPayload').implement({
  description: 'The changed offer.',
  fields: (t) => ({
    offer: t.field({ type: OfferType, description: 'As it stands now.', resolve: (p) => p.offer }),
  }),
});

builder.mutationFields((t) => ({
  offerAction: t.field({
    type: OfferPayload,
    description: 'PENDING → OFFERED: puts an offer before the customer, if a route still exists.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: OfferActionInput, required: true, description: 'Which offer.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      offer: await offerAction(scope, { ...input, id: input.id.id }),
    }),
  }),
  cancelOffer: t.field({
    type: OfferPayload,
    description:
      'Takes an offer back that is not under way, with its slots and its money, and closes its opportunity.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CancelOfferInput, required: true, description: 'Which offer.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      offer: await cancelOffer(scope, { ...input, id: input.id.id }),
    }),
  }),
}));
