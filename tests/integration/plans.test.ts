import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { takePendingOrders } from '../../src/commerce/orders/index.ts';
import { customerTotals, openCheckoutsBetween, sumWindow } from '../../src/commerce/rollups/index.ts';
import { eliteToOffer } from '../../src/delivery/opportunities/index.ts';
import { addMs, DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Sql, Tx } from '../../src/platform/db/sql.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';

const AT = new Date('2026-11-20T12:34:56.789Z');
const ORDERS = 6_000;
/** An order every half an hour, so `ORDERS` make 125 days. */
const EVERY_MIN = 30;
/** As wide as real orders: eight to a page, so that a planner thinks twice about an index. */
const ITEMS = JSON.stringify([{ name: 'x'.repeat(800) }]);

let db: OpenTestDatabase;
let scope: Scope;

beforeAll(async () => {
  db = await testDatabase();
  ({ scope } = await testScope(db.database, { now: AT }));
  await scope.db.tx(seed);
  // As the queue looks to a planner: it was full once, and empty whenever somebody looked.
  await queueAll();
  await scope.db.run('DELETE FROM rarity_pending WHERE tenant_id = $1', [scope.tenantId]);
  await analyze();
  await queueAll();
});
afterAll(() => db.close());

async function seed(tx: Tx): Promise<void> {
  const values = [scope.tenantId, AT, ORDERS, `${EVERY_MIN} minutes`];
  await tx.run(
    `INSERT INTO orders (tenant_id, id, source, external_id, version, status, currency, total_minor, item_count, items,
       placed_at, paid_at, imported_at)
     SELECT $1::uuid, md5($1::text || n)::uuid, 'test', 'o-' || n, 1, 'PAID', 'EUR', 1000, 1, $5::json,
       $2::timestamptz - n * $4::interval, $2::timestamptz - n * $4::interval, $2
     FROM generate_series(1, $3::int) n`,
    [...values, ITEMS],
  );
  await tx.run(
    `INSERT INTO payment (tenant_id, id, source, external_id, version, status, currency, amount_minor, attempt,
       attempted_at, captured_at, imported_at)
     SELECT $1::uuid, md5($1::text || n)::uuid, 'test', 'p-' || n, 1, 'CAPTURED', 'EUR', 1000, 1,
       $2::timestamptz - n * $4::interval, $2::timestamptz - n * $4::interval, $2
     FROM generate_series(1, $3::int) n`,
    values,
  );
  await tx.run(
    `INSERT INTO opportunity (tenant_id, id, order_id, order_version, status, tier, is_elite, is_cross_border, score,
       raw_score, components, reasons, scorer_version, corpus_orders, currency, value_minor, item_names, weight_grams,
       pickup_country, pickup_lat, pickup_lon, delivery_country, delivery_lat, delivery_lon, order_placed_at, detected_at)
     SELECT $1::uuid, 'opp_' || n, md5($1::text || n)::uuid, 1, 'DETECTED', 'PRO', n % 100 = 0, false, 70, 60, '{}', '[]',
       'v1', 10, 'EUR', 1000, '{}', 400, 'DE', 50.1, 8.7, 'FR', 48.9, 2.35, $2::timestamptz - n * $4::interval, $2
     FROM generate_series(1, $3::int) n`,
    values,
  );
}

const queueAll = () =>
  scope.db.run(
    `INSERT INTO rarity_pending (tenant_id, placed_at, order_id, version)
     SELECT tenant_id, placed_at, id, version FROM orders WHERE tenant_id = $1`,
    [scope.tenantId],
  );

/** What autovacuum does sooner or later; only the owner may. */
async function analyze(): Promise<void> {
  const client = new pg.Client(db.connection);
  await client.connect();
  try {
    // The embedded database has one session: the role that the product set is ours too.
    await client.query('RESET ROLE');
    await client.query('ANALYZE orders, payment, opportunity, customer, kpi_hour, rarity_pending');
    await client.query('SET ROLE revenue_runtime');
  } finally {
    await client.end();
  }
}

interface Node {
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Node[];
}

const visitedBy = (node: Node): number => {
  const rows = node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0);
  const here = rows * node['Actual Loops'] + (node['Rows Removed by Join Filter'] ?? 0);
  return Math.max(here, ...(node.Plans ?? []).map(visitedBy));
};

const quoted = (value: unknown): string =>
  value === null ? 'NULL' : `'${value instanceof Date ? value.toISOString() : String(value)}'`;

/** The most rows that any part of the statement's plan looks at, planned in the given way. */
async function mostVisited(mode: string, work: (sql: Tx) => Promise<unknown>): Promise<number> {
  const asked: { text: string; values: unknown[] }[] = [];
  await scope.db.tx((tx) => {
    const rows: Sql['rows'] = (text, values = []) => {
      asked.push({ text, values });
      return tx.rows(text, values);
    };
    const row: Sql['row'] = async (...args) => (await rows(...args))[0] as never;
    return work({ run: tx.run.bind(tx), rows, row, afterCommit: tx.afterCommit.bind(tx) });
  });
  const [first] = asked;
  if (!first || asked.length > 1) throw new Error(`${asked.length} statements were sent.`);
  return scope.db.tx(async (tx) => {
    await tx.run(`SET LOCAL plan_cache_mode = ${mode}`);
    await tx.run(`PREPARE planned AS ${first.text}`);
    const [row] = await tx.rows<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE planned (${first.values.map(quoted).join(', ')})`,
    );
    await tx.run('DEALLOCATE planned');
    return visitedBy((row as { 'QUERY PLAN': [{ Plan: Node }] })['QUERY PLAN'][0].Plan);
  });
}

const WINDOW = 30 * DAY_MS;
/** Of thirty days: what a statement about them may look at; all of history is four times as much. */
const IN_WINDOW = WINDOW / (EVERY_MIN * MINUTE_MS);

test.each([
  [
    'a window of KPIs reads hours, and orders at its edges only',
    10,
    (sql: Sql) => sumWindow(sql, scope.tenantId, addMs(AT, -WINDOW), AT),
  ],
  [
    'open checkouts',
    10,
    (sql: Sql) => openCheckoutsBetween(sql, scope.tenantId, addMs(AT, -WINDOW), addMs(AT, -HOUR_MS)),
  ],
  ['customers', 10, (sql: Sql) => customerTotals(sql, scope.tenantId, addMs(AT, -WINDOW))],
  // The queue once, however few or many it was believed to hold.
  ['a batch of orders that wait', ORDERS, (tx: Tx) => takePendingOrders(tx, scope.tenantId, AT, 1_000)],
  [
    'candidates for offers',
    IN_WINDOW / 20,
    (sql: Sql) => eliteToOffer(sql, scope.tenantId, addMs(AT, -WINDOW), AT, 1_000),
  ],
] as const)('%s', async (_name, most, work) => {
  expect(await mostVisited('force_custom_plan', work)).toBeLessThanOrEqual(most);
  expect(await mostVisited('force_generic_plan', work)).toBeLessThanOrEqual(most);
});
