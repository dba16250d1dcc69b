import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/platform/db/database.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { serviceUrl } from '../kit/process.ts';
import { testScope } from '../kit/scope.ts';

const needsServer = serviceUrl('DATABASE_URL') === undefined;
let db: OpenTestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.close());

test('work that outlives its transaction writes nothing', async () => {
  const { scope } = await testScope(db.database);
  let late: Promise<unknown> | undefined;
  const failed = scope.db.tx(async (tx) => {
    late = sleep(50).then(() => tx.run('DELETE FROM hub WHERE tenant_id = $1', [scope.tenantId]));
    late.catch(() => {});
    throw new Error('too slow');
  });
  await expect(failed).rejects.toThrow('too slow');
  await expect(late).rejects.toThrow('This transaction has ended.');
  expect(
    await scope.db.row('SELECT count(*)::int AS n FROM hub WHERE tenant_id = $1', [scope.tenantId]),
  ).toEqual({
    n: 3,
  });
});

test('a connection that was closed for idling is replaced, and serves a tenant as before', async () => {
  const { scope } = await testScope(db.database);
  // The embedded database has one session: what its last connection prepared must not be in the way of the next.
  const database = openDatabase({ ...db.connection, idleTimeoutMillis: 100 }, () => {});
  for (let n = 0; n < 3; n++) {
    const hubs = await database.forTenant(scope.tenantId).rows('SELECT id FROM hub', [], 'read_hubs_in_test');
    expect(hubs).toHaveLength(3);
    expect(await database.directory.rows('SELECT id FROM hub')).toEqual([]);
    await sleep(300);
  }
  await database.close();
});

describe.skipIf(needsServer)('a server that ends connections (needs DATABASE_URL)', () => {
  test('fails the work in progress with an error, not the process', async () => {
    const { scope } = await testScope(db.database);
    const { tenantId } = scope;
    const owner = new pg.Client(String(db.connection.connectionString));
    await owner.connect();
    const failed = scope.db.tx(async (tx) => {
      await tx.run('UPDATE hub SET capacity = 1 WHERE tenant_id = $1', [tenantId]);
      await owner.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      await sleep(100);
      await tx.run('UPDATE hub SET capacity = 2 WHERE tenant_id = $1', [tenantId]);
    });
    await expect(failed).rejects.toThrow(/terminat|connection|not queryable/i);
    const rows = await scope.db.rows('SELECT DISTINCT capacity > 2 AS kept FROM hub WHERE tenant_id = $1', [
      tenantId,
    ]);
    expect(rows).toEqual([{ kept: true }]);
    await owner.end();
  });
});
