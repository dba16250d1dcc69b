import { getCart } from '../../src/commerce/carts/index.ts';
import { getCustomer } from '../../src/commerce/customers/index.ts';
import { getOrder, listOrders, type OrderRow, type OrderStatus } from '../../src/commerce/orders/index.ts';
import { builder } from '../builder.ts';
import { MoneyType } from '../money.ts';
import { OrderItemType, withCurrency } from './lines.ts';
import './order-import.ts';
import { CartType, CustomerType, filterId, find, OrderType } from './refs.ts';

const findOrder = find<OrderRow>(getOrder);

export const OrderStatusEnum = builder.enumType('OrderStatus', {
  description: 'How an order stands.',
  values: {
    OPEN: { description: 'Placed, not paid.' },
    PAID: { description: 'Paid, not yet on its way.' },
    FULFILLED: { description: 'Paid and sent.' },
    CANCELLED: { description: 'Called off.' },
    REFUNDED: { description: 'Paid, and paid back.' },
    ADJUSTMENT: { description: 'A correction of the books; no sale.' },
  } satisfies Record<OrderStatus, { description: string }>,
});

interface OrderPlace {
  country: string | null;
  lat: number | null;
  lon: number | null;
}

const placeOf = (country: string | null, lat: number | null, lon: number | null): OrderPlace | null =>
  country === null && lat === null ? null : { country, lat, lon };

const OrderPlaceType = builder.objectRef<OrderPlace>('OrderPlace').implement({
  description: 'What is known about where a package starts or goes.',
  fields: (t) => ({
    country: t.field({
      type: 'CountryCode',
      nullable: true,
      description: 'ISO 3166-1 alpha-2.',
      resolve: (place) => place.country,
    }),
    lat: t.field({ type: 'Latitude', nullable: true, description: 'Degrees north.', resolve: (p) => p.lat }),
    lon: t.field({ type: 'Longitude', nullable: true, description: 'Degrees east.', resolve: (p) => p.lon }),
  }),
});

builder.node(OrderType, {
  description: 'An order as its source knows it.',
  id: { description: 'Global id.', resolve: (order) => order.id },
  loadOne: (id: string, { scope }) => findOrder(id, scope),
  fields: (t) => ({
    source: t.exposeString('source', { description: 'The system it comes from.' }),
    externalId: t.exposeString('externalId', { description: 'Its name there.' }),
    status: t.field({ type: OrderStatusEnum, description: 'How it stands.', resolve: (o) => o.status }),
    channel: t.exposeString('channel', { nullable: true, description: 'Where it was placed, e.g. "web".' }),
    customer: t.field({
      type: CustomerType,
      nullable: true,
      description: 'Who ordered; null when nobody is named.',
      resolve: ({ customerId }, _args, { scope }) => (customerId ? getCustomer(scope, customerId) : null),
    }),
    cart: t.field({
      type: CartType,
      nullable: true,
      description: 'The checkout that it came from.',
      resolve: ({ cartId }, _args, { scope }) => (cartId ? getCart(scope, cartId) : null),
    }),
    total: t.field({
      type: MoneyType,
      description: 'As sent, else the sum of the lines.',
      resolve: (o) => ({ amountMinor: o.totalMinor, currency: o.currency }),
    }),
    itemCount: t.exposeInt('itemCount', { description: 'How many lines it has.' }),
    items: t.field({ type: [OrderItemType], description: 'Its lines.', resolve: withCurrency }),
    placedAt: t.field({ type: 'DateTime', description: 'When it was ordered.', resolve: (o) => o.placedAt }),
    paidAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it was paid; null when it was not.',
      resolve: (order) => order.paidAt,
    }),
    pickup: t.field({
      type: OrderPlaceType,
      nullable: true,
      description: 'Where it starts; null when unknown.',
      resolve: (o) => placeOf(o.pickupCountry, o.pickupLat, o.pickupLon),
    }),
    delivery: t.field({
      type: OrderPlaceType,
      nullable: true,
      description: 'Where it goes; null when unknown.',
      resolve: (o) => placeOf(o.deliveryCountry, o.deliveryLat, o.deliveryLon),
    }),
    weightGrams: t.exposeInt('weightGrams', { nullable: true, description: 'Of the package.' }),
    isHazardous: t.exposeBoolean('isHazardous', { description: 'May not fly.' }),
    version: t.field({ type: 'BigInt', description: 'Of the source.', resolve: (o) => o.version }),
    importedAt: t.field({ type: 'DateTime', description: 'Last stored.', resolve: (o) => o.importedAt }),
  }),
});

const OrderFilterInput = builder.inputType('OrderFilter', {
  description: 'Which orders; every given condition must hold.',
  fields: (t) => ({
    source: t.string({ description: 'Of this source.' }),
    externalId: t.string({ description: 'With this name in its source.' }),
    status: t.field({ type: [OrderStatusEnum], description: 'One of these.' }),
    channel: t.string({ description: 'Placed here.' }),
    currency: t.field({ type: 'Currency', description: 'In this currency.' }),
    customerId: t.globalID({ for: CustomerType, description: 'Of this customer.' }),
    deliveryCountry: t.field({ type: 'CountryCode', description: 'Going to this country.' }),
    placedFrom: t.field({ type: 'DateTime', description: 'Ordered at or after this instant.' }),
    placedTo: t.field({ type: 'DateTime', description: 'Ordered before this instant.' }),
  }),
});

builder.queryFields((t) => ({
  order: t.field({
    type: OrderType,
    nullable: true,
    description: 'One order; null when this tenant has none with this id.',
    args: { id: t.arg.globalID({ for: OrderType, required: true, description: 'Order.id.' }) },
    resolve: (_root, { id }, { scope }) => findOrder(id.id, scope),
  }),
  orders: t.connection(
    {
      type: OrderType,
      description: 'The tenant’s orders, placed last first.',
      args: { filter: t.arg({ type: OrderFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listOrders(scope, { ...filter, customerId: filterId(filter?.customerId, 'filter.customerId') }, page),
    },
    { name: 'OrderConnection', description: 'A page of orders.' },
    { name: 'OrderEdge', description: 'One order of a page.' },
  ),
}));
