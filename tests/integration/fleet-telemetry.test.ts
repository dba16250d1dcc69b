import { afterAll, beforeAll, describe, test as each, expect, it } from 'vitest';
import {
  abortFlight,
  type Drone,
  dronesById,
  flightsFor,
  MAX_SAMPLES,
  recordTelemetry,
  sweepSilent,
  type TelemetrySample,
  upsertDrone,
} from '../../src/delivery/fleet/index.ts';
import { addMs, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { advance, fleetLog, OAKLAND, putDeliveries, putExternal, SAN_FRANCISCO, send } from './fleet-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const seconds = (count: number): Date => addMs(NOW, count * 1_000);

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const sample = (fields: Partial<TelemetrySample> = {}): TelemetrySample => ({
  ...{ droneId: 'EXT_1', at: NOW, ...SAN_FRANCISCO, soc: 90 },
  ...fields,
});
const codes = async (scope: Scope, samples: TelemetrySample[]) =>
  (await recordTelemetry(scope, samples)).map(({ status, code }) => (code ? `${status} ${code}` : status));
const drone = async (scope: Scope): Promise<Drone> => (await dronesById(scope, ['EXT_1']))[0] as Drone;

async function shop() {
  const tenant = await testScope(test.database, { now: NOW });
  await putExternal(tenant.scope);
  return tenant;
}

/** An external drone that has just been sent to Oakland. */
async function flying() {
  const tenant = await shop();
  const [delivery = ''] = await putDeliveries(tenant.scope, 1);
  await send(tenant.scope, [delivery], { droneId: 'EXT_1' });
  const say = async (at: number, fields: Partial<TelemetrySample>) => {
    const now = tenant.at(seconds(at));
    expect(await codes(now, [sample({ at: seconds(at), ...fields })])).toEqual(['ACCEPTED']);
    return (await advance(now)).map(({ step, reason }) => (reason ? `${step} ${reason}` : step));
  };
  return { ...tenant, delivery, say };
}

/** As if the drone had last been heard of so many seconds ago, by the database's clock. */
const silence = (scope: Scope, sec: number) =>
  scope.db.run(
    `UPDATE drone SET seen_at = clock_timestamp() - make_interval(secs => $2) WHERE tenant_id = $1 AND adapter = 'EXTERNAL'`,
    [scope.tenantId, sec],
  );
const sweep = (scope: Scope) => scope.db.tx((tx) => sweepSilent(scope, tx));

describe('a sample', () => {
  it('moves its drone', async () => {
    const { scope } = await shop();
    const said = { ...OAKLAND, soc: 71.5, altitudeM: 80, speedKmh: 55, state: 'EN_ROUTE' as const };
    expect(await codes(scope, [sample(said)])).toEqual(['ACCEPTED']);
    expect(await drone(scope)).toMatchObject({ ...said, telemetryAt: NOW, version: 2 });
    expect((await drone(scope)).seenAt).toBeInstanceOf(Date);
    expect(await codes(scope, [sample({ at: seconds(1) })])).toEqual(['ACCEPTED']);
    expect(await drone(scope)).toMatchObject({ ...SAN_FRANCISCO, altitudeM: 80, state: 'EN_ROUTE' });
  });

  each.each<[string, Partial<TelemetrySample>, string]>([
    ['NaN', { lat: Number.NaN }, 'REJECTED INVALID'],
    ['+∞', { lon: Number.POSITIVE_INFINITY }, 'REJECTED INVALID'],
    ['−∞', { soc: Number.NEGATIVE_INFINITY }, 'REJECTED INVALID'],
    ['a latitude beyond the pole', { lat: 90.1 }, 'REJECTED INVALID'],
    ['a longitude beyond the antimeridian', { lon: -180.1 }, 'REJECTED INVALID'],
    ['more charge than there is', { soc: 100.1 }, 'REJECTED INVALID'],
    ['less than none', { soc: -0.1 }, 'REJECTED INVALID'],
    ['an endless height', { altitudeM: Number.POSITIVE_INFINITY }, 'REJECTED INVALID'],
    ['a speed below zero', { speedKmh: -1 }, 'REJECTED INVALID'],
    ['no instant', { at: new Date('yesterday') }, 'REJECTED INVALID'],
    ['61 s ahead', { at: seconds(61) }, 'REJECTED IN_FUTURE'],
    ['60 s ahead', { at: seconds(60) }, 'ACCEPTED'],
    ['long ago', { at: seconds(-9e6) }, 'ACCEPTED'],
    ['nobody’s drone', { droneId: 'NONE' }, 'REJECTED UNKNOWN_DRONE'],
    ['a simulated drone', { droneId: 'NODE_EU_001_ELITE' }, 'REJECTED SIMULATED_DRONE'],
  ])('with %s', async (_case, fields, outcome) => {
    const { scope } = await shop();
    expect(await codes(scope, [sample(fields)])).toEqual([outcome]);
    if (outcome !== 'ACCEPTED') expect((await drone(scope)).version).toBe(1);
  });

  it('that is old or known changes nothing, whatever its place in the batch', async () => {
    const { scope } = await shop();
    await codes(scope, [sample({ at: seconds(10), soc: 80 })]);
    const batch = [
      sample({ at: seconds(12), soc: 70 }),
      sample({ at: seconds(9), soc: 1 }),
      sample({ at: seconds(10), soc: 2 }),
      sample({ at: seconds(11), soc: 75 }),
      sample({ at: seconds(12), soc: 3 }),
      sample({ droneId: 'NONE' }),
    ];
    expect(await codes(scope, batch)).toEqual([
      'ACCEPTED',
      'IGNORED OUT_OF_ORDER',
      'IGNORED DUPLICATE',
      'ACCEPTED',
      'IGNORED DUPLICATE',
      'REJECTED UNKNOWN_DRONE',
    ]);
    expect(await drone(scope)).toMatchObject({ soc: 70, telemetryAt: seconds(12) });
    expect(await codes(scope, batch.slice(0, 1))).toEqual(['IGNORED DUPLICATE']);
  });

  it('comes with up to 999 others in a bounded number of statements', async () => {
    const { scope } = await shop();
    for (const n of [2, 3, 4, 5]) await putExternal(scope, `EXT_${n}`);
    const batch = Array.from({ length: MAX_SAMPLES }, (_, i) =>
      sample({ droneId: `EXT_${(i % 5) + 1}`, at: seconds(i / 100), soc: 99 - i / 100 }),
    );
    const before = scope.db.statements;
    expect(new Set(await codes(scope, batch))).toEqual(new Set(['ACCEPTED']));
    expect(scope.db.statements - before).toBeLessThanOrEqual(6);
    expect((await drone(scope)).version).toBe(2);
    await expect(recordTelemetry(scope, [])).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    const tooMany = recordTelemetry(scope, [...batch, sample()]);
    await expect(tooMany).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('of another tenant’s drone is about nobody', async () => {
    const [{ scope }, other] = [await shop(), await testScope(test.database, { now: NOW })];
    expect(await codes(other.scope, [sample()])).toEqual(['REJECTED UNKNOWN_DRONE']);
    expect((await drone(scope)).telemetryAt).toBeNull();
  });

  it('does not take a drone out of the workshop', async () => {
    const { scope } = await shop();
    await scope.db.run(`UPDATE drone SET state = 'MAINTENANCE' WHERE tenant_id = $1 AND id = 'EXT_1'`, [
      scope.tenantId,
    ]);
    await codes(scope, [sample({ state: 'IDLE' })]);
    expect(await drone(scope)).toMatchObject({ state: 'MAINTENANCE', soc: 90 });
  });

  it.skipIf(!process.env.DATABASE_URL)('never overtakes a newer one when twenty arrive at once', async () => {
    const { scope, at } = await shop();
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        recordTelemetry(at(NOW), [sample({ at: seconds(i), soc: 50 + i })]),
      ),
    );
    expect(await drone(scope)).toMatchObject({ soc: 69, telemetryAt: seconds(19) });
  });
});

describe('an external flight', () => {
  it('gets as far as its drone says', async () => {
    const { scope, say, delivery } = await flying();
    expect(await say(1, { state: 'IDLE' })).toEqual([]);
    expect((await drone(scope)).state).toBe('ASSIGNED');
    expect(await say(2, { state: 'EN_ROUTE' })).toEqual([]);
    expect(await say(60, { state: 'DELIVERING' })).toEqual(['PICKED_UP']);
    expect(await say(90, { ...OAKLAND })).toEqual([]);
    expect(await say(900, { state: 'RETURNING', ...OAKLAND })).toEqual(['DROPPED']);
    expect((await drone(scope)).deliveryId).toBeNull();
    expect(await say(1_800, { state: 'IDLE' })).toEqual(['RETURNED']);
    expect(await flightsFor(scope.db, scope.tenantId, [delivery])).toMatchObject([
      { status: 'COMPLETED', pickedUpAt: seconds(60), droppedAt: seconds(900), endedAt: seconds(1_800) },
    ]);
    expect(await drone(scope)).toMatchObject({ state: 'IDLE', deliveryId: null });
  });

  it('that is told late, in one batch, is complete all the same', async () => {
    const { at } = await flying();
    const now = at(seconds(1_000));
    await recordTelemetry(now, [
      sample({ at: seconds(900), state: 'RETURNING' }),
      sample({ at: seconds(10), state: 'EN_ROUTE' }),
      sample({ at: seconds(100), state: 'DELIVERING' }),
    ]);
    expect((await advance(now)).map(({ step }) => step)).toEqual(['PICKED_UP', 'DROPPED']);
  });

  each.each<[string, Partial<TelemetrySample>]>([
    ['says so', { state: 'EN_ROUTE', isAborted: true }],
    ['comes back without ever having had the parcel', { state: 'RETURNING' }],
    ['is on the ground again', { state: 'IDLE' }],
  ])('delivers nothing when its drone %s', async (_case, fields) => {
    const { scope, say, delivery } = await flying();
    await say(5, { state: 'EN_ROUTE' });
    expect(await say(9, fields)).toEqual(['ABORTED ABORTED_BY_DRONE']);
    expect(await flightsFor(scope.db, scope.tenantId, [delivery])).toMatchObject([
      { status: 'ABORTED', reason: 'ABORTED_BY_DRONE', pickedUpAt: null, droppedAt: null },
    ]);
    expect((await drone(scope)).deliveryId).toBeNull();
    expect(await say(10, { state: 'IDLE' })).toEqual([]);
  });

  it('is called back below 10 %, once', async () => {
    const { scope, say } = await flying();
    expect(await say(60, { state: 'DELIVERING', soc: 10 })).toEqual(['PICKED_UP']);
    expect(await say(70, { soc: 9.9 })).toEqual(['ABORTED BATTERY_CRITICAL']);
    expect(await drone(scope)).toMatchObject({ state: 'RETURNING', deliveryId: null });
    expect(await say(80, { soc: 9.5 })).toEqual([]);
    expect((await fleetLog(scope)).slice(-3)).toEqual([
      'EXT_1 ASSIGNED>DELIVERING',
      'EXT_1 DELIVERING>RETURNING BATTERY_CRITICAL',
      'BATTERY_CRITICAL EXT_1',
    ]);
  });

  it('below 10 % after the drop is only an alert', async () => {
    const { say, scope } = await flying();
    await say(60, { state: 'DELIVERING' });
    expect(await say(900, { state: 'RETURNING', soc: 9 })).toEqual(['DROPPED']);
    expect((await fleetLog(scope)).slice(-2)).toEqual([
      'EXT_1 DELIVERING>RETURNING',
      'BATTERY_CRITICAL EXT_1',
    ]);
  });
});

describe('link loss', () => {
  it('counts 60 s of the database’s clock, whatever an instance thinks the time is', async () => {
    const { scope, at, delivery, say } = await flying();
    await say(5, { state: 'EN_ROUTE' });
    await silence(scope, 59);
    expect(await sweep(at(addMs(NOW, 60 * MINUTE_MS)))).toEqual([]);
    await silence(scope, 61);
    const behind = at(addMs(NOW, -MINUTE_MS));
    expect(await sweep(behind)).toEqual([{ droneId: 'EXT_1', deliveryId: delivery }]);
    expect(await sweep(behind)).toEqual([]);
    expect(await drone(scope)).toMatchObject({ state: 'OFFLINE', deliveryId: delivery });
    expect((await fleetLog(scope)).slice(-2)).toEqual([
      'EXT_1 EN_ROUTE>OFFLINE LINK_LOST',
      'LINK_LOST EXT_1',
    ]);
  });

  it('of a drone that comes back with its delivery goes on where it was', async () => {
    const { scope, say } = await flying();
    await say(60, { state: 'DELIVERING' });
    await silence(scope, 61);
    await sweep(scope);
    expect(await say(200, {})).toEqual([]);
    expect((await drone(scope)).state).toBe('DELIVERING');
    expect(await say(900, { state: 'RETURNING' })).toEqual(['DROPPED']);
  });

  it('of a drone whose delivery was given to another makes it IDLE when it reports again', async () => {
    const { scope, say, delivery } = await flying();
    await say(5, { state: 'EN_ROUTE' });
    await silence(scope, 61);
    await sweep(scope);
    await scope.db.tx((tx) => abortFlight(scope, tx, delivery, 'LINK_LOST'));
    expect(await drone(scope)).toMatchObject({ state: 'OFFLINE', deliveryId: null });
    const [replacement] = await send(scope, [delivery]);
    expect(replacement?.droneId).toBe('NODE_US_W_001_BVLOS');
    expect(await say(300, {})).toEqual(['PICKED_UP']);
    expect(await drone(scope)).toMatchObject({ state: 'IDLE', deliveryId: null });
  });

  it('does not concern parked drones, nor simulated ones', async () => {
    const { scope } = await shop();
    await upsertDrone(scope, {
      id: 'EXT_2',
      name: 'x',
      class: 'ELITE',
      adapter: 'EXTERNAL',
      siteId: 'NODE_EU_001_SITE',
    });
    const [delivery = ''] = await putDeliveries(scope, 1);
    await send(scope, [delivery], { droneId: 'NODE_US_W_001_ELITE' });
    await scope.db.run(
      `UPDATE drone SET seen_at = clock_timestamp() - interval '1 hour' WHERE tenant_id = $1`,
      [scope.tenantId],
    );
    expect(await sweep(scope)).toEqual([]);
  });
});
