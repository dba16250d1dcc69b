import type { Tx } from '../../platform/db/sql.ts';
import type { DayTotals, OrderPackage, PackageKeys } from './contribution.ts';
import { addAll, type Histogram } from './histogram.ts';
import { dayOf } from './window.ts';

const ADD_ORDERS = `
  INSERT INTO rarity_order (tenant_id, order_id, day)
  SELECT $1, o.id, o.day FROM unnest($2::uuid[], $3::date[]) AS o (id, day)
  ON CONFLICT DO NOTHING`;

const ADD_ITEMS = `
  INSERT INTO rarity_item AS i (tenant_id, item_key, orders)
  SELECT $1, n.key, n.orders FROM unnest($2::text[], $3::int[]) AS n (key, orders)
  ON CONFLICT (tenant_id, item_key) DO UPDATE SET orders = i.orders + excluded.orders`;

const ADD_SETS = `
  INSERT INTO rarity_set AS s (tenant_id, set_hash, first_seen_at, last_seen_at)
  SELECT $1, n.hash, min(n.at), max(n.at) FROM unnest($2::text[], $3::timestamptz[]) AS n (hash, at) GROUP BY n.hash
  ON CONFLICT (tenant_id, set_hash) DO UPDATE SET first_seen_at = least(s.first_seen_at, excluded.first_seen_at),
    last_seen_at = greatest(s.last_seen_at, excluded.last_seen_at)`;

const PUT_DAYS = `
  INSERT INTO rarity_day AS d (tenant_id, day, corpus_orders, orders, items, "values", raw_scores)
  SELECT $1, n.day, $7, n.orders, n.items::jsonb, n.vals::jsonb, n.raw::jsonb
  FROM unnest($2::date[], $3::int[], $4::text[], $5::text[], $6::text[]) AS n (day, orders, items, vals, raw)
  ON CONFLICT (tenant_id, day) DO UPDATE SET orders = excluded.orders, items = excluded.items,
    "values" = excluded."values", raw_scores = excluded.raw_scores`;

interface StoredDay {
  day: string;
  orders: number;
  items: Record<string, number>;
  values: Record<string, Histogram>;
  rawScores: Histogram;
}

/** Remembers orders, their items and their sets: three statements for any number. */
export async function addOrders(
  tx: Tx,
  tenantId: string,
  batch: readonly { pkg: OrderPackage; keys: PackageKeys }[],
): Promise<void> {
  const items = new Map<string, number>();
  for (const { keys } of batch) for (const key of keys.keys) items.set(key, (items.get(key) ?? 0) + 1);
  const placed = batch.map(({ pkg }) => pkg.placedAt);
  const ids = batch.map(({ pkg }) => pkg.orderId);
  await tx.run(ADD_ORDERS, [tenantId, ids, placed.map(dayOf)], 'rarity_add_orders');
  await tx.run(ADD_ITEMS, [tenantId, [...items.keys()], [...items.values()]], 'rarity_add_items');
  await tx.run(ADD_SETS, [tenantId, batch.map(({ keys }) => keys.setHash), placed], 'rarity_add_sets');
}

/**
 * Adds to the day rows: read, merged here, written back, two statements. The corpus row's lock makes it safe,
 * and it costs what the touched days hold, never what the window holds.
 */
export async function addDays(
  tx: Tx,
  tenantId: string,
  added: ReadonlyMap<string, DayTotals>,
  corpusOrders: number,
): Promise<void> {
  const stored = await tx.rows<StoredDay>(
    `SELECT day, orders, items, "values", raw_scores AS "rawScores" FROM rarity_day
     WHERE tenant_id = $1 AND day = ANY($2::date[])`,
    [tenantId, [...added.keys()]],
    'rarity_days',
  );
  for (const before of stored) mergeInto(added.get(before.day) as DayTotals, before);
  const days = [...added.values()];
  await tx.run(
    PUT_DAYS,
    [
      tenantId,
      [...added.keys()],
      days.map((day) => day.orders),
      days.map((day) => JSON.stringify(Object.fromEntries(day.items))),
      days.map((day) => JSON.stringify(day.values)),
      days.map((day) => JSON.stringify(day.rawScores)),
      corpusOrders,
    ],
    'rarity_put_days',
  );
}

function mergeInto(day: DayTotals, before: StoredDay): void {
  day.orders += before.orders;
  for (const [key, n] of Object.entries(before.items)) day.items.set(key, (day.items.get(key) ?? 0) + n);
  addAll(day.rawScores, before.rawScores);
  for (const [currency, histogram] of Object.entries(before.values)) {
    day.values[currency] ??= {};
    addAll(day.values[currency] as Histogram, histogram);
  }
}
