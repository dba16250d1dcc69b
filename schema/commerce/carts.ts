import {
  CART_STATUSES,
  type CartRow,
  type CartStatus,
  getCart,
  importCarts,
  listCarts,
} from '../../src/commerce/carts/index.ts';
import { getCustomer } from '../../src/commerce/customers/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';
import { INSTANT, ITEM_ID, ITEM_UPDATED_AT, ITEM_VERSION, importMutation } from './import-items.ts';
import { ImportLineInput, OrderItemType, withCurrency } from './lines.ts';
import { CartType, CustomerType, filterId, find } from './refs.ts';

const findCart = find<CartRow>(getCart);

export const CartStatusEnum = builder.enumType('CartStatus', {
  description: 'How a cart stands.',
  values: {
    OPEN: { description: 'The checkout has not ended.' },
    ORDERED: { description: 'It became an order.' },
    CLOSED: { description: 'Ended without an order.' },
  } satisfies Record<CartStatus, { description: string }>,
});

builder.node(CartType, {
  description: 'A checkout as its source knows it.',
  id: { description: 'Global id.', resolve: (cart) => cart.id },
  loadOne: (id: string, { scope }) => findCart(id, scope),
  fields: (t) => ({
    source: t.exposeString('source', { description: 'The system it comes from.' }),
    externalId: t.exposeString('externalId', { description: 'Its name there.' }),
    status: t.field({ type: CartStatusEnum, description: 'How it stands.', resolve: (c) => c.status }),
    customer: t.field({
      type: CustomerType,
      nullable: true,
      description: 'Whose it is; null when nobody is named.',
      resolve: ({ customerId }, _args, { scope }) => (customerId ? getCustomer(scope, customerId) : null),
    }),
    email: t.exposeString('email', { nullable: true, description: 'Left at the checkout.' }),
    value: t.field({
      type: MoneyType,
      description: 'As sent, else the sum of the lines.',
      resolve: (cart) => ({ amountMinor: cart.valueMinor, currency: cart.currency }),
    }),
    items: t.field({ type: [OrderItemType], description: 'What is in it.', resolve: withCurrency }),
    startedAt: t.field({ type: 'DateTime', description: 'When it began.', resolve: (c) => c.startedAt }),
    lastActivityAt: t.field({
      type: 'DateTime',
      description: 'When it was last touched.',
      resolve: (cart) => cart.lastActivityAt,
    }),
    version: t.field({ type: 'BigInt', description: 'Of the source.', resolve: (c) => c.version }),
    importedAt: t.field({ type: 'DateTime', description: 'Last stored.', resolve: (c) => c.importedAt }),
  }),
});

const CartFilterInput = builder.inputType('CartFilter', {
  description: 'Which carts; every given condition must hold.',
  fields: (t) => ({
    source: t.string({ description: 'Of this source.' }),
    externalId: t.string({ description: 'With this name in its source.' }),
    status: t.field({ type: [CartStatusEnum], description: 'One of these.' }),
    customerId: t.globalID({ for: CustomerType, description: 'Of this customer.' }),
    lastActivityFrom: t.field({ type: 'DateTime', description: 'Touched at or after this instant.' }),
    lastActivityTo: t.field({ type: 'DateTime', description: 'Last touched before this instant.' }),
  }),
});

builder.queryField('carts', (t) =>
  t.connection(
    {
      type: CartType,
      description: 'The tenant’s carts, touched last first.',
      args: { filter: t.arg({ type: CartFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listCarts(scope, { ...filter, customerId: filterId(filter?.customerId, 'filter.customerId') }, page),
    },
    { name: 'CartConnection', description: 'A page of carts.' },
    { name: 'CartEdge', description: 'One cart of a page.' },
  ),
);

const ImportCartItem = builder.inputType('ImportCartItem', {
  description: 'One checkout as the source knows it.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    version: t.field({ type: 'LooseNumber', description: ITEM_VERSION }),
    updatedAt: t.string({ description: ITEM_UPDATED_AT }),
    customerExternalId: t.string({ description: 'A customer that is stored already.' }),
    customerSource: t.string({ description: 'The customer’s source; default: the batch’s.' }),
    email: t.string({ description: 'name@example.com, up to 320 characters.' }),
    status: t.string({ description: `${CART_STATUSES.join(', ')}; default OPEN.` }),
    currency: t.string({ description: 'ISO 4217; must be there.' }),
    valueMinor: t.field({
      type: 'LooseNumber',
      description: 'Minor units ≥ 0; default: the sum of the lines.',
    }),
    value: t.field({ type: 'LooseNumber', description: 'The same as a decimal, e.g. "12.50".' }),
    items: t.field({ type: [ImportLineInput], description: 'Up to 5,000 lines.' }),
    startedAt: t.string({ description: `Must be there. ${INSTANT}` }),
    lastActivityAt: t.string({ description: `Default: startedAt, and not before it. ${INSTANT}` }),
  }),
});

importMutation(
  'importCarts',
  'Adds and updates up to 1,000 carts. Import carts before the orders that name them.',
  ImportCartItem,
  'Cart',
  importCarts,
);
