import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../kit/server.ts';
import { type Marked, markedTenant } from './isolation-kit.ts';

/** They answer "whose key is this" and "who is due" before a tenant is known, so they may hold no fact of a tenant. */
const PLATFORM_TABLES: Record<string, string[]> = {
  cycle_claim: ['cycle_id', 'lease_until', 'owner', 'tenant_id'],
  key_directory: ['prefix', 'tenant_id'],
  schedule_pause: ['at', 'job', 'resumed_at', 'tenant_id'],
  schedule_run: [
    ...[
      'attempt',
      'error',
      'finished_at',
      'job',
      'owner',
      'scheduled_for',
      'started_at',
      'status',
      'tenant_id',
    ],
  ],
  tenant_watch: ['kind', 'lease_until', 'owner', 'tenant_id'],
};

let server: TestServer;
let a: Marked;
let b: Marked;
let tables: string[];

beforeAll(async () => {
  server = await startServer();
  a = await markedTenant(server, 'alpha');
  b = await markedTenant(server, 'bravo');
  const rows = await a.scope.db.rows<{ name: string }>(
    `SELECT c.relname AS name FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid AND t.attname = 'tenant_id'
     WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  );
  tables = rows.map(({ name }) => name);
});
afterAll(() => server?.stop());

const guarded = () => tables.filter((name) => !(name in PLATFORM_TABLES));
const count = async (
  sql: Marked['scope']['db'] | TestServer['app']['database']['directory'],
  table: string,
) => (await sql.row<{ n: number }>(`SELECT count(*)::int AS n FROM "${table}"`))?.n;
/** For every guarded table: what `ask` says about it. */
const each = async <T>(ask: (table: string) => Promise<T>): Promise<Record<string, T>> => {
  const answers: Record<string, T> = {};
  for (const table of guarded()) answers[table] = await ask(table);
  return answers;
};
const all = <T>(value: T): Record<string, T> => Object.fromEntries(guarded().map((table) => [table, value]));
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    (answer) => `succeeded: ${JSON.stringify(answer, (_k, v) => (typeof v === 'bigint' ? `${v}` : v))}`,
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
const ROW_SECURITY = '42501';

test('there are tables to look at, and each has something of both tenants', async () => {
  expect(tables.length).toBeGreaterThan(20);
  for (const { scope } of [a, b]) {
    const empty = Object.entries(await each((table) => count(scope.db, table))).filter(([, n]) => n === 0);
    expect(empty).toEqual([]);
  }
});

test('row-level security is on, and holds for the owner too', async () => {
  const rows = await a.scope.db.rows<{ name: string }>(
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
     AND relrowsecurity AND relforcerowsecurity ORDER BY 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(guarded());
});

test('the runtime’s role owns nothing and cannot step over a policy', async () => {
  const role = await a.scope.db.row(
    `SELECT current_user AS name, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb,
       (SELECT count(*)::int FROM pg_class WHERE relowner = r.oid) AS owned FROM pg_roles r WHERE rolname = current_user`,
  );
  expect(role).toEqual({
    ...{
      name: 'revenue_runtime',
      rolsuper: false,
      rolbypassrls: false,
      rolcreaterole: false,
      rolcreatedb: false,
    },
    owned: 0,
  });
});

test('platform tables hold ids, slugs and times only', async () => {
  for (const [table, columns] of Object.entries(PLATFORM_TABLES)) {
    const rows = await a.scope.db.rows<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1 ORDER BY 1`,
      [table],
    );
    expect(rows.map(({ name }) => name)).toEqual(columns);
  }
});

test('foreign keys between tenant tables carry the tenant', async () => {
  const rows = await a.scope.db.rows(
    `SELECT conrelid::regclass::text AS "from", conname FROM pg_constraint k
     WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
       SELECT 1 FROM pg_attribute t WHERE t.attrelid = k.conrelid AND t.attnum = ANY(k.conkey) AND t.attname = 'tenant_id')`,
  );
  expect(rows).toEqual([]);
});

test('every index of a tenant table starts with the tenant', async () => {
  const rows = await a.scope.db.rows<{ table: string; name: string }>(
    `SELECT i.indrelid::regclass::text AS "table", i.indexrelid::regclass::text AS name FROM pg_index i
     JOIN pg_attribute t ON t.attrelid = i.indrelid AND t.attnum = i.indkey[0]
     WHERE i.indrelid = ANY($1::regclass[]) AND t.attname <> 'tenant_id'`,
    [guarded()],
  );
  expect(rows).toEqual([]);
});

test('without a tenant every table is empty', async () => {
  expect(await each((table) => count(server.app.database.directory, table))).toEqual(all(0));
});

describe('bound to tenant B', () => {
  test('no row of A is seen, changed or removed', async () => {
    const { db } = b.scope;
    const values = [a.scope.tenantId];
    const mine = 'WHERE tenant_id = $1';
    expect(
      await each((table) => db.row(`SELECT count(*)::int AS n FROM "${table}" ${mine}`, values)),
    ).toEqual(all({ n: 0 }));
    const update = await each((table) =>
      codeOf(db.run(`UPDATE "${table}" SET tenant_id = tenant_id ${mine}`, values)),
    );
    const remove = await each((table) => codeOf(db.run(`DELETE FROM "${table}" ${mine}`, values)));
    // Trails and ledgers can only grow, whoever asks.
    const grown = {
      audit_entry: ROW_SECURITY,
      charge_entry: ROW_SECURITY,
      decision: ROW_SECURITY,
      incident_entry: ROW_SECURITY,
    };
    const expected = { ...all('succeeded: 0'), ...grown };
    expect(update).toEqual(expected);
    // These would take a trail along: an incident its timeline, the others the entries of the money's ledger.
    const trailed = ['incident', 'charge', 'offer', 'opportunity', 'orders'];
    const kept = Object.fromEntries(trailed.map((table) => [table, ROW_SECURITY]));
    expect(remove).toEqual({ ...expected, ...kept });
  });

  test('no row of A can be written, nor one of B’s given to A', async () => {
    const copies = await each(async (table) => {
      const row = await a.scope.db.row<{ json: string }>(
        `SELECT to_jsonb(t)::text AS json FROM "${table}" t WHERE tenant_id = $1 LIMIT 1`,
        [a.scope.tenantId],
      );
      const insert = `INSERT INTO "${table}" SELECT * FROM jsonb_populate_record(NULL::"${table}", $1::jsonb)`;
      return codeOf(b.scope.db.run(insert, [row?.json]));
    });
    expect(copies).toEqual(all(ROW_SECURITY));
    const gifts = await each((table) =>
      codeOf(
        b.scope.db.run(`UPDATE "${table}" SET tenant_id = $1 WHERE tenant_id = $2`, [
          a.scope.tenantId,
          b.scope.tenantId,
        ]),
      ),
    );
    expect(gifts).toEqual(all(ROW_SECURITY));
  });

  test('Prisma adds the tenant by itself, whatever it is asked', async () => {
    const { prisma } = b.scope.db;
    const where = { tenantId: a.scope.tenantId };
    expect(await prisma.order.count({ where })).toBe(await prisma.order.count());
    const found = await prisma.order.findMany({ where, take: 500 });
    expect(new Set(found.map(({ tenantId }) => tenantId))).toEqual(new Set([b.scope.tenantId]));
    const foreign = await a.scope.db.row<{ id: string }>('SELECT id FROM orders LIMIT 1');
    const key = { tenantId_id: { tenantId: a.scope.tenantId, id: foreign?.id ?? '' } };
    expect(await prisma.order.findUnique({ where: key })).toBeNull();
    const before = await a.scope.db.row(
      'SELECT md5(string_agg(o::text, $1 ORDER BY id)) AS hash FROM orders o',
      [''],
    );
    await prisma.order.updateMany({ where: { id: foreign?.id ?? '' }, data: { channel: 'stolen' } });
    const cart = await a.scope.db.row<{ id: string }>('SELECT id FROM cart LIMIT 1');
    expect(await prisma.cart.deleteMany({ where: { id: cart?.id as string } })).toEqual({ count: 0 });
    expect(
      await a.scope.db.row('SELECT md5(string_agg(o::text, $1 ORDER BY id)) AS hash FROM orders o', ['']),
    ).toEqual(before);
  });
});
