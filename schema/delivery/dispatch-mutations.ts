import {
  cancelDelivery,
  type Delivery,
  dispatchCrossBorder,
  dispatchOffer,
  type LegEvent,
  recordLeg,
} from '../../src/delivery/dispatch/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { DeliveryType } from './dispatch.ts';
import { OfferType, OpportunityType } from './refs.ts';

const DeliveryPayload = builder.objectRef<{ delivery: Delivery }>('DeliveryPayload').implement({
  description: 'The changed delivery.',
  fields: (t) => ({
    delivery: t.field({ type: DeliveryType, description: 'As it stands now.', resolve: (p) => p.delivery }),
  }),
});

const LegEventEnum = builder.enumType('LegEvent', {
  description: 'What happened to a leg.',
  values: {
    STARTED: { description: 'The carrier has the package.' },
    COMPLETED: { description: 'The package is at the end of the leg.' },
    FAILED: { description: 'It did not work; the leg is tried again, three times in all.' },
  } satisfies Record<LegEvent, { description: string }>,
});

const DispatchOfferInput = builder.inputType('DispatchOfferInput', {
  description: 'Which offer.',
  fields: (t) => ({
    offerId: t.globalID({ for: OfferType, required: true, description: 'Offer.id; accepted and paid.' }),
  }),
});

const DispatchCrossBorderInput = builder.inputType('DispatchCrossBorderInput', {
  description: 'Which package, and to which region.',
  fields: (t) => ({
    opportunityId: t.globalID({
      for: OpportunityType,
      required: true,
      description: 'Opportunity.id; its offer is accepted and paid.',
    }),
    destinationRegion: t.string({ required: true, description: 'Region of the hub that shall deliver.' }),
    override: t.boolean({
      description: 'Sends it there although routing would choose another region. Audited. Default false.',
    }),
    reason: t.string({ description: 'Why, for the audit trail.' }),
  }),
});

const CancelDeliveryInput = builder.inputType('CancelDeliveryInput', {
  description: 'Which delivery, and why.',
  fields: (t) => ({
    id: t.globalID({ for: DeliveryType, required: true, description: 'Delivery.id.' }),
    reason: t.string({ description: 'Up to 500 characters. Default CANCELLED_BY_OPERATOR.' }),
  }),
});

const RecordLegInput = builder.inputType('RecordLegInput', {
  description: 'What a courier or carrier reports.',
  fields: (t) => ({
    deliveryId: t.globalID({ for: DeliveryType, required: true, description: 'Delivery.id.' }),
    legIndex: t.int({ required: true, description: 'Place in Delivery.legs, from 0: the leg under way.' }),
    event: t.field({ type: LegEventEnum, required: true, description: 'What happened.' }),
    note: t.string({ description: 'Proof of delivery, or what went wrong; up to 500 characters.' }),
  }),
});

builder.mutationFields((t) => ({
  dispatchOffer: t.field({
    type: DeliveryPayload,
    description:
      'Dispatches a paid offer that waits for a person (dispatch mode APPROVE). Again: the delivery as it stands.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DispatchOfferInput, required: true, description: 'Which offer.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      delivery: await dispatchOffer(scope, { id: input.offerId.id }),
    }),
  }),
  dispatchCrossBorder: t.field({
    type: DeliveryPayload,
    description:
      'Dispatches the paid offer of an opportunity to a region, which must be the one routing chooses.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: {
      input: t.arg({ type: DispatchCrossBorderInput, required: true, description: 'What and where.' }),
    },
    resolve: async (_root, { input }, { scope }) => ({
      delivery: await dispatchCrossBorder(scope, { ...input, opportunityId: input.opportunityId.id }),
    }),
  }),
  cancelDelivery: t.field({
    type: DeliveryPayload,
    description: 'Calls a delivery off: its drone turns around, its slots are free, its money goes back.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CancelDeliveryInput, required: true, description: 'Which, and why.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      delivery: await cancelDelivery(scope, { id: input.id.id, reason: input.reason }),
    }),
  }),
  recordLeg: t.field({
    type: DeliveryPayload,
    description: 'Reports a LOCAL, GROUND or LINEHAUL leg. From then on nobody else carries the delivery.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RecordLegInput, required: true, description: 'What happened.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      delivery: await recordLeg(scope, { ...input, deliveryId: input.deliveryId.id }),
    }),
  }),
}));
