import { getCustomer } from '../../src/commerce/customers/index.ts';
import { getOrder } from '../../src/commerce/orders/index.ts';
import {
  getPayment,
  listPayments,
  type PaymentRow,
  type PaymentStatus,
} from '../../src/commerce/payments/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';
import './payment-import.ts';
import { CustomerType, filterId, find, OrderType, PaymentType } from './refs.ts';

const findPayment = find<PaymentRow>(getPayment);

export const PaymentStatusEnum = builder.enumType('PaymentStatus', {
  description: 'How a payment stands.',
  values: {
    PENDING: { description: 'Tried; no answer yet.' },
    AUTHORIZED: { description: 'The money is held.' },
    CAPTURED: { description: 'The money was taken.' },
    FAILED: { description: 'Declined; see declineCode.' },
    VOIDED: { description: 'Given up before it was captured.' },
    REFUNDED: { description: 'Given back.' },
  } satisfies Record<PaymentStatus, { description: string }>,
});

builder.node(PaymentType, {
  description: 'One attempt to take money, or a credit note that gives some back.',
  id: { description: 'Global id.', resolve: (payment) => payment.id },
  loadOne: (id: string, { scope }) => findPayment(id, scope),
  fields: (t) => ({
    source: t.exposeString('source', { description: 'The system it comes from.' }),
    externalId: t.exposeString('externalId', { description: 'Its name there.' }),
    status: t.field({ type: PaymentStatusEnum, description: 'How it stands.', resolve: (p) => p.status }),
    order: t.field({
      type: OrderType,
      nullable: true,
      description: 'What it pays for; null when nothing is named.',
      resolve: ({ orderId }, _args, { scope }) => (orderId ? getOrder(scope, orderId) : null),
    }),
    customer: t.field({
      type: CustomerType,
      nullable: true,
      description: 'Who pays; null when nobody is named.',
      resolve: ({ customerId }, _args, { scope }) => (customerId ? getCustomer(scope, customerId) : null),
    }),
    amount: t.field({
      type: MoneyType,
      description: 'What was to be taken.',
      resolve: (p) => ({ amountMinor: p.amountMinor, currency: p.currency }),
    }),
    refunded: t.field({
      type: MoneyType,
      description: 'What was given back.',
      resolve: (p) => ({ amountMinor: p.refundedMinor, currency: p.currency }),
    }),
    attempt: t.exposeInt('attempt', { description: 'Which try it was for the order, from 1.' }),
    method: t.exposeString('method', { nullable: true, description: 'E.g. "card".' }),
    declineCode: t.exposeString('declineCode', { nullable: true, description: 'Why it failed.' }),
    attemptedAt: t.field({
      type: 'DateTime',
      description: 'When it was tried.',
      resolve: (p) => p.attemptedAt,
    }),
    capturedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the money was taken; null when it was not, and for credit notes.',
      resolve: (payment) => payment.capturedAt,
    }),
    refundedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When money was given back.',
      resolve: (payment) => payment.refundedAt,
    }),
    version: t.field({ type: 'BigInt', description: 'Of the source.', resolve: (p) => p.version }),
    importedAt: t.field({ type: 'DateTime', description: 'Last stored.', resolve: (p) => p.importedAt }),
  }),
});

const PaymentFilterInput = builder.inputType('PaymentFilter', {
  description: 'Which payments; every given condition must hold.',
  fields: (t) => ({
    source: t.string({ description: 'Of this source.' }),
    externalId: t.string({ description: 'With this name in its source.' }),
    status: t.field({ type: [PaymentStatusEnum], description: 'One of these.' }),
    currency: t.field({ type: 'Currency', description: 'In this currency.' }),
    method: t.string({ description: 'By this method.' }),
    orderId: t.globalID({ for: OrderType, description: 'Of this order.' }),
    customerId: t.globalID({ for: CustomerType, description: 'Of this customer.' }),
    attemptedFrom: t.field({ type: 'DateTime', description: 'Tried at or after this instant.' }),
    attemptedTo: t.field({ type: 'DateTime', description: 'Tried before this instant.' }),
  }),
});

builder.queryField('payments', (t) =>
  t.connection(
    {
      type: PaymentType,
      description: 'The tenant’s payments, tried last first.',
      args: { filter: t.arg({ type: PaymentFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => {
        const orderId = filterId(filter?.orderId, 'filter.orderId');
        const customerId = filterId(filter?.customerId, 'filter.customerId');
        return listPayments(scope, { ...filter, orderId, customerId }, page);
      },
    },
    { name: 'PaymentConnection', description: 'A page of payments.' },
    { name: 'PaymentEdge', description: 'One payment of a page.' },
  ),
);
