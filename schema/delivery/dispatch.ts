import { createLoader } from '../../src/commerce/ingest/index.ts';
import {
  type Delivery,
  deliveriesById,
  findDeliveryOfOffer,
  findDeliveryOfOpportunity,
  listDeliveries,
} from '../../src/delivery/dispatch/index.ts';
import { type Drone, dronesById } from '../../src/delivery/fleet/index.ts';
import { type Offer, offersById } from '../../src/delivery/offers/index.ts';
import { findOpportunity } from '../../src/delivery/opportunities/index.ts';
import { builder } from '../builder.ts';
import { DecisionType, findDecision } from '../control/decisions.ts';
import { MoneyType } from '../money.ts';
import { DeliveryLegType, DeliveryPriorityEnum, DeliveryStatusEnum, ProofType } from './delivery-parts.ts';
import { DroneType } from './fleet.ts';
import { OfferType, OpportunityType } from './refs.ts';

const findOffer = createLoader<Offer>(async (scope, ids) => {
  const found = await offersById(scope, ids);
  return new Map(found.flatMap((offer) => (offer ? [[offer.id, offer] as const] : [])));
});
const findDrone = createLoader<Drone>(async (scope, ids) => {
  const found = await dronesById(scope, ids);
  return new Map(found.flatMap((drone) => (drone ? [[drone.id, drone] as const] : [])));
});

export const DeliveryType = builder.objectRef<Delivery>('Delivery');

builder.node(DeliveryType, {
  description: 'A package under way from door to door. An offer has at most one that has not failed.',
  id: { description: 'Global id.', resolve: (delivery) => delivery.id },
  loadMany: (ids: string[], { scope }) => deliveriesById(scope, ids),
  fields: (t) => ({
    deliveryId: t.exposeString('id', { description: 'Its plain id, as in events.' }),
    status: t.field({
      type: DeliveryStatusEnum,
      description: 'How far it has got.',
      resolve: (d) => d.status,
    }),
    priority: t.field({
      type: DeliveryPriorityEnum,
      description: 'Its urgency.',
      resolve: (d) => d.priority,
    }),
    offer: t.field({
      type: OfferType,
      nullable: true,
      description: 'What the customer paid for.',
      resolve: (d, _args, { scope }) => findOffer(scope, d.offerId),
    }),
    opportunity: t.field({
      type: OpportunityType,
      nullable: true,
      description: 'The package.',
      resolve: (d, _args, { scope }) => findOpportunity(scope, d.opportunityId),
    }),
    destinationRegion: t.exposeString('destinationRegion', { description: 'Region of the last hub.' }),
    isRegionOverridden: t.exposeBoolean('isRegionOverridden', {
      description: 'A person insisted on the region (dispatchCrossBorder).',
    }),
    routePath: t.stringList({
      description: 'Node ids in order of travel.',
      resolve: (d) => [...d.routePath],
    }),
    legs: t.field({
      type: [DeliveryLegType],
      description: 'In order of travel; empty while there is no route.',
      resolve: (d) => [...d.legs],
    }),
    legIndex: t.exposeInt('legIndex', { description: 'The leg under way, from 0.' }),
    successProbability: t.exposeFloat('successProbability', { description: '0–1, at its dispatch.' }),
    estimatedTimeMin: t.exposeInt('etaMin', { description: 'Minutes from pickup to delivery.' }),
    cost: t.field({
      type: MoneyType,
      description: 'Estimated cost of carrying it.',
      resolve: (d) => ({ amountMinor: d.costMinor, currency: d.currency }),
    }),
    weightGrams: t.exposeInt('weightGrams', { description: 'Of the package.' }),
    drone: t.field({
      type: DroneType,
      nullable: true,
      description: 'The drone that flies the leg under way.',
      resolve: (d, _args, { scope }) => (d.droneId === null ? null : findDrone(scope, d.droneId)),
    }),
    attempts: t.exposeInt('attempts', { description: 'Tries that failed; the third ends it.' }),
    isRerouted: t.exposeBoolean('isRerouted', {
      description: 'It was sent another way after a hub ahead was disabled; that happens once.',
    }),
    isSuspect: t.exposeBoolean('isSuspect', { description: 'Its drone has been silent for more than 60 s.' }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it waits or how it ended, e.g. NO_FEASIBLE_DRONE.',
    }),
    proof: t.field({
      type: ProofType,
      nullable: true,
      description: 'That it arrived.',
      resolve: (d) => d.proof,
    }),
    decision: t.field({
      type: DecisionType,
      nullable: true,
      description: 'Why it was dispatched this way; can be replayed.',
      resolve: (d, _args, { scope }) => (d.decisionId === null ? null : findDecision(scope, d.decisionId)),
    }),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was dispatched.',
      resolve: (d) => d.createdAt,
    }),
    pickedUpAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the package was first taken over.',
      resolve: (d) => d.pickedUpAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (d) => d.finishedAt,
    }),
    version: t.exposeInt('version', { description: 'Grows with every change.' }),
  }),
});

builder.objectField(OfferType, 'delivery', (t) =>
  t.field({
    type: DeliveryType,
    nullable: true,
    description: 'Its latest delivery.',
    resolve: (offer, _args, { scope }) => findDeliveryOfOffer(scope, offer.id),
  }),
);

builder.objectField(OpportunityType, 'latestDelivery', (t) =>
  t.field({
    type: DeliveryType,
    nullable: true,
    description: 'Its latest delivery.',
    resolve: (opportunity, _args, { scope }) => findDeliveryOfOpportunity(scope, opportunity.id),
  }),
);

const DeliveryFilterInput = builder.inputType('DeliveryFilter', {
  description: 'Which deliveries; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [DeliveryStatusEnum], description: 'In one of these states.' }),
    priority: t.field({ type: [DeliveryPriorityEnum], description: 'Of one of these urgencies.' }),
    offerId: t.globalID({ for: OfferType, description: 'Of this offer.' }),
    droneId: t.string({ description: 'Flown by this drone now: Drone.droneId.' }),
    destinationRegion: t.string({ description: 'To this region.' }),
    isSuspect: t.boolean({ description: 'Whose drone is silent, or is not.' }),
    createdFrom: t.field({ type: 'DateTime', description: 'Dispatched at or after this instant.' }),
    createdTo: t.field({ type: 'DateTime', description: 'Dispatched before this instant.' }),
  }),
});

builder.queryFields((t) => ({
  delivery: t.field({
    type: DeliveryType,
    nullable: true,
    description: 'One delivery; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ for: DeliveryType, required: true, description: 'Delivery.id.' }) },
    resolve: async (_root, { id }, { scope }) => (await deliveriesById(scope, [id.id]))[0] ?? null,
  }),
  deliveries: t.connection(
    {
      type: DeliveryType,
      description: 'The tenant’s deliveries, newest first.',
      args: { filter: t.arg({ type: DeliveryFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listDeliveries(scope, page, { ...filter, offerId: filter?.offerId?.id }),
    },
    { name: 'DeliveryConnection', description: 'A page of deliveries.' },
    { name: 'DeliveryEdge', description: 'One delivery of a page.' },
  ),
}));
