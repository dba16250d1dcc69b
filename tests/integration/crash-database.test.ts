import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CyclesDocument,
  EngineEventsDocument,
  ExecuteCycleDocument,
  ImportCustomersDocument,
  ImportOrdersDocument,
  StopEngineDocument,
  TenantDocument,
} from '../../operations/generated/graphql.ts';
import { PHASES } from '../../src/engine/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { ADMIN_TOKEN, type Client, createApiClient, take } from '../kit/server.ts';
import { EVERYDAY, importShop, RARE, SOURCE, shopFacts } from '../scenarios/shop.ts';

const NOW = new Date(Math.floor(Date.now() / 60_000) * 60_000);
const HOLD = `
  CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(4713);
    RETURN NEW;
  END $$;
  CREATE TRIGGER hold_rollup BEFORE INSERT ON kpi_hour FOR EACH ROW EXECUTE FUNCTION test_hold();
  CREATE TRIGGER hold_phase BEFORE UPDATE ON cycle_phase FOR EACH ROW
    WHEN (NEW.status <> 'RUNNING' AND NEW.name = 'DETECT') EXECUTE FUNCTION test_hold();`;

const url = serviceUrl('DATABASE_URL');

describe.skipIf(!url)('the database and the program part (needs DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  let name: string;
  let owner: pg.Client;
  let outside: pg.Client;
  let program: Program;

  beforeAll(async () => {
    db = await testDatabase();
    name = new URL(String(db.connection.connectionString)).pathname.slice(1);
    owner = await connect(String(db.connection.connectionString));
    outside = await connect(String(url));
    await owner.query(HOLD);
    program = start();
  });
  afterAll(async () => {
    await program?.kill('SIGKILL');
    await owner?.end().catch(() => {});
    await outside?.end();
    await db?.close();
  });

  async function connect(connectionString: string): Promise<pg.Client> {
    const client = new pg.Client(connectionString);
    client.on('error', () => {});
    await client.connect();
    return client;
  }
  const start = () => startProgram({ DATABASE_URL: String(db.connection.connectionString), ADMIN_TOKEN });
  const clientOf = async ({ tenant }: TestScope): Promise<Client> =>
    createApiClient(await program.url(), ADMIN_TOKEN, tenant.slug);

  async function stoppedTenant(): Promise<TestScope> {
    const tenant = await testScope(db.database, { now: new Date(), reportingCurrency: 'EUR' });
    await (await clientOf(tenant)).run(StopEngineDocument);
    return tenant;
  }
  const waiting = async () => {
    const { rowCount } = await outside.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event = 'advisory'`,
      [name],
    );
    return rowCount === 1;
  };

  test('a program killed in the middle of an import has written nothing of it; sent again, it is all there once', async () => {
    const tenant = await stoppedTenant();
    const facts = shopFacts({ now: NOW });
    await (await clientOf(tenant)).run(ImportCustomersDocument, {
      input: { source: SOURCE, items: facts.customers },
    });
    await owner.query('SELECT pg_advisory_lock(4713)');
    const input = { source: SOURCE, items: facts.orders };
    const asked = (await clientOf(tenant)).ask(ImportOrdersDocument, { input });
    asked.catch(() => {});
    await eventually('the import has written all but its last rows', waiting);
    await program.kill('SIGKILL');
    await owner.query('SELECT pg_advisory_unlock(4713)');
    await expect(asked).rejects.toThrow();
    program = start();
    const rows = async () => {
      const { rows: found } = await owner.query(
        `SELECT (SELECT count(*)::int FROM orders WHERE tenant_id = $1) AS orders,
           (SELECT count(*)::int FROM rarity_pending WHERE tenant_id = $1) AS pending,
           (SELECT coalesce(sum(orders_paid), 0)::int FROM kpi_hour WHERE tenant_id = $1) AS paid`,
        [tenant.scope.tenantId],
      );
      return found[0];
    };
    await program.url();
    expect(await rows()).toEqual({ orders: 0, pending: 0, paid: 0 });
    const all = EVERYDAY + RARE;
    for (const expected of [{ created: all }, { unchanged: all }]) {
      const { importOrders } = await (await clientOf(tenant)).run(ImportOrdersDocument, { input });
      expect(importOrders).toMatchObject({ counts: expected });
      expect(await rows()).toEqual({ orders: all, pending: all, paid: all });
    }
  }, 120_000);

  test('the database goes away for three seconds in the middle of a cycle', async () => {
    const tenant = await stoppedTenant();
    const client = await clientOf(tenant);
    await importShop(client, shopFacts({ now: NOW }));
    const events = client.subscribe(EngineEventsDocument, { after: '0' });
    await take(events, 1);
    await outside.query('SELECT 1');
    await owner.query('SELECT pg_advisory_lock(4713)');
    const asked = client.ask(ExecuteCycleDocument, { input: { asOf: NOW.toISOString() } });
    await eventually('the cycle is in DETECT', waiting);

    await outside.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
    await outside.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
    const base = (await program.url()).replace('/graphql', '');
    const during = await client.ask(TenantDocument);
    expect(during.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect((await fetch(`${base}/livez`)).status).toBe(200);
    expect((await fetch(`${base}/readyz`)).status).toBe(503);
    await sleep(3_000);
    await outside.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    await asked;

    expect((await client.run(TenantDocument)).tenant.slug).toBe(tenant.tenant.slug);
    expect((await fetch(`${base}/readyz`)).status).toBe(200);
    owner = await connect(String(db.connection.connectionString));
    const cycle = await eventually('the cycle has ended', async () => {
      const [edge] = (await client.run(CyclesDocument, {})).cycles.edges;
      return edge && edge.node.status !== 'RUNNING' && edge.node;
    });
    expect(cycle.status).toBe('COMPLETED');
    expect(cycle.phases.map((phase) => [phase.name, phase.status])).toEqual(
      PHASES.map((phase) => [phase.name, 'COMPLETED']),
    );
    // The subscription from before has missed nothing and heard nothing twice.
    const { rows } = await owner.query('SELECT seq FROM event_counter WHERE tenant_id = $1', [
      tenant.scope.tenantId,
    ]);
    const rest = await take(events, Number(rows[0].seq) - 1);
    expect(rest.map(({ engineEvents }) => engineEvents.seq)).toEqual(rest.map((_event, i) => String(i + 2)));
    const completed = rest.filter(({ engineEvents }) => engineEvents.type === 'PHASE_COMPLETED');
    expect(completed).toHaveLength(PHASES.length);
    await events.return?.();
  }, 180_000);
});
