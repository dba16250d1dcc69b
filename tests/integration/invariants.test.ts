import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkInvariants } from '../../src/delivery/invariants/index.ts';
import type { Tx } from '../../src/platform/db/sql.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import {
  chainOf,
  putCharge,
  putDelivery,
  putDrone,
  putFlight,
  putOffer,
  putOpportunity,
  putSlot,
} from './invariants-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let test: OpenTestDatabase;
let scope: Scope;

/** One chain in every state that a delivery can be in. */
const OPEN = chainOf(1);
const ACCEPTED = chainOf(2);
const FLYING = chainOf(3);
const DELIVERED = chainOf(4);
const FAILED = chainOf(5);
const ALL = [OPEN, ACCEPTED, FLYING, DELIVERED, FAILED];

beforeAll(async () => {
  test = await testDatabase();
  ({ scope } = await testScope(test.database, { now: NOW }));
  const at = { accepted_at: NOW, authorized_at: NOW };
  const sent = { ...at, dispatched_at: NOW };
  const statuses = ['OFFERED', 'ACCEPTED', 'DISPATCHED', 'DELIVERED', 'FAILED'];
  for (const [i, status] of statuses.entries()) await putOpportunity(scope, ALL[i] ?? OPEN, { status });
  await putOffer(scope, OPEN, { status: 'OFFERED' });
  await putOffer(scope, ACCEPTED, { status: 'ACCEPTED', accepted_at: NOW });
  await putOffer(scope, FLYING, { status: 'DISPATCHED', ...sent });
  await putOffer(scope, DELIVERED, { status: 'DELIVERED', ...sent, closed_at: NOW });
  await putOffer(scope, FAILED, { status: 'REFUNDED', ...sent, closed_at: NOW });
  await putSlot(scope, ACCEPTED, 'HELD');
  await putSlot(scope, FLYING, 'CONFIRMED');
  await putSlot(scope, DELIVERED, 'RELEASED');
  await putCharge(scope, ACCEPTED, 'PENDING');
  await putCharge(scope, FLYING, 'CAPTURED', { authorized: 500_000, captured: 500_000 });
  await putCharge(scope, DELIVERED, 'CAPTURED', { authorized: 500_000, captured: 500_000 });
  await putCharge(scope, FAILED, 'REFUNDED', { authorized: 500_000, captured: 500_000, refunded: 500_000 });
  await putDelivery(scope, FLYING, { status: 'ASSIGNED', drone_id: FLYING.drone });
  await putDelivery(scope, DELIVERED, { status: 'DELIVERED', drone_id: DELIVERED.drone, finished_at: NOW });
  await putDelivery(scope, FAILED, { status: 'FAILED', finished_at: NOW });
  await putDrone(scope, FLYING, { state: 'EN_ROUTE', delivery_id: FLYING.delivery });
  await putDrone(scope, DELIVERED, { state: 'IDLE' });
  await putFlight(scope, FLYING, { status: 'ACTIVE' });
  await putFlight(scope, DELIVERED, { status: 'COMPLETED' });
  const events = [{ type: 'ENGINE_STARTED' as const, payload: { by: 'test' } }];
  for (let n = 0; n < 3; n++) await scope.db.tx((tx) => scope.events.append(tx, scope.tenantId, events));
});
afterAll(() => test.close());

class Undo extends Error {}

/** What the checker says after `damage`, all of which is taken back; the database's own guards are off. */
async function broken(damage: (tx: Tx, tenantId: string) => Promise<unknown>) {
  let found: Record<string, readonly string[]> = {};
  const work = scope.db.tx(async (tx) => {
    await tx.run('RESET ROLE');
    await tx.run('ALTER TABLE hub DROP CONSTRAINT hub_reserved');
    await tx.run('ALTER TABLE charge DROP CONSTRAINT charge_sums');
    for (const index of ['offer_one_live', 'delivery_one_live', 'flight_one_per_drone'])
      await tx.run(`DROP INDEX ${index}`);
    await damage(tx, scope.tenantId);
    const rows = await checkInvariants(tx, scope.tenantId);
    found = Object.fromEntries(rows.filter(({ holds }) => !holds).map((row) => [row.name, row.violations]));
    throw new Undo();
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
  return found;
}

/** `UPDATE table SET …` of one row by its id. */
const set = (table: string, id: string, change: string) => (tx: Tx, tenantId: string) =>
  tx.run(`UPDATE ${table} SET ${change} WHERE tenant_id = $1 AND id::text = $2`, [tenantId, id]);
/** A second row like an existing one, under another id. */
const copy = (table: string, id: string, newId: string) => (tx: Tx, tenantId: string) =>
  tx.run(
    `INSERT INTO ${table} SELECT (jsonb_populate_record(t, jsonb_build_object('id', $3::text))).* FROM ${table} t
     WHERE tenant_id = $1 AND id::text = $2`,
    [tenantId, id, newId],
  );
const OTHER = chainOf(99);

describe('checkInvariants', () => {
  it('finds nothing in a healthy tenant, in one statement', async () => {
    const before = scope.db.statements;
    const rows = await checkInvariants(scope.db, scope.tenantId);
    expect(scope.db.statements - before).toBe(1);
    expect(rows.filter(({ holds }) => !holds)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(19);
    expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
    for (const { name, description } of rows) {
      expect(name).toMatch(/^[A-Z_]+$/);
      expect(description.length).toBeGreaterThan(20);
    }
  });

  it('finds nothing where there is nothing', async () => {
    const { scope: empty } = await testScope(test.database, { now: NOW });
    expect((await checkInvariants(empty.db, empty.tenantId)).every(({ holds }) => holds)).toBe(true);
  });

  it.each([
    [
      'a slot too many',
      set('hub', 'NODE_EU_001', 'reserved = 3'),
      { HUB_RESERVED_IS_COUNTED: ['NODE_EU_001'] },
    ],
    [
      'a slot too few',
      set('hub', 'NODE_EU_001', 'reserved = 1'),
      { HUB_RESERVED_IS_COUNTED: ['NODE_EU_001'] },
    ],
    ['an oversold hub', set('hub', 'NODE_EU_001', 'capacity = 1'), { HUB_WITHIN_CAPACITY: ['NODE_EU_001'] }],
    [
      'a slot that nobody wants any more',
      async (tx: Tx, tenantId: string) => {
        await set('offer', ACCEPTED.offer, `status = 'EXPIRED'`)(tx, tenantId);
        await set('opportunity', ACCEPTED.opportunity, `status = 'EXPIRED'`)(tx, tenantId);
      },
      { SLOT_HAS_AN_OFFER: [ACCEPTED.opportunity] },
    ],
    [
      'a hold of an offer that is paid for',
      set('hub_reservation', FLYING.slot, `state = 'HELD'`),
      { PAID_SLOT_IS_CONFIRMED: [FLYING.opportunity] },
    ],
    ['two live offers', copy('offer', OPEN.offer, OTHER.offer), { ONE_LIVE_OFFER: [OPEN.opportunity] }],
    [
      'an open offer of an opportunity that expired',
      set('opportunity', OPEN.opportunity, `status = 'EXPIRED'`),
      { OFFER_AGREES_WITH_OPPORTUNITY: [OPEN.offer] },
    ],
    [
      'an opportunity on offer without an offer',
      set('offer', OPEN.offer, `status = 'EXPIRED'`),
      { OPPORTUNITY_HAS_ITS_OFFER: [OPEN.opportunity] },
    ],
    [
      'a dispatched offer without a delivery',
      set('delivery', FLYING.delivery, `status = 'FAILED', drone_id = NULL`),
      { DELIVERY_AGREES_WITH_OFFER: [FLYING.offer], DELIVERY_AND_DRONE_AGREE: [FLYING.delivery] },
    ],
    [
      'a delivery under way of an offer that is over',
      set('delivery', FAILED.delivery, `status = 'IN_TRANSIT'`),
      { DELIVERY_AGREES_WITH_OFFER: [FAILED.offer] },
    ],
    [
      'an event that is missing',
      (tx: Tx, tenantId: string) =>
        tx.run('DELETE FROM engine_event WHERE tenant_id = $1 AND seq = 2', [tenantId]),
      { EVENT_LOG_IS_GAPLESS: ['2'] },
    ],
    [
      'a head that was never written',
      (tx: Tx, tenantId: string) =>
        tx.run('UPDATE event_counter SET seq = seq + 1 WHERE tenant_id = $1', [tenantId]),
      { EVENT_LOG_IS_GAPLESS: ['4'] },
    ],
    [
      'a charge that is more than its entries',
      set('charge', FLYING.charge, 'captured_minor = 400000'),
      { CHARGE_IS_ITS_ENTRIES: [FLYING.charge] },
    ],
    [
      'a status without its money',
      set('charge', ACCEPTED.charge, `status = 'CAPTURED'`),
      { CHARGE_STATUS_AGREES: [ACCEPTED.charge] },
    ],
    [
      'another amount than the price',
      set('charge', ACCEPTED.charge, 'amount_minor = 1'),
      { CHARGE_IS_THE_PRICE: [ACCEPTED.charge] },
    ],
    [
      'money taken before the dispatch',
      set('offer', FLYING.offer, 'dispatched_at = NULL'),
      { NO_CAPTURE_WITHOUT_DISPATCH: [FLYING.offer] },
    ],
    [
      'a dispatch that nobody paid for',
      (tx: Tx, tenantId: string) =>
        tx.run('DELETE FROM charge WHERE tenant_id = $1 AND id = $2', [tenantId, FLYING.charge]),
      { NO_DISPATCH_WITHOUT_PAYMENT: [FLYING.offer] },
    ],
    [
      'a busy drone without a flight',
      set('drone', DELIVERED.drone, `state = 'EN_ROUTE'`),
      { BUSY_DRONE_HAS_ONE_FLIGHT: [DELIVERED.drone] },
    ],
    [
      'a flight whose drone stands about',
      set('drone', FLYING.drone, `state = 'IDLE'`),
      { FLIGHT_HAS_ITS_DRONE: [FLYING.drone] },
    ],
    [
      'two flights of one drone',
      copy('flight', FLYING.flight, OTHER.flight),
      { BUSY_DRONE_HAS_ONE_FLIGHT: [FLYING.drone], FLIGHT_HAS_ITS_DRONE: [FLYING.drone] },
    ],
    [
      'a drone that thinks it carries another',
      set('drone', FLYING.drone, `delivery_id = '${FAILED.delivery}'`),
      { DELIVERY_AND_DRONE_AGREE: [FLYING.delivery, FAILED.delivery] },
    ],
    [
      'an assigned delivery without a drone',
      (tx: Tx, tenantId: string) =>
        tx.run(
          `WITH d AS (UPDATE drone SET delivery_id = NULL WHERE tenant_id = $1)
           UPDATE delivery SET drone_id = NULL WHERE tenant_id = $1 AND status = 'ASSIGNED'`,
          [tenantId],
        ),
      { ASSIGNED_DELIVERY_HAS_A_DRONE: [FLYING.delivery] },
    ],
    [
      'two deliveries of one offer',
      copy('delivery', DELIVERED.delivery, OTHER.delivery),
      { ONE_LIVE_DELIVERY: [DELIVERED.offer] },
    ],
  ] as [string, (tx: Tx, tenantId: string) => Promise<unknown>, Record<string, string[]>][])(
    'sees %s and nothing else',
    async (_name, damage, expected) => {
      expect(await broken(damage)).toEqual(expected);
    },
  );

  it('names 20 at most', async () => {
    const found = await broken((tx, tenantId) =>
      tx.run(
        `INSERT INTO engine_event (tenant_id, seq, at, type, payload)
         SELECT $1, 2 * n, now(), 'ENGINE_STARTED', '{}' FROM generate_series(10, 60) n`,
        [tenantId],
      ),
    );
    expect(found.EVENT_LOG_IS_GAPLESS).toHaveLength(20);
  });
});
