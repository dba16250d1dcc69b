import {
  type Charge,
  type ChargeEntry,
  type ChargeStatus,
  chargesById,
  type EntryKind,
  type EntrySource,
  findCharge,
  findEntries,
  findOfferPaid,
  listCharges,
  refundOffer,
} from '../../src/delivery/charges/index.ts';
import type { Offer } from '../../src/delivery/offers/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { MoneyType } from '../money.ts';
import { PaymentProviderEnum } from './payment-account.ts';
import { OfferType } from './refs.ts';

const ChargeStatusEnum = builder.enumType('ChargeStatus', {
  description: 'Where the money of an accepted offer is.',
  values: {
    PENDING: { description: 'The provider has not been asked, or has not answered yet.' },
    REQUIRES_ACTION: { description: 'The customer has to pay at actionUrl.' },
    AUTHORIZED: { description: 'Reserved, not taken.' },
    CAPTURED: { description: 'Taken, because the delivery is on its way.' },
    VOIDED: { description: 'Nothing was taken and nothing will be.' },
    REFUNDED: { description: 'Taken and given back.' },
    FAILED: { description: 'Declined; see failureCode.' },
  } satisfies Record<ChargeStatus, { description: string }>,
});

const EntryKindEnum = builder.enumType('ChargeEntryKind', {
  description: 'What happened to a charge.',
  values: {
    AUTHORIZE: { description: 'The money was reserved.' },
    CAPTURE: { description: 'The money was taken.' },
    VOID: { description: 'The reservation was given back.' },
    REFUND: { description: 'The money was given back.' },
    DECLINE: { description: 'The money was not given.' },
  } satisfies Record<EntryKind, { description: string }>,
});

const EntrySourceEnum = builder.enumType('ChargeEntrySource', {
  description: 'How we learned of it.',
  values: {
    EFFECT: { description: 'The provider answered our call.' },
    WEBHOOK: { description: 'The provider told us.' },
    RECONCILE: { description: 'We looked, because an answer was lost.' },
  } satisfies Record<EntrySource, { description: string }>,
});

const ChargeEntryType = builder.objectRef<ChargeEntry & { currency: string }>('ChargeEntry').implement({
  description: 'One line of a charge’s append-only ledger; each kind at most once.',
  fields: (t) => ({
    kind: t.field({ type: EntryKindEnum, description: 'What happened.', resolve: (e) => e.kind }),
    amount: t.field({
      type: MoneyType,
      description: 'How much; 0 for a VOID or DECLINE.',
      resolve: (e) => ({ amountMinor: e.amountMinor, currency: e.currency }),
    }),
    source: t.field({
      type: EntrySourceEnum,
      description: 'How we learned of it.',
      resolve: (e) => e.source,
    }),
    sourceId: t.exposeString('sourceId', { description: 'Plain id of the effect or webhook event.' }),
    at: t.field({ type: 'DateTime', description: 'When it was booked.', resolve: (e) => e.at }),
  }),
});

export const ChargeType = builder.objectRef<Charge>('Charge');

const amount = (of: (charge: Charge) => bigint, description: string) => ({
  type: MoneyType,
  description,
  resolve: (charge: Charge) => ({ amountMinor: of(charge), currency: charge.currency }),
});

builder.node(ChargeType, {
  description:
    'The money of one accepted offer: reserved at acceptance, taken at dispatch, given back on failure.',
  id: { description: 'Global id.', resolve: (charge) => charge.id },
  loadMany: (ids: string[], { scope }) => chargesById(scope, ids),
  fields: (t) => ({
    reference: t.field({
      type: 'UUID',
      description: 'Plain id: our reference at the provider.',
      resolve: (c) => c.id,
    }),
    offer: t.field({
      type: OfferType,
      nullable: true,
      description: 'What is paid for.',
      resolve: (c, _args, { scope }) => findOfferPaid(scope, c.offerId),
    }),
    provider: t.field({
      type: PaymentProviderEnum,
      description: 'Who handles it.',
      resolve: (c) => c.provider,
    }),
    providerRef: t.exposeString('providerRef', { nullable: true, description: 'The provider’s id.' }),
    status: t.field({ type: ChargeStatusEnum, description: 'Where it is.', resolve: (c) => c.status }),
    amount: t.field(amount((c) => c.amountMinor, 'What the offer costs.')),
    authorized: t.field(amount((c) => c.authorizedMinor, 'What was reserved.')),
    captured: t.field(amount((c) => c.capturedMinor, 'What was taken.')),
    refunded: t.field(amount((c) => c.refundedMinor, 'What was given back.')),
    actionUrl: t.exposeString('actionUrl', {
      nullable: true,
      description: 'Where the customer pays, while REQUIRES_ACTION.',
    }),
    failureCode: t.exposeString('failureCode', {
      nullable: true,
      description: 'Machine code of what went wrong last, or of how it was released.',
    }),
    entries: t.field({
      type: [ChargeEntryType],
      description: 'Its ledger, in the order in which money moves.',
      resolve: async (c, _args, { scope }) =>
        ((await findEntries(scope, c.id)) ?? []).map((entry) => ({ ...entry, currency: c.currency })),
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was opened.', resolve: (c) => c.createdAt }),
    updatedAt: t.field({ type: 'DateTime', description: 'Last change.', resolve: (c) => c.updatedAt }),
  }),
});

builder.objectField(OfferType, 'charge', (t) =>
  t.field({
    type: ChargeType,
    nullable: true,
    description: 'Its money, once it has been accepted.',
    resolve: (offer, _args, { scope }) => findCharge(scope, offer.id),
  }),
);

const ChargeFilterInput = builder.inputType('ChargeFilter', {
  description: 'Which charges; every given condition must hold.',
  fields: (t) => ({
    status: t.field({ type: [ChargeStatusEnum], description: 'One of these.' }),
    createdFrom: t.field({ type: 'DateTime', description: 'Opened at or after this instant.' }),
    createdTo: t.field({ type: 'DateTime', description: 'Opened before this instant.' }),
  }),
});

builder.queryField('charges', (t) =>
  t.connection(
    {
      type: ChargeType,
      description: 'Money of accepted offers, newest first.',
      args: { filter: t.arg({ type: ChargeFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listCharges(scope, page, filter ?? {}),
    },
    { name: 'ChargeConnection', description: 'A page of charges.' },
    { name: 'ChargeEdge', description: 'One charge of a page.' },
  ),
);

const RefundOfferInput = builder.inputType('RefundOfferInput', {
  description: 'Which offer, and why.',
  fields: (t) => ({
    id: t.globalID({ for: OfferType, required: true, description: 'Offer.id.' }),
    reason: t.string({ description: 'Up to 500 characters. Default REFUNDED_BY_FINANCE.' }),
  }),
});

const RefundOfferPayload = builder
  .objectRef<{ offer: Offer; charge: Charge }>('RefundOfferPayload')
  .implement({
    description: 'How far the refund has come; a provider that is away is asked again by the engine.',
    fields: (t) => ({
      offer: t.field({ type: OfferType, description: 'As it stands now.', resolve: (p) => p.offer }),
      charge: t.field({ type: ChargeType, description: 'As it stands now.', resolve: (p) => p.charge }),
    }),
  });

builder.mutationField('refundOffer', (t) =>
  t.field({
    type: RefundOfferPayload,
    description: 'Gives all money of a DISPATCHED or DELIVERED offer back; audited.',
    authScopes: { finance: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RefundOfferInput, required: true, description: 'Which offer.' }) },
    resolve: (_root, { input }, { scope }) => refundOffer(scope, { id: input.id.id, reason: input.reason }),
  }),
);
