import type { Opportunity } from './opportunity.ts';

/** Field of the row → SQL expression over the table's alias. */
export type Columns<Row> = { readonly [Field in keyof Row]: string };

/** A table joined to a list in the list's own statement; its row appears under `key`, null where there is none. */
export interface Join<Key extends string, Row> {
  readonly key: Key;
  readonly columns: Columns<Row>;
  /** `LEFT JOIN … ON …`, where `p` is the opportunity. */
  readonly from: string;
  /** A field that is never null in a row that exists. */
  readonly present: keyof Row & string;
}

/** `expression AS "field"` for every field, with an optional prefix against equal names. */
export function selectList(columns: Readonly<Record<string, string>>, prefix = ''): string {
  return Object.entries(columns)
    .map(([field, expression]) => `${expression} AS "${prefix}${field}"`)
    .join(', ');
}

/** The same join with only these of its columns; `present` always stays. */
export function narrow<Key extends string, Row>(
  join: Join<Key, Row>,
  only: ReadonlySet<string>,
): Join<Key, Row> {
  const kept = Object.entries<string>(join.columns).filter(
    ([field]) => only.has(field) || field === join.present,
  );
  return { ...join, columns: Object.fromEntries(kept) as Columns<Row> };
}

/**
 * The listed fields of a flat row, and each joined row in an object of its own. Built anew: deleting the flat
 * names from the row would make it a slow dictionary.
 */
export function nest(
  row: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  joins: readonly Join<string, unknown>[],
): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const field of fields) made[field] = row[field];
  for (const { key, columns, present } of joins) {
    if (row[`${key}.${present}`] === null) {
      made[key] = null;
      continue;
    }
    const inner: Record<string, unknown> = {};
    for (const field in columns as object) inner[field] = row[`${key}.${field}`];
    made[key] = inner;
  }
  return made;
}

export const OPPORTUNITY_COLUMNS: Columns<Opportunity> = {
  id: 'p.id',
  orderId: 'p.order_id',
  orderVersion: 'p.order_version',
  customerId: 'p.customer_id',
  status: 'p.status',
  tier: 'p.tier',
  isElite: 'p.is_elite',
  isCrossBorder: 'p.is_cross_border',
  destinationRegion: 'p.destination_region',
  score: 'p.score',
  rawScore: 'p.raw_score',
  percentile: 'p.percentile',
  components: 'p.components',
  reasons: 'p.reasons',
  scorerVersion: 'p.scorer_version',
  calibration: 'p.calibration',
  corpusOrders: 'p.corpus_orders',
  currency: 'p.currency',
  valueMinor: 'p.value_minor',
  itemNames: 'p.item_names',
  weightGrams: 'p.weight_grams',
  pickupCountry: 'p.pickup_country',
  pickupLat: 'p.pickup_lat',
  pickupLon: 'p.pickup_lon',
  deliveryCountry: 'p.delivery_country',
  deliveryLat: 'p.delivery_lat',
  deliveryLon: 'p.delivery_lon',
  orderPlacedAt: 'p.order_placed_at',
  detectedAt: 'p.detected_at',
  version: 'p.version',
};

const ALL = Object.keys(OPPORTUNITY_COLUMNS) as (keyof Opportunity)[];

/** The fields to read: all, or the asked ones and those that are needed anyway. */
export function fieldsOf(
  only: ReadonlySet<string> | undefined,
  needed: readonly (keyof Opportunity)[],
): (keyof Opportunity)[] {
  return only ? ALL.filter((field) => only.has(field) || needed.includes(field)) : ALL;
}

/** The select list of a row with its joined rows. */
export function columnsOf(
  fields: readonly (keyof Opportunity)[],
  joins: readonly Join<string, unknown>[],
): string {
  const own = Object.fromEntries(fields.map((name) => [name, OPPORTUNITY_COLUMNS[name]]));
  const joined = joins.map((join) => selectList(join.columns as Record<string, string>, `${join.key}.`));
  return [selectList(own), ...joined].join(', ');
}

/** Tells joins apart by what they read. */
export const joinsKey = (joins: readonly Join<string, unknown>[]): string =>
  joins.map((join) => `${join.key}:${Object.keys(join.columns)}`).join(';');
