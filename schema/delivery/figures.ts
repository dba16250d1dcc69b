import type { BundleConversion, DeliveryTotals, NodeSlots } from '../../src/delivery/report/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';

const NodeSlotsType = builder.objectRef<NodeSlots>('WorldwideNode').implement({
  description: 'A hub and its slots, now.',
  fields: (t) => ({
    nodeId: t.string({ description: 'E.g. NODE_EU_001.', resolve: ({ hubId }) => hubId }),
    region: t.exposeString('region', { description: 'The region it serves.' }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'Whether routes may use it.' }),
    capacity: t.exposeInt('capacity', { description: 'Deliveries in flight at most.' }),
    availableCapacity: t.int({
      description: 'Slots neither held nor confirmed.',
      resolve: ({ free }) => free,
    }),
  }),
});

const BundleConversionType = builder.objectRef<BundleConversion>('BundleConversion').implement({
  description: 'How the offers of one bundle were answered.',
  fields: (t) => ({
    bundleName: t.exposeString('bundleName', { description: 'Name of the bundle.' }),
    offered: t.exposeInt('offered', { description: 'Offers that customers got.' }),
    accepted: t.exposeInt('accepted', { description: 'Of these, accepted ones.' }),
    conversionPct: t.exposeFloat('conversionPct', {
      nullable: true,
      description: 'Accepted of offered, %; null without an offer.',
    }),
  }),
});

/** The seed's fields of engine status and drone report. */
export interface DeliveryFigures extends DeliveryTotals {
  readonly deliveryOpportunitiesDetected: number;
  readonly eliteOpportunities: number;
  readonly crossBorderOrders: number;
}

export const DeliveryFiguresInterface = builder.interfaceRef<DeliveryFigures>('DeliveryFigures').implement({
  description: 'The delivery wing in numbers: of all time in the engine’s status, of a window in the report.',
  fields: (t) => ({
    deliveryOpportunitiesDetected: t.exposeInt('deliveryOpportunitiesDetected', {
      description: 'Rare packages found (score ≥ opportunityThreshold).',
    }),
    eliteOpportunities: t.exposeInt('eliteOpportunities', { description: 'Of these, elite ones.' }),
    crossBorderOrders: t.exposeInt('crossBorderOrders', { description: 'Of these, cross-border ones.' }),
    droneActionsQueued: t.exposeInt('droneActionsQueued', {
      description: 'Offers waiting for an answer, a payment or their dispatch, now.',
    }),
    droneActionsDispatched: t.exposeInt('droneActionsDispatched', { description: 'Offers dispatched.' }),
    totalDroneRevenue: t.field({
      type: [MoneyType],
      description: 'Captured and not refunded, one amount per currency; never added across currencies.',
      resolve: ({ totalDroneRevenue }) => [...totalDroneRevenue],
    }),
    worldwideNodes: t.field({
      type: [NodeSlotsType],
      description: 'Hubs with their slots, now.',
      resolve: ({ worldwideNodes }) => [...worldwideNodes],
    }),
    upsellConversionByBundle: t.field({
      type: [BundleConversionType],
      description: 'How offers were answered, by bundle.',
      resolve: ({ upsellConversionByBundle }) => [...upsellConversionByBundle],
    }),
  }),
});
