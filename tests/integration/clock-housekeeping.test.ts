import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';

describe.skipIf(process.env.DATABASE_URL)('housekeeping of the embedded database', () => {
  let db: OpenTestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db?.close());

  const facts = async () =>
    (
      await db.database.executeSql(
        `SELECT c.reltuples::int AS known, s.n_dead_tup::int AS dead FROM pg_class c JOIN pg_stat_user_tables s ON s.relid = c.oid
         WHERE c.relname = 'rarity_item'`,
      )
    ).rows[0];

  test('counts rows for the planner, clears dead ones, and lends nobody the owner’s rights', async () => {
    const { scope } = await testScope(db.database);
    const { tenantId } = scope;
    while ((await db.database.clean()) > 0);
    await scope.db.run(
      `INSERT INTO rarity_item (tenant_id, item_key, orders) SELECT $1, g::text, g FROM generate_series(1, 2000) g`,
      [tenantId],
    );
    await scope.db.run('UPDATE rarity_item SET orders = orders + 1 WHERE tenant_id = $1', [tenantId]);
    const cleaned: number[] = [];
    do cleaned.push(await db.database.clean());
    while (cleaned.at(-1) !== 0 && cleaned.length < 20);
    expect(cleaned[0]).toBeGreaterThan(0);
    expect(cleaned.at(-1)).toBe(0);
    expect(await facts()).toEqual({ known: 2000, dead: 0 });
    expect(await db.database.directory.row('SELECT current_user AS role')).toEqual({
      role: 'revenue_runtime',
    });
    expect(await db.database.directory.rows('SELECT 1 FROM rarity_item')).toEqual([]);
    expect(await scope.db.row('SELECT count(*)::int AS n FROM rarity_item')).toEqual({ n: 2000 });
  });
});
