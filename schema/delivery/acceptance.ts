import {
  acceptOffer,
  createOfferLink,
  declineOffer,
  type OfferLink,
} from '../../src/delivery/acceptance/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { OfferPayload } from './offers.ts';
import { OfferType } from './refs.ts';

const AcceptOfferInput = builder.inputType('AcceptOfferInput', {
  description: 'Which offer the customer accepts.',
  fields: (t) => ({
    id: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
    expectedVersion: t.int({ description: 'The version the customer saw; a mismatch is a VersionConflict.' }),
  }),
});

const DeclineOfferInput = builder.inputType('DeclineOfferInput', {
  description: 'Which offer the customer declines, and why.',
  fields: (t) => ({
    id: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
    expectedVersion: t.int({ description: 'The version the customer saw; a mismatch is a VersionConflict.' }),
    reason: t.string({ description: 'Up to 500 characters.' }),
  }),
});

const CreateOfferLinkInput = builder.inputType('CreateOfferLinkInput', {
  description: 'Which offer.',
  fields: (t) => ({
    id: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
  }),
});

const OfferLinkPayload = builder.objectRef<OfferLink>('OfferLinkPayload').implement({
  description: 'A page for the customer, who needs no login. Whoever has the link can answer the offer.',
  fields: (t) => ({
    url: t.exposeString('url', { description: 'To be sent to the customer and to nobody else.' }),
    expiresAt: t.field({
      type: 'DateTime',
      description: 'Until when it can be answered; after an acceptance it shows the state for 30 more days.',
      resolve: (link) => link.expiresAt,
    }),
  }),
});

builder.mutationFields((t) => ({
  acceptOffer: t.field({
    type: OfferPayload,
    description:
      'OFFERED → ACCEPTED in the customer’s name: holds capacity and reserves the money. Accepting again changes nothing. When it cannot travel any more it stays OFFERED.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: AcceptOfferInput, required: true, description: 'Which offer.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      offer: await acceptOffer(scope, { ...input, id: input.id.id, via: 'API' }),
    }),
  }),
  declineOffer: t.field({
    type: OfferPayload,
    description: 'OFFERED → DECLINED in the customer’s name. Declining again changes nothing.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DeclineOfferInput, required: true, description: 'Which offer.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      offer: await declineOffer(scope, { ...input, id: input.id.id, via: 'API' }),
    }),
  }),
  createOfferLink: t.field({
    type: OfferLinkPayload,
    description: 'The signed link under which the customer sees and answers the offer; the same every time.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: CreateOfferLinkInput, required: true, description: 'Which offer.' }) },
    resolve: (_root, { input }, { scope }) => createOfferLink(scope, { id: input.id.id }),
  }),
}));
