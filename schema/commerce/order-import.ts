import { importOrders, ORDER_STATUSES } from '../../src/commerce/orders/index.ts';
import { builder } from '../builder.ts';
import { INSTANT, ITEM_ID, ITEM_UPDATED_AT, ITEM_VERSION, importMutation } from './import-items.ts';
import { ImportLineInput } from './lines.ts';

const ImportPlaceInput = builder.inputType('ImportPlace', {
  description: 'Where a package starts or goes: a country, coordinates, or both. Coordinates come in pairs.',
  fields: (t) => ({
    country: t.string({ description: 'ISO 3166-1 alpha-2.' }),
    lat: t.field({ type: 'LooseNumber', description: 'Degrees north, −90 to 90.' }),
    lon: t.field({ type: 'LooseNumber', description: 'Degrees east, −180 to 180; (0, 0) is refused.' }),
  }),
});

const ImportOrderItem = builder.inputType('ImportOrderItem', {
  description: 'One order as the source knows it.',
  fields: (t) => ({
    externalId: t.string({ description: ITEM_ID }),
    version: t.field({ type: 'LooseNumber', description: ITEM_VERSION }),
    updatedAt: t.string({ description: ITEM_UPDATED_AT }),
    customerExternalId: t.string({ description: 'A customer that is stored already.' }),
    customerSource: t.string({ description: 'The customer’s source; default: the batch’s.' }),
    cartExternalId: t.string({ description: 'A cart that is stored already.' }),
    cartSource: t.string({ description: 'The cart’s source; default: the batch’s.' }),
    status: t.string({ description: `${ORDER_STATUSES.join(', ')}; must be there.` }),
    channel: t.string({ description: 'Where it was placed, e.g. "web"; up to 100 characters.' }),
    currency: t.string({ description: 'ISO 4217; must be there.' }),
    totalMinor: t.field({ type: 'LooseNumber', description: 'Minor units; default: the sum of the lines.' }),
    total: t.field({ type: 'LooseNumber', description: 'The same as a decimal, e.g. "12.50".' }),
    items: t.field({
      type: [ImportLineInput],
      description: 'Up to 5,000 lines; these or a total must be there.',
    }),
    placedAt: t.string({ description: `Must be there. ${INSTANT}` }),
    paidAt: t.string({ description: `Default: placedAt for a paid order. ${INSTANT}` }),
    pickup: t.field({ type: ImportPlaceInput, description: 'Where it starts.' }),
    delivery: t.field({ type: ImportPlaceInput, description: 'Where it goes.' }),
    weightGrams: t.field({ type: 'LooseNumber', description: 'Whole, 1 to 1,000,000,000.' }),
    isHazardous: t.boolean({ description: 'May not fly; default false.' }),
  }),
});

importMutation(
  'importOrders',
  'Adds and updates up to 1,000 orders; those worth a look are scored with the next detection.',
  ImportOrderItem,
  'Order',
  importOrders,
);
