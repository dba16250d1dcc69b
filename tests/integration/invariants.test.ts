import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchTenant } from '../../src/control/watch/index.ts';
import { checkInvariants } from '../../src/delivery/invariants/index.ts';
import type { Tx } from '../../src/platform/db/sql.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import {
  type Chain,
  chainOf,
  putCharge,
  putDelivery,
  putDrone,
  putFlight,
  putOffer,
  putOpportunity,
  putSlot,
  putTestPayment,
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
  await putTestPayment(scope, FLYING, 'CAPTURED');
  const stripe = { provider: 'STRIPE' };
  await putCharge(scope, DELIVERED, 'CAPTURED', { authorized: 500_000, captured: 500_000 }, stripe);
  const back = { authorized: 500_000, captured: 500_000, refunded: 500_000 };
  await putCharge(scope, FAILED, 'REFUNDED', back, stripe);
  await putDelivery(scope, FLYING, { status: 'ASSIGNED', drone_id: FLYING.drone });
  await putDelivery(scope, DELIVERED, { status: 'DELIVERED', drone_id: DELIVERED.drone, finished_at: NOW });
  await putDelivery(scope, FAILED, { status: 'FAILED', finished_at: NOW });
  await putDrone(scope, FLYING, { state: 'EN_ROUTE', delivery_id: FLYING.delivery });
  await putDrone(scope, DELIVERED, { state: 'IDLE' });
  await putFlight(scope, FLYING, { status: 'ACTIVE' });
  await putFlight(scope, DELIVERED, { status: 'COMPLETED' });
  await scope.db.tx((tx) => watchTenant(tx, 'DELIVERIES', scope.tenantId));
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
/** Its money was authorised and no more. */
async function uncaptured(tx: Tx, tenantId: string, { charge }: Chain): Promise<void> {
  await set('charge', charge, `status = 'AUTHORIZED', captured_minor = 0, provider = 'STRIPE'`)(tx, tenantId);
  await tx.run(`DELETE FROM charge_entry WHERE tenant_id = $1 AND charge_id = $2 AND kind = 'CAPTURE'`, [
    tenantId,
    charge,
  ]);
}
/** Its money was captured and not given back. */
async function unrefunded(tx: Tx, tenantId: string, { charge }: Chain): Promise<void> {
  await set('charge', charge, `status = 'CAPTURED', refunded_minor = 0`)(tx, tenantId);
  await tx.run(`DELETE FROM charge_entry WHERE tenant_id = $1 AND charge_id = $2 AND kind = 'REFUND'`, [
    tenantId,
    charge,
  ]);
}

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
      set('delivery', DELIVERED.delivery, `status = 'FAILED'`),
      { DELIVERY_AGREES_WITH_OFFER: [DELIVERED.offer] },
    ],
    [
      'a delivery under way of an offer that nobody has accepted',
      async (tx: Tx, tenantId: string) => {
        await set('delivery', FAILED.delivery, `status = 'IN_TRANSIT'`)(tx, tenantId);
        await set('offer', FAILED.offer, `status = 'DECLINED'`)(tx, tenantId);
      },
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
      set('charge', DELIVERED.charge, `status = 'PENDING'`),
      { CHARGE_STATUS_AGREES: [DELIVERED.charge], NO_DISPATCH_WITHOUT_PAYMENT: [DELIVERED.offer] },
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
      async (tx: Tx, tenantId: string) => {
        // Only the owner of the schema can remove a charge at all.
        await tx.run('RESET ROLE', []);
        await tx.run('DELETE FROM charge WHERE tenant_id = $1 AND id = $2', [tenantId, FLYING.charge]);
        await tx.run('SET ROLE revenue_runtime', []);
      },
      { NO_DISPATCH_WITHOUT_PAYMENT: [FLYING.offer] },
    ],
    [
      'a dispatch that nobody asks the money of',
      (tx: Tx, tenantId: string) => uncaptured(tx, tenantId, FLYING),
      { DISPATCHED_IS_CAPTURED: [FLYING.offer] },
    ],
    [
      'money kept of what was never delivered',
      (tx: Tx, tenantId: string) => unrefunded(tx, tenantId, FAILED),
      { ENDED_MONEY_GOES_BACK: [FAILED.offer] },
    ],
    [
      'a provider that knows more than we do',
      set('test_payment', `test_${FLYING.charge}`, `status = 'REFUNDED'`),
      { TEST_PROVIDER_AGREES: [FLYING.charge] },
    ],
    [
      'a payment that the provider never saw',
      (tx: Tx, tenantId: string) => tx.run('DELETE FROM test_payment WHERE tenant_id = $1', [tenantId]),
      { TEST_PROVIDER_AGREES: [FLYING.charge] },
    ],
    [
      'a simulated drone in the air without a flight',
      set('drone', DELIVERED.drone, `state = 'RETURNING'`),
      { SIMULATED_DRONE_FLIES_ITS_FLIGHT: [DELIVERED.drone] },
    ],
    [
      'a flight whose drone stands about',
      set('drone', FLYING.drone, `state = 'IDLE'`),
      { SIMULATED_DRONE_FLIES_ITS_FLIGHT: [FLYING.drone] },
    ],
    [
      'a flight whose drone knows of no delivery',
      set('drone', FLYING.drone, 'delivery_id = NULL'),
      { DRONE_CARRIES_WHAT_IT_FLIES: [FLYING.drone] },
    ],
    [
      'two flights of one drone',
      copy('flight', FLYING.flight, OTHER.flight),
      { ONE_FLIGHT_PER_DRONE: [FLYING.drone] },
    ],
    [
      'a drone that thinks it carries another',
      set('drone', FLYING.drone, `delivery_id = '${FAILED.delivery}'`),
      {
        DELIVERY_AND_DRONE_AGREE: [FAILED.delivery],
        // Both the drone without such a flight and the flight without such a drone.
        DRONE_CARRIES_WHAT_IT_FLIES: [FLYING.drone, FLYING.drone],
      },
    ],
    [
      'a drone whose delivery has ended',
      set('delivery', FLYING.delivery, `status = 'FAILED'`),
      { DELIVERY_AGREES_WITH_OFFER: [FLYING.offer], DELIVERY_AND_DRONE_AGREE: [FLYING.delivery] },
    ],
    [
      'an assigned delivery without a drone',
      set('delivery', FLYING.delivery, 'drone_id = NULL'),
      { ASSIGNED_DELIVERY_HAS_A_DRONE: [FLYING.delivery], DELIVERY_AND_DRONE_AGREE: [FLYING.delivery] },
    ],
    [
      'a delivery whose drone never flew',
      set('delivery', FLYING.delivery, `drone_id = '${DELIVERED.drone}'`),
      { ASSIGNED_DELIVERY_HAS_A_DRONE: [FLYING.delivery], DELIVERY_AND_DRONE_AGREE: [FLYING.delivery] },
    ],
    [
      'work that nobody looks at',
      (tx: Tx, tenantId: string) => tx.run('DELETE FROM tenant_watch WHERE tenant_id = $1', [tenantId]),
      { WORK_IS_WATCHED: [expect.stringMatching(/^[0-9a-f-]{36}$/)] },
    ],
    [
      'two deliveries of one offer',
      copy('delivery', DELIVERED.delivery, OTHER.delivery),
      { ONE_LIVE_DELIVERY: [DELIVERED.offer] },
    ],
  ] as [string, (tx: Tx, tenantId: string) => Promise<unknown>, Record<string, unknown[]>][])(
    'sees %s and nothing else',
    async (_name, damage, expected) => {
      expect(await broken(damage)).toEqual(expected);
    },
  );

  it.each([
    ['a capture', 'payment.capture', FLYING, uncaptured],
    ['a refund', 'payment.release', FAILED, unrefunded],
  ] as const)(
    'is content while %s is queued, and not when it was given up',
    async (_name, kind, chain, damage) => {
      const queued = (status: string) =>
        broken(async (tx, tenantId) => {
          await damage(tx, tenantId, chain);
          await tx.run(
            `INSERT INTO effect (tenant_id, id, kind, dedupe_key, subject, payload, status, next_at, created_at)
           VALUES ($1, $2, $3, 'k', $4, '{}', $5, now(), now())`,
            [tenantId, OTHER.offer, kind, chain.offer, status],
          );
        });
      for (const status of ['PENDING', 'SENDING', 'UNKNOWN']) expect(await queued(status)).toEqual({});
      for (const status of ['FAILED', 'DEAD']) expect(Object.keys(await queued(status))).toHaveLength(1);
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
