import type { Sql, Tx } from '../../platform/db/sql.ts';
import { type Calibration, calibration } from './calibrate.ts';
import type { DayTotals } from './contribution.ts';
import { type CorpusView, corpusView } from './corpus.ts';
import type { Histogram } from './histogram.ts';

/** The tenant's corpus row: sums over the window, in memory for the length of one step. */
export interface Corpus {
  windowFrom: string | null;
  seenTo: Date | null;
  orders: number;
  values: Record<string, Histogram>;
  rawScores: Histogram;
  calibration: Calibration;
  /** Orders in the window when outgrown raw scores were last dropped. */
  settledOrders: number;
}

const COLUMNS = `window_from AS "windowFrom", seen_to AS "seenTo", orders, "values", raw_scores AS "rawScores",
  calibration, settled_orders AS "settledOrders"`;

type StoredCorpus = Omit<Corpus, 'calibration'> & { calibration: Calibration | null };

const opened = (row: StoredCorpus): Corpus => ({
  ...row,
  calibration: row.calibration ?? calibration(row.rawScores),
});

const EMPTY: StoredCorpus = {
  windowFrom: null,
  seenTo: null,
  orders: 0,
  values: {},
  rawScores: {},
  calibration: null,
  settledOrders: 0,
};

/** The corpus as it is, without a lock. */
export async function readCorpus(sql: Sql, tenantId: string): Promise<Corpus> {
  const text = `SELECT ${COLUMNS} FROM rarity_corpus WHERE tenant_id = $1`;
  return opened((await sql.row<StoredCorpus>(text, [tenantId], 'rarity_corpus')) ?? EMPTY);
}

/** The corpus, locked to the end of the transaction: a tenant's batches are absorbed one after the other. */
export async function lockCorpus(tx: Tx, tenantId: string, now: Date): Promise<Corpus> {
  const text = `SELECT ${COLUMNS} FROM rarity_corpus WHERE tenant_id = $1 FOR UPDATE`;
  const found = await tx.row<StoredCorpus>(text, [tenantId], 'lock_rarity_corpus');
  if (found) return opened(found);
  await tx.run(
    `INSERT INTO rarity_corpus (tenant_id, "values", raw_scores, updated_at) VALUES ($1, '{}', '{}', $2)
     ON CONFLICT (tenant_id) DO NOTHING`,
    [tenantId, now],
  );
  return opened((await tx.row<StoredCorpus>(text, [tenantId], 'lock_rarity_corpus')) ?? EMPTY);
}

/** Writes the corpus row back. */
export async function saveCorpus(tx: Tx, tenantId: string, corpus: Corpus, now: Date): Promise<void> {
  await tx.run(
    `UPDATE rarity_corpus SET window_from = $2, seen_to = $3, orders = $4, "values" = $5, raw_scores = $6,
       calibration = $7, settled_orders = $8, updated_at = $9 WHERE tenant_id = $1`,
    [
      tenantId,
      corpus.windowFrom,
      corpus.seenTo,
      corpus.orders,
      JSON.stringify(corpus.values),
      JSON.stringify(corpus.rawScores),
      JSON.stringify(corpus.calibration),
      corpus.settledOrders,
      now,
    ],
    'save_rarity_corpus',
  );
}

/**
 * What scoring may ask about these keys and sets: two statements, only the rows named. LATERAL … LIMIT 1
 * is one index look-up per key, whatever the planner believes about tables it has not analysed yet.
 */
export async function loadView(
  sql: Sql,
  tenantId: string,
  corpus: Corpus,
  keys: string[],
  hashes: string[],
): Promise<CorpusView> {
  const items = await sql.rows<{ key: string; orders: number }>(
    `SELECT n.key, i.orders FROM unnest($2::text[]) AS n (key), LATERAL
       (SELECT orders FROM rarity_item WHERE tenant_id = $1 AND item_key = n.key LIMIT 1) i`,
    [tenantId, keys],
    'rarity_items',
  );
  const sets = await sql.rows<{ hash: string; at: Date }>(
    `SELECT n.hash, s.first_seen_at AS at FROM unnest($2::text[]) AS n (hash), LATERAL
       (SELECT first_seen_at FROM rarity_set WHERE tenant_id = $1 AND set_hash = n.hash LIMIT 1) s`,
    [tenantId, hashes],
    'rarity_sets',
  );
  return corpusView({
    orders: corpus.orders,
    itemOrders: new Map(items.map(({ key, orders }) => [key, orders])),
    values: corpus.values,
    firstSeen: new Map(sets.map(({ hash, at }) => [hash, at])),
  });
}

/** Which of these orders the corpus already contains. */
export async function knownOrders(tx: Tx, tenantId: string, orderIds: string[]): Promise<Set<string>> {
  const rows = await tx.rows<{ id: string }>(
    `SELECT n.id FROM unnest($2::uuid[]) AS n (id), LATERAL
       (SELECT FROM rarity_order WHERE tenant_id = $1 AND order_id = n.id LIMIT 1) o`,
    [tenantId, orderIds],
    'rarity_known_orders',
  );
  return new Set(rows.map(({ id }) => id));
}

/** A day that left the window, as far as the corpus row has to forget it. */
export type ExpiredDay = Pick<DayTotals, 'orders' | 'values' | 'rawScores'>;

const EXPIRE = `
  WITH gone AS (
    DELETE FROM rarity_day WHERE tenant_id = $1 AND day < $2 RETURNING orders, items, "values", raw_scores
  ), lost AS (
    SELECT e.key, sum(e.value::int)::int AS n FROM gone, jsonb_each_text(gone.items) e GROUP BY e.key
  ), fewer AS (
    UPDATE rarity_item i SET orders = i.orders - lost.n FROM lost
    WHERE i.tenant_id = $1 AND i.item_key = lost.key AND i.orders > lost.n
  ), none AS (
    DELETE FROM rarity_item i USING lost WHERE i.tenant_id = $1 AND i.item_key = lost.key AND i.orders <= lost.n
  ), forgotten_sets AS (
    DELETE FROM rarity_set WHERE tenant_id = $1 AND last_seen_at < ($2::date)::timestamp AT TIME ZONE 'UTC'
  ), forgotten_orders AS (
    DELETE FROM rarity_order WHERE tenant_id = $1 AND day < $2
  )
  SELECT orders, "values", raw_scores AS "rawScores" FROM gone`;

/** Days whose raw scores were made against fewer orders than this. */
export function outgrownDays(
  tx: Tx,
  tenantId: string,
  orders: number,
): Promise<{ day: string; rawScores: Histogram }[]> {
  return tx.rows(
    `SELECT day, raw_scores AS "rawScores" FROM rarity_day
     WHERE tenant_id = $1 AND corpus_orders < $2 AND raw_scores <> '{}'`,
    [tenantId, orders],
    'rarity_outgrown_days',
  );
}

/** Drops the raw scores of these days; their items and values stay. */
export async function dropRawScores(tx: Tx, tenantId: string, days: readonly string[]): Promise<void> {
  await tx.run(
    `UPDATE rarity_day SET raw_scores = '{}' WHERE tenant_id = $1 AND day = ANY($2::date[])`,
    [tenantId, days],
    'rarity_drop_raw_scores',
  );
}

/** Forgets everything before the day, in one statement; returns what the corpus row has to subtract. */
export function expireBefore(tx: Tx, tenantId: string, day: string): Promise<ExpiredDay[]> {
  return tx.rows<ExpiredDay>(EXPIRE, [tenantId, day], 'rarity_expire');
}
