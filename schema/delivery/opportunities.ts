import { getOrder } from '../../src/commerce/orders/index.ts';
import { findLiveOffer } from '../../src/delivery/offers/index.ts';
import {
  listOpportunities,
  type OpportunityOrder,
  type OpportunityStatus,
  opportunitiesById,
  readOpportunity,
} from '../../src/delivery/opportunities/index.ts';
import { displayScore } from '../../src/delivery/rarity/index.ts';
import { builder } from '../builder.ts';
import { OrderType } from '../commerce/refs.ts';
import { MoneyType } from '../money.ts';
import { OrderDirectionEnum } from '../order.ts';
import { ReasonType } from '../reasons.ts';
import { askedOf } from './opportunity-columns.ts';
import { PlaceType } from './place.ts';
import { EliteTierEnum, RarityComponentsType } from './rarity.ts';
import { OfferType, OpportunityType, type OpportunityView } from './refs.ts';

export const OpportunityStatusEnum = builder.enumType('OpportunityStatus', {
  description: 'How an opportunity stands.',
  values: {
    DETECTED: { description: 'Found; no offer has been made.' },
    OFFERED: { description: 'The customer has an offer.' },
    ACCEPTED: { description: 'The customer accepted; payment and capacity are being arranged.' },
    DISPATCHED: { description: 'The package is under way.' },
    DELIVERED: { description: 'It arrived.' },
    NOT_FLYABLE: {
      description: 'No route exists for it; looked at again when a hub, site or drone is added.',
    },
    DECLINED: { description: 'The customer declined.' },
    FAILED: { description: 'It was dispatched, or about to be, and could not be delivered.' },
    EXPIRED: { description: 'The offer ran out, or the order grew older than 30 days without one.' },
    CANCELLED: { description: 'The order was cancelled or changed, or an operator took the offer back.' },
  } satisfies Record<OpportunityStatus, { description: string }>,
});

builder.node(OpportunityType, {
  description: 'A rare order (score ≥ the tenant’s opportunity threshold) that can be delivered.',
  id: { description: 'Global id.', resolve: (row) => row.id },
  loadMany: (ids: string[], { scope }) => opportunitiesById(scope, ids),
  fields: (t) => ({
    status: t.field({ type: OpportunityStatusEnum, description: 'How it stands.', resolve: (o) => o.status }),
    tier: t.field({ type: EliteTierEnum, description: 'Band of the score.', resolve: (o) => o.tier }),
    isElite: t.exposeBoolean('isElite', {
      description: 'Reached the rarity threshold at detection: may get an offer.',
    }),
    isCrossBorder: t.exposeBoolean('isCrossBorder', {
      description: 'Picked up in one country, delivered in another.',
    }),
    destinationRegion: t.exposeString('destinationRegion', {
      nullable: true,
      description: 'Region of the hub that would serve the delivery; null when none does.',
    }),
    score: t.float({
      description: 'Calibrated rarity, 0–100, two decimals.',
      resolve: (o) => displayScore(o.score),
    }),
    rawScore: t.float({ description: 'Before calibration.', resolve: (o) => displayScore(o.rawScore) }),
    percentile: t.float({
      nullable: true,
      description: 'Percentile of the raw score at detection; null while uncalibrated.',
      resolve: ({ percentile }) => (percentile === null ? null : displayScore(percentile)),
    }),
    components: t.field({
      type: RarityComponentsType,
      description: 'What the raw score is made of.',
      resolve: (o) => o.components,
    }),
    reasons: t.field({ type: [ReasonType], description: 'Why.', resolve: (o) => [...o.reasons] }),
    scorerVersion: t.exposeString('scorerVersion', { description: 'Version of the formula.' }),
    calibration: t.exposeString('calibration', {
      nullable: true,
      description: 'Version of the calibration map; null when uncalibrated.',
    }),
    corpusOrders: t.exposeInt('corpusOrders', { description: 'Orders it was compared with.' }),
    value: t.field({
      type: MoneyType,
      description: 'Total of the order.',
      resolve: (o) => ({ amountMinor: o.valueMinor, currency: o.currency }),
    }),
    itemNames: t.stringList({
      description: 'Its products, up to 50 names.',
      resolve: (o) => [...o.itemNames],
    }),
    weightKg: t.float({ description: 'Weight of the package.', resolve: (o) => o.weightGrams / 1000 }),
    pickup: t.field({
      type: PlaceType,
      description: 'Where it is picked up.',
      resolve: (o) => ({ country: o.pickupCountry, lat: o.pickupLat, lon: o.pickupLon }),
    }),
    delivery: t.field({
      type: PlaceType,
      description: 'Where it goes.',
      resolve: (o) => ({ country: o.deliveryCountry, lat: o.deliveryLat, lon: o.deliveryLon }),
    }),
    orderPlacedAt: t.field({
      type: 'DateTime',
      description: 'When it was ordered; the instant it was scored for.',
      resolve: (o) => o.orderPlacedAt,
    }),
    detectedAt: t.field({
      type: 'DateTime',
      description: 'When it was found.',
      resolve: (o) => o.detectedAt,
    }),
    order: t.field({
      type: OrderType,
      nullable: true,
      description: 'The order as it is now.',
      resolve: (o, _args, { scope }) => (o.order === undefined ? getOrder(scope, o.orderId) : o.order),
    }),
    liveOffer: t.field({
      type: OfferType,
      nullable: true,
      description: 'The offer that is not closed, if there is one.',
      resolve: (o, _args, { scope }) =>
        o.liveOffer === undefined ? findLiveOffer(scope, o.id) : o.liveOffer,
    }),
    version: t.exposeInt('version', { description: 'Changes so far.' }),
  }),
});

const OpportunityFilterInput = builder.inputType('OpportunityFilter', {
  description: 'Which opportunities; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [OpportunityStatusEnum], description: 'One of these.' }),
    tier: t.field({ type: [EliteTierEnum], description: 'One of these.' }),
    isElite: t.boolean({ description: 'Elite or not.' }),
    isCrossBorder: t.boolean({ description: 'Across a border or not.' }),
    destinationRegion: t.string({ description: 'Region of the serving hub, e.g. "eu_central".' }),
    minScore: t.float({ description: 'Score at least this.' }),
    maxScore: t.float({ description: 'Score at most this.' }),
    detectedFrom: t.field({ type: 'DateTime', description: 'Found at or after this instant.' }),
    detectedTo: t.field({ type: 'DateTime', description: 'Found before this instant.' }),
  }),
});

const OpportunityOrderInput = builder.inputType('OpportunityOrder', {
  description: 'Order of a list of opportunities; the id breaks ties.',
  fields: (t) => ({
    field: t.field({
      type: builder.enumType('OpportunityOrderField', {
        description: 'What opportunities are ordered by.',
        values: {
          DETECTED_AT: { description: 'When it was found.' },
          SCORE: { description: 'Calibrated rarity.' },
        } satisfies Record<OpportunityOrder['field'], { description: string }>,
      }),
      required: true,
      description: 'By what.',
    }),
    direction: t.field({ type: OrderDirectionEnum, required: true, description: 'Which way.' }),
  }),
});

builder.queryFields((t) => ({
  opportunity: t.field({
    type: OpportunityType,
    nullable: true,
    description: 'One opportunity; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ for: OpportunityType, required: true, description: 'Opportunity.id.' }) },
    resolve: (_root, { id }, { scope }, info) => {
      const { joins, only } = askedOf(info, []);
      return readOpportunity<OpportunityView>(scope, id.id, joins, only);
    },
  }),
  opportunities: t.connection(
    {
      type: OpportunityType,
      description: 'The tenant’s opportunities, found last first unless asked otherwise.',
      args: {
        filter: t.arg({ type: OpportunityFilterInput, description: 'Default: all.' }),
        orderBy: t.arg({ type: OpportunityOrderInput, description: 'Default: DETECTED_AT DESC.' }),
      },
      resolve: (_root, { filter, orderBy, ...page }, { scope }, info) => {
        const { joins, only } = askedOf(info, ['edges', 'node']);
        return listOpportunities<OpportunityView>(
          scope,
          page,
          filter ?? {},
          orderBy ?? undefined,
          joins,
          only,
        );
      },
    },
    { name: 'OpportunityConnection', description: 'A page of opportunities.' },
    { name: 'OpportunityEdge', description: 'One opportunity of a page.' },
  ),
}));
