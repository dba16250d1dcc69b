import {
  type CustomerRow,
  getCustomer,
  importCustomers,
  listCustomers,
} from '../../src/commerce/customers/index.ts';
import { builder } from '../builder.ts';
import { INSTANT, ITEM_ID, ITEM_UPDATED_AT, ITEM_VERSION, importMutation } from './import-items.ts';
import { CustomerType, find } from './refs.ts';

const findCustomer = find<CustomerRow>(getCustomer);

builder.node(CustomerType, {
  description: 'A buyer as one source knows it.',
  id: { description: 'Global id.', resolve: (customer) => customer.id },
  loadOne: (id: string, { scope }) => findCustomer(id, scope),
  fields: (t) => ({
    source: t.exposeString('source', { description: 'The system it comes from.' }),
    externalId: t.exposeString('externalId', { description: 'Its name there.' }),
    email: t.exposeString('email', { nullable: true, description: 'As sent.' }),
    name: t.exposeString('name', { nullable: true, description: 'As sent.' }),
    country: t.field({
      type: 'CountryCode',
      nullable: true,
      description: 'ISO 3166-1 alpha-2.',
      resolve: (customer) => customer.country,
    }),
    signedUpAt: t.field({
      type: 'DateTime',
      description: 'When it became a customer.',
      resolve: (c) => c.signedUpAt,
    }),
    churnedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it left; null while it is a customer.',
      resolve: (customer) => customer.churnedAt,
    }),
    acceptsMarketing: t.exposeBoolean('acceptsMarketing', {
      nullable: true,
      description: 'Whether it agreed to offers; null when the source does not say.',
    }),
    version: t.field({ type: 'BigInt', description: 'Of the source.', resolve: (c) => c.version }),
    importedAt: t.field({ type: 'DateTime', description: 'Last stored.', resolve: (c) => c.importedAt }),
  }),
});

const CustomerFilterInput = builder.inputType('CustomerFilter', {
  description: 'Which customers; every given condition must hold.',
  fields: (t) => ({
    source: t.string({ description: 'Of this source.' }),
    externalId: t.string({ description: 'With this name in its source.' }),
    country: t.field({ type: 'CountryCode', description: 'Of this country.' }),
    email: t.string({ description: 'With exactly this address.' }),
    signedUpFrom: t.field({ type: 'DateTime', description: 'Signed up at or after this instant.' }),
    signedUpTo: t.field({ type: 'DateTime', description: 'Signed up before this instant.' }),
  }),
});

builder.queryFields((t) => ({
  customer: t.field({
    type: CustomerType,
    nullable: true,
    description: 'One customer; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ for: CustomerType, required: true, description: 'Customer.id.' }) },
    resolve: (_root, { id }, { scope }) => findCustomer(id.id, scope),
  }),
  customers: t.connection(
    {
      type: CustomerType,
      description: 'The tenant’s customers, signed up last first.',
      args: { filter: t.arg({ type: CustomerFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listCustomers(scope, filter ?? {}, page),
    },
    { name: 'CustomerConnection', description: 'A page of customers.' },
    { name: 'CustomerEdge', description: 'One customer of a page.' },
  ),
}));

const ImportCustomerItem = builder.inputType('ImportCustomerItem', {
  description: 'One customer as the source knows it.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    version: t.field({ type: 'LooseNumber', description: ITEM_VERSION }),
    updatedAt: t.string({ description: ITEM_UPDATED_AT }),
    email: t.string({ description: 'name@example.com, up to 320 characters.' }),
    name: t.string({ description: 'Up to 500 characters.' }),
    country: t.string({ description: 'ISO 3166-1 alpha-2.' }),
    signedUpAt: t.string({ description: `Must be there. ${INSTANT}` }),
    churnedAt: t.string({ description: `When it left; not before signedUpAt. ${INSTANT}` }),
    acceptsMarketing: t.boolean({
      description:
        'Whether it agreed to offers; false: it never gets one. Leave it out when you do not know.',
    }),
  }),
});

importMutation(
  'importCustomers',
  'Adds and updates up to 1,000 customers. Import customers before the orders that name them.',
  ImportCustomerItem,
  'Customer',
  importCustomers,
);
