import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DeliveryEventsDocument } from '../../operations/generated/graphql.ts';
import { updateSettings } from '../../src/control/tenancy/index.ts';
import { leaseWatched, releaseWatched, watchTenant } from '../../src/control/watch/index.ts';
import { rewatchDeliveries } from '../../src/delivery/dispatch/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { eventually, serviceUrl } from '../kit/process.ts';
import { ADMIN_TOKEN, startServer, type TestServer } from '../kit/server.ts';
import {
  deliveries,
  expectInvariants,
  fleetOwner,
  isWatched,
  offered,
  paid,
  slots,
  told,
} from './dispatch-kit.ts';

const isDelivered = async (scope: Scope, count = 1) => {
  const all = await deliveries(scope);
  return all.length === count && all.every(({ status }) => status === 'DELIVERED');
};

/** A tenant whose couriers and drones move 3,600 times as fast as real ones. */
async function fastTenant(server: TestServer, slug: string): Promise<Scope> {
  await server.createTenant({ slug });
  const scope = await server.app.tenantScope(slug);
  await updateSettings(scope, { simulationSpeed: 3600, moneyAtRiskMinor: 1_000_000_000n });
  return server.app.tenantScope(slug);
}

/** A clock that runs ten times as fast as the real one: half a day of flight is over in a second. */
function fastClock(): () => Date {
  const start = Date.now();
  return () => new Date(start + (Date.now() - start) * 10);
}

/** Lets the loop visit whenever it asks (every second), not every other time; whose the tenants are stays as it is. */
function hurry({ app }: TestServer): () => void {
  const due =
    "UPDATE tenant_watch SET lease_until = least(lease_until, clock_timestamp() + interval '13 seconds')";
  const timer = setInterval(() => void app.database.directory.run(due).catch(() => {}), 200);
  return () => clearInterval(timer);
}

describe('the list of the delivery loop', () => {
  let test: OpenTestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test.close());

  it('gives a tenant to one instance at a time, again after two seconds, and to others after 15 s', async () => {
    const { scope } = await fleetOwner(test.database);
    const { directory } = test.database;
    const ask = (owner: string, busy: string[] = []) =>
      leaseWatched(directory, { kind: 'DELIVERIES', owner, limit: 5, busy });
    const pass = (seconds: number) =>
      directory.run('UPDATE tenant_watch SET lease_until = lease_until - make_interval(secs => $1)', [
        seconds,
      ]);
    expect(await ask('a')).toEqual([]);
    await scope.db.tx((tx) => watchTenant(tx, 'DELIVERIES', scope.tenantId));
    expect(await ask('a')).toEqual([scope.tenantId]);
    expect(await ask('b')).toEqual([]);
    // Just visited.
    expect(await ask('a')).toEqual([]);
    await pass(2);
    expect(await ask('b')).toEqual([]);
    expect(await ask('a')).toEqual([scope.tenantId]);
    // Still busy with it: the lease is renewed, and it is not given once more.
    await pass(10);
    expect(await ask('a', [scope.tenantId])).toEqual([]);
    await pass(10);
    expect(await ask('b')).toEqual([]);
    await pass(6);
    expect(await ask('b')).toEqual([scope.tenantId]);
    expect(await ask('a', [scope.tenantId])).toEqual([]);
    await releaseWatched(directory, 'DELIVERIES', 'b');
    expect(await ask('c')).toEqual([scope.tenantId]);
    await scope.db.run('DELETE FROM tenant_watch');
  });

  it('takes a tenant back that has work and fell off', async () => {
    const { scope } = await fleetOwner(test.database, { dispatchMode: 'APPROVE' });
    expect(await rewatchDeliveries(scope)).toBe(false);
    await paid(scope, 1);
    await scope.db.run('DELETE FROM tenant_watch');
    expect(await rewatchDeliveries(scope)).toBe(true);
    expect(await isWatched(scope)).toBe(true);
    await scope.db.run('DELETE FROM tenant_watch');
  });
});

describe('the delivery loop', () => {
  let server: TestServer;
  let calm: () => void;
  beforeAll(async () => {
    server = await startServer({ clock: fastClock() });
    await server.app.startAutomation();
    calm = hurry(server);
  });
  afterAll(async () => {
    calm?.();
    await server?.stop();
  });

  it.concurrent('carries a paid offer to the customer’s door by itself, and everybody can watch', async () => {
    const scope = await fastTenant(server, 'fast');
    const events = server.client(ADMIN_TOKEN, 'fast').subscribe(DeliveryEventsDocument, { after: '0' });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { deliveryEvents: event } of events) {
        if (event.__typename === 'DeliveryChangedEvent') seen.push(event.deliveryStatus);
        if (seen.at(-1) === 'DELIVERED') return;
      }
    })();
    await paid(scope, 1);
    await eventually('it is delivered', () => isDelivered(scope));
    await watching;
    await events.return?.();
    expect([...new Set(seen)]).toEqual(['PENDING', 'ASSIGNED', 'PICKED_UP', 'IN_TRANSIT', 'DELIVERED']);
    expect(await slots(scope)).toEqual({});
    await eventually('drones are charged and nobody looks any more', async () => !(await isWatched(scope)));
    await expectInvariants(scope);
    const metrics = await server.app.registry.metrics();
    expect(metrics).toMatch(/delivery_visits_total\{outcome="ok"\} [1-9]/);
    expect(metrics).toMatch(/delivery_visit_duration_seconds_count [1-9]/);
  });

  it.concurrent('goes on with the others when one tenant’s visit fails', async () => {
    const [broken, sound] = [await fastTenant(server, 'broken'), await fastTenant(server, 'sound')];
    await paid(broken, 1);
    await broken.db.run('DELETE FROM engine_settings WHERE tenant_id = $1', [broken.tenantId]);
    await paid(sound, 1);
    await eventually('the other one is delivered', () => isDelivered(sound));
    expect(await isDelivered(broken)).toBe(false);
    await expectInvariants(sound);
    await eventually('it is counted', async () =>
      /delivery_visits_total\{outcome="error"\} [1-9]/.test(await server.app.registry.metrics()),
    );
    await broken.db.run('DELETE FROM tenant_watch WHERE tenant_id = $1', [broken.tenantId]);
  });
});

describe.skipIf(serviceUrl('DATABASE_URL') === undefined)('two instances (needs DATABASE_URL)', () => {
  let db: OpenTestDatabase;
  let one: TestServer;
  let two: TestServer;
  let calm: () => void;
  beforeAll(async () => {
    db = await testDatabase();
    const clock = fastClock();
    one = await startServer({ database: db, clock });
    // Its clock is a minute ahead.
    two = await startServer({ database: db, clock: () => new Date(clock().getTime() + 60_000) });
    await Promise.all([one.app.startAutomation(), two.app.startAutomation()]);
    calm = hurry(two);
  });
  afterAll(async () => {
    calm?.();
    await two?.stop();
    await db?.close();
  });

  it('share the tenants; the one that is left takes all of them', async () => {
    const scopes: Scope[] = [];
    for (let n = 0; n < 6; n++) scopes.push(await fastTenant(one, `shared-${n}`));
    for (const [n, scope] of scopes.entries()) {
      await paid(scope, 1);
      await offered(scope, 2);
      // Somebody else's clock, somebody else's request.
      if (n % 2 === 0) await paid(await two.app.tenantScope(scope.tenantId), 3);
    }
    await sleep(2_000);
    const owners = await one.app.database.directory.rows<{ owner: string }>(
      'SELECT DISTINCT owner FROM tenant_watch WHERE lease_until > clock_timestamp()',
    );
    expect(owners.length).toBeGreaterThanOrEqual(1);
    await one.stop();
    for (const [n, scope] of scopes.entries()) {
      const at = await two.app.tenantScope(scope.tenantId);
      await eventually(`tenant ${n} has its packages`, () => isDelivered(at, n % 2 === 0 ? 2 : 1));
      await expectInvariants(at);
      const ends = (await told(at, ['DELIVERY_CHANGED'])).filter((line) => line.endsWith(' DELIVERED'));
      expect(ends).toHaveLength(n % 2 === 0 ? 2 : 1);
    }
  });
});
