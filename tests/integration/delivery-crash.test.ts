import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AcceptOfferDocument } from '../../operations/generated/graphql.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, type Program, serviceUrl, startProgram } from '../kit/process.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { ADMIN_TOKEN, createApiClient } from '../kit/server.ts';
import { chargeOf, expectInvariants, offered, offerOf, onlyDelivery, slots, told } from './dispatch-kit.ts';
import type { Chain } from './invariants-kit.ts';

/*
 * The real program is killed while its delivery loop works for many tenants, each held at another of the worst moments:
 * a trigger waits there for a lock that the test holds, so what comes after has not happened, and what the same
 * transaction did is rolled back. Then it is started again and everything must end as if nothing had been.
 */
const LOCK = 4713;

const HOLD = `
  CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    PERFORM pg_advisory_xact_lock_shared(${LOCK}, hashtext(concat_ws(' ', NEW.tenant_id, TG_ARGV[0])));
    RETURN NEW;
  END $$;
  CREATE TRIGGER hold_accepting BEFORE INSERT ON charge FOR EACH ROW EXECUTE FUNCTION test_hold('accepting');
  CREATE TRIGGER hold_asking BEFORE INSERT ON test_payment FOR EACH ROW EXECUTE FUNCTION test_hold('asking');
  CREATE TRIGGER hold_settling BEFORE INSERT ON charge_entry FOR EACH ROW
    WHEN (NEW.kind = 'AUTHORIZE') EXECUTE FUNCTION test_hold('settling');
  CREATE TRIGGER hold_dispatching BEFORE INSERT ON delivery FOR EACH ROW EXECUTE FUNCTION test_hold('dispatching');
  CREATE TRIGGER hold_starting BEFORE UPDATE ON delivery FOR EACH ROW
    WHEN (OLD.picked_up_at IS NULL AND NEW.picked_up_at IS NOT NULL) EXECUTE FUNCTION test_hold('starting');
  CREATE TRIGGER hold_taking BEFORE UPDATE ON test_payment FOR EACH ROW
    WHEN (NEW.status = 'CAPTURED') EXECUTE FUNCTION test_hold('taking');
  CREATE TRIGGER hold_booking BEFORE INSERT ON charge_entry FOR EACH ROW
    WHEN (NEW.kind = 'CAPTURE') EXECUTE FUNCTION test_hold('booking');
  CREATE TRIGGER hold_claiming BEFORE INSERT ON flight FOR EACH ROW EXECUTE FUNCTION test_hold('claiming');
  CREATE TRIGGER hold_claimed BEFORE UPDATE ON delivery FOR EACH ROW
    WHEN (OLD.drone_id IS NULL AND NEW.drone_id IS NOT NULL) EXECUTE FUNCTION test_hold('claimed');
  CREATE TRIGGER hold_dropping BEFORE UPDATE ON flight FOR EACH ROW
    WHEN (OLD.dropped_at IS NULL AND NEW.dropped_at IS NOT NULL) EXECUTE FUNCTION test_hold('dropping');
  CREATE TRIGGER hold_delivering BEFORE UPDATE ON delivery FOR EACH ROW
    WHEN (NEW.status = 'DELIVERED') EXECUTE FUNCTION test_hold('delivering');
  CREATE TRIGGER hold_closing BEFORE UPDATE ON offer FOR EACH ROW
    WHEN (NEW.status = 'DELIVERED') EXECUTE FUNCTION test_hold('closing');`;

/** In the order in which a package meets them. */
const MOMENTS = [
  'accepting',
  'asking',
  'settling',
  'dispatching',
  'starting',
  'taking',
  'booking',
  'claiming',
  'claimed',
  'dropping',
  'delivering',
  'closing',
] as const;

const url = serviceUrl('DATABASE_URL');

interface Victim extends TestScope {
  chain: Chain;
}

describe.skipIf(!url)('kill -9 in every moment of a delivery (needs DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  let owner: pg.Client;
  let program: Program;
  const victims = new Map<string, Victim>();

  const start = () =>
    startProgram({
      DATABASE_URL: String(db.connection.connectionString),
      ADMIN_TOKEN,
      CHECK_INTERVAL_MINUTES: '1440',
      DATABASE_POOL_SIZE: '40',
    });

  beforeAll(async () => {
    db = await testDatabase();
    owner = new pg.Client(String(db.connection.connectionString));
    await owner.connect();
    await owner.query(HOLD);
    program = start();
    await killAll();
  }, 300_000);
  afterAll(async () => {
    await program?.kill('SIGKILL');
    await owner?.end();
    await db?.close();
  });

  /** A tenant whose couriers and drones are 3,600 times as fast as real ones, with an offer before its customer. */
  async function victim(): Promise<Victim> {
    const tenant = await testScope(db.database, { now: new Date() });
    await updateSettings(tenant.scope, { simulationSpeed: 3600 });
    return { ...tenant, chain: await offered(tenant.scope, 1) };
  }

  async function accept({ tenant, chain }: Victim) {
    const client = createApiClient(await program.url(), ADMIN_TOKEN, tenant.slug);
    const id = Buffer.from(`Offer:${chain.offer}`).toString('base64');
    return client.ask(AcceptOfferDocument, { input: { id } });
  }

  const key = `hashtext(concat_ws(' ', $1::text, $2::text))`;
  async function hold(moment: string, { scope }: Victim): Promise<() => Promise<unknown>> {
    const at = [scope.tenantId, moment];
    await owner.query(`SELECT pg_advisory_lock(${LOCK}, ${key})`, at);
    return () => owner.query(`SELECT pg_advisory_unlock(${LOCK}, ${key})`, at);
  }

  const held = async () => {
    const { rows } = await owner.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
    );
    return rows[0].n;
  };

  /** Brings each tenant to its moment, kills the program and starts it again. */
  async function killAll() {
    const releases: (() => Promise<unknown>)[] = [];
    for (const moment of MOMENTS) {
      const each = await victim();
      victims.set(moment, each);
      releases.push(await hold(moment, each));
    }
    const answers = Promise.allSettled([...victims.values()].map(accept));
    const isThere = async () => (await held()) === MOMENTS.length;
    await eventually('every tenant waits at its moment', isThere, 180_000);
    expect(await program.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    await answers;
    for (const release of releases) await release();
    // The tenants' leases run out by themselves after 15 s; those of asked payments would take two minutes.
    await owner.query(`UPDATE effect SET lease_until = clock_timestamp() WHERE status = 'SENDING'`);
    program = start();
    await program.url();
  }

  test('whoever was cut off while accepting has accepted nothing, and may again', async () => {
    const each = victims.get('accepting') as Victim;
    expect((await offerOf(each.scope, each.chain)).status).toBe('OFFERED');
    expect(await chargeOf(each.scope, each.chain)).toBeUndefined();
    expect(await slots(each.scope)).toEqual({});
    await expectInvariants(each.scope);
    const { data } = await accept(each);
    expect(data.acceptOffer).toMatchObject({ offer: { status: 'PAYMENT_AUTHORIZED' } });
  });

  test.for(MOMENTS)('killed at: %s', { timeout: 120_000 }, async (moment) => {
    const { scope, chain } = victims.get(moment) as Victim;
    await eventually(
      'the package arrives',
      async () => (await offerOf(scope, chain)).status === 'DELIVERED',
      100_000,
    );
    expect(await onlyDelivery(scope)).toMatchObject({ status: 'DELIVERED', attempts: 0, isSuspect: false });
    await eventually('it is paid', async () => (await chargeOf(scope, chain)) === 'CAPTURED');
    const { rows } = await owner.query('SELECT status FROM test_payment WHERE tenant_id = $1', [
      scope.tenantId,
    ]);
    expect(rows).toEqual([{ status: 'CAPTURED' }]);
    expect(await slots(scope)).toEqual({});
    const ends = await told(scope, ['DELIVERY_CHANGED', 'ACTION_EXECUTED', 'ACTION_COMPLETED']);
    for (const once of [
      'ACTION_EXECUTED DISPATCHED',
      'ACTION_COMPLETED DELIVERED',
      'DELIVERY_CHANGED DELIVERED',
    ]) {
      expect(ends.filter((line) => line === once)).toEqual([once]);
    }
    await expectInvariants(scope);
  });
});
