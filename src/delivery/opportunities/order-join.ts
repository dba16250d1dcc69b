import type { OrderRow } from '../../commerce/orders/index.ts';
import type { Columns, Join } from './columns.ts';

const COLUMNS: Columns<OrderRow> = {
  id: 'o.id',
  source: 'o.source',
  externalId: 'o.external_id',
  version: 'o.version',
  customerId: 'o.customer_id',
  cartId: 'o.cart_id',
  status: 'o.status',
  channel: 'o.channel',
  currency: 'o.currency',
  totalMinor: 'o.total_minor',
  itemCount: 'o.item_count',
  items: 'o.items',
  placedAt: 'o.placed_at',
  paidAt: 'o.paid_at',
  pickupCountry: 'o.pickup_country',
  pickupLat: 'o.pickup_lat',
  pickupLon: 'o.pickup_lon',
  deliveryCountry: 'o.delivery_country',
  deliveryLat: 'o.delivery_lat',
  deliveryLon: 'o.delivery_lon',
  weightGrams: 'o.weight_grams',
  isHazardous: 'o.is_hazardous',
  importedAt: 'o.imported_at',
};

/** The order of each opportunity of a list, in the list's own statement. */
export const orderJoin: Join<'order', OrderRow> = {
  key: 'order',
  columns: COLUMNS,
  present: 'id',
  from: 'LEFT JOIN orders o ON o.tenant_id = p.tenant_id AND o.id = p.order_id',
};
