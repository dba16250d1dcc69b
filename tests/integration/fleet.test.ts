import { afterAll, beforeAll, describe, test as each, expect, it } from 'vitest';
import { compute } from '../../src/control/decisions/index.ts';
import {
  abortFlight,
  assignmentFormula,
  assignmentInputs,
  claimDrones,
  type Drone,
  type DroneInput,
  dronesById,
  type Flight,
  fleetIsAvailable,
  fleetIsBusy,
  flightsFor,
  freeDrones,
  listDrones,
  setDroneMaintenance,
  upsertDrone,
} from '../../src/delivery/fleet/index.ts';
import { CLEAR_SKY } from '../../src/delivery/routing/index.ts';
import { addMs, MINUTE_MS } from '../../src/kernel/time.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { advance, fleetLog, job, OAKLAND, putDeliveries, SAN_FRANCISCO, send } from './fleet-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const minutes = (count: number): Date => addMs(NOW, count * MINUTE_MS);

let test: OpenTestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

const shop = () => testScope(test.database, { now: NOW });
const droneOf = async (scope: Scope, id: string): Promise<Drone> =>
  (await dronesById(scope, [id]))[0] as Drone;
const set = (scope: Scope, id: string, sql: string) =>
  scope.db.run(`UPDATE drone SET ${sql} WHERE tenant_id = $1 AND id = $2`, [scope.tenantId, id]);
const input: DroneInput = { id: 'NEW_1', name: 'New', class: 'ELITE', siteId: 'NODE_EU_001_SITE' };

describe('a tenant’s drones', () => {
  it('are four at each site from the start, charged and ready', async () => {
    const { scope } = await shop();
    const { edges } = await listDrones(scope, { first: 100 });
    expect(edges.map(({ node }) => node.id)).toEqual(
      ['EU', 'IN', 'US_W'].flatMap((hub) =>
        ['BVLOS', 'ECONOMY', 'ELITE', 'PREMIUM'].map((name) => `NODE_${hub}_001_${name}`),
      ),
    );
    expect(await droneOf(scope, 'NODE_US_W_001_ELITE')).toMatchObject({
      ...{ class: 'ELITE', adapter: 'SIMULATOR', state: 'IDLE', soc: 100, reliability: 0.999 },
      ...{ siteId: 'NODE_US_W_001_SITE', deliveryId: null, ...SAN_FRANCISCO },
    });
    expect(await fleetIsAvailable(scope.db, scope.tenantId)).toBe(true);
    expect(await fleetIsBusy(scope.db, scope.tenantId)).toBe(false);
  });

  it('are added at their site and changed, with audit and event', async () => {
    const { scope } = await shop();
    const made = await upsertDrone(scope, { ...input, soc: 80 }, null, 'key');
    expect(made).toMatchObject({ state: 'IDLE', soc: 80, lat: 50.1109, lon: 8.6821, version: 1 });
    expect(await upsertDrone(scope, { ...input, soc: 80 }, null, 'key')).toEqual(made);
    const moved = await upsertDrone(scope, { ...input, siteId: 'NODE_IN_001_SITE', reliability: 0.9 }, 1);
    expect(moved).toMatchObject({ soc: 80, lat: 19.076, reliability: 0.9, version: 2 });
    const audit = await scope.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE tenant_id = $1 AND subject = 'NEW_1'`,
      [scope.tenantId],
    );
    expect(audit).toEqual([{ action: 'drone.upsert' }, { action: 'drone.upsert' }]);
    expect(await fleetLog(scope)).toEqual(['NEW_1 null>IDLE']);
  });

  each.each<[string, Partial<DroneInput>, string, string]>([
    ['a small letter', { id: 'drone' }, 'VALIDATION_ERROR', 'id'],
    ['no name', { name: ' ' }, 'VALIDATION_ERROR', 'name'],
    ['no such class', { class: 'JUMBO' as never }, 'VALIDATION_ERROR', 'class'],
    ['no such site', { siteId: 'NOWHERE' }, 'VALIDATION_ERROR', 'siteId'],
    ['charge above 100', { soc: 101 }, 'VALIDATION_ERROR', 'soc'],
    ['no number', { reliability: Number.NaN }, 'VALIDATION_ERROR', 'reliability'],
  ])('are refused with %s', async (_case, fields, code, field) => {
    const { scope } = await shop();
    const refusal = upsertDrone(scope, { ...input, ...fields });
    await expect(refusal).rejects.toMatchObject({ code, details: { field } });
  });

  it('are filtered and paged', async () => {
    const { scope } = await shop();
    await setDroneMaintenance(scope, 'NODE_EU_001_ELITE', true);
    const ids = async (filter: object, page: object = { first: 100 }) =>
      (await listDrones(scope, page, filter)).edges.map(({ node }) => node.id);
    expect(await ids({ state: ['MAINTENANCE', 'OFFLINE'] })).toEqual(['NODE_EU_001_ELITE']);
    expect(await ids({ class: ['ELITE'], state: ['IDLE'] })).toEqual([
      'NODE_IN_001_ELITE',
      'NODE_US_W_001_ELITE',
    ]);
    expect(await ids({ siteId: 'NODE_IN_001_SITE' })).toHaveLength(4);
    expect(await ids({ adapter: 'EXTERNAL' })).toEqual([]);
    expect(await ids({}, { last: 1 })).toEqual(['NODE_US_W_001_PREMIUM']);
  });

  it('go to the workshop when parked, and come back to the charger', async () => {
    const { scope } = await shop();
    const id = 'NODE_US_W_001_ELITE';
    await expect(setDroneMaintenance(scope, 'NONE', true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(setDroneMaintenance(scope, id, true, 9)).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    expect(await setDroneMaintenance(scope, id, true)).toMatchObject({ state: 'MAINTENANCE', version: 2 });
    expect((await setDroneMaintenance(scope, id, true)).version).toBe(2);
    expect((await freeDrones(scope.db, scope.tenantId)).map((drone) => drone.id)).not.toContain(id);
    await set(scope, id, 'soc = 50');
    expect(await setDroneMaintenance(scope, id, false)).toMatchObject({ state: 'CHARGING', soc: 50 });
    const [delivery = ''] = await putDeliveries(scope, 1);
    const [flight] = await send(scope, [delivery]);
    const flying = setDroneMaintenance(scope, flight?.droneId as string, true);
    await expect(flying).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
    const elsewhere = upsertDrone(scope, { ...input, id: flight?.droneId as string });
    await expect(elsewhere).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
  });

  it('are invisible to another tenant', async () => {
    const [{ scope }, other] = [await shop(), await shop()];
    await upsertDrone(scope, input);
    expect(await dronesById(other.scope, ['NEW_1'])).toEqual([null]);
    await expect(setDroneMaintenance(other.scope, 'NEW_1', true)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('a simulated flight', () => {
  it('goes from claim to charger, with its steps, states and events', async () => {
    const { scope, at } = await shop();
    const [delivery = ''] = await putDeliveries(scope, 1);
    const [flight] = await send(scope, [delivery]);
    expect(flight).toMatchObject({ droneId: 'NODE_US_W_001_BVLOS', status: 'ACTIVE', startedAt: NOW });
    const id = 'NODE_US_W_001_BVLOS';
    expect(await droneOf(scope, id)).toMatchObject({ state: 'ASSIGNED', deliveryId: delivery, soc: 100 });
    expect(await send(scope, [delivery], { droneId: id })).toEqual([]);

    expect(await advance(at(minutes(1)))).toEqual([]);
    expect(await droneOf(scope, id)).toMatchObject({ state: 'EN_ROUTE', ...SAN_FRANCISCO, soc: 100 });
    const [pickedUp] = await advance(at(minutes(5)));
    expect(pickedUp).toEqual({
      ...{ deliveryId: delivery, droneId: id, step: 'PICKED_UP', at: minutes(2.5), ...SAN_FRANCISCO },
    });
    expect(await droneOf(scope, id)).toMatchObject({ state: 'DELIVERING', deliveryId: delivery });
    const [dropped] = await advance(at(minutes(20)));
    expect(dropped).toMatchObject({ step: 'DROPPED', deliveryId: delivery, ...OAKLAND });
    expect(await droneOf(scope, id)).toMatchObject({ state: 'RETURNING', deliveryId: null });
    const [returned] = await advance(at(minutes(60)));
    expect(returned).toMatchObject({ step: 'RETURNED', ...SAN_FRANCISCO });
    const landed = await droneOf(scope, id);
    expect(landed).toMatchObject({ state: 'CHARGING', speedKmh: 0, altitudeM: 0, ...SAN_FRANCISCO });
    expect(landed.soc).toBeCloseTo(100 - 27.11, 1);
    expect(await fleetIsBusy(scope.db, scope.tenantId)).toBe(true);

    await advance(at(minutes(65)));
    expect((await droneOf(scope, id)).soc).toBeCloseTo(landed.soc + 10, 6);
    await advance(at(minutes(75)));
    expect(await droneOf(scope, id)).toMatchObject({ state: 'IDLE', soc: 100 });
    expect(await fleetIsBusy(scope.db, scope.tenantId)).toBe(false);
    expect(await flightsFor(scope.db, scope.tenantId, [delivery])).toMatchObject([
      { status: 'COMPLETED', pickedUpAt: minutes(2.5), reason: null },
    ]);
    expect(await fleetLog(scope)).toEqual(
      ['IDLE>ASSIGNED', 'ASSIGNED>EN_ROUTE', 'EN_ROUTE>DELIVERING', 'DELIVERING>RETURNING']
        .concat(['RETURNING>CHARGING', 'CHARGING>IDLE CHARGED'])
        .map((change) => `${id} ${change}`),
    );
  });

  it('is over in one look at 3,600 times the speed', async () => {
    const { scope, at } = await shop();
    const [delivery = ''] = await putDeliveries(scope, 1);
    await send(scope, [delivery], { simulationSpeed: 3_600 });
    const steps = await advance(at(addMs(NOW, 2_000)));
    expect(steps.map(({ step }) => step)).toEqual(['PICKED_UP', 'DROPPED', 'RETURNED']);
    expect(steps.map(({ at: when }) => +when - +NOW)).toEqual([42, 276, 468]);
  });

  it('does not fly back when another instance’s clock is a minute behind', async () => {
    const { scope, at } = await shop();
    const [delivery = ''] = await putDeliveries(scope, 1);
    const [flight] = await send(scope, [delivery]);
    await advance(at(minutes(10)));
    const before = await droneOf(scope, flight?.droneId as string);
    await advance(at(minutes(9)));
    const after = await droneOf(scope, flight?.droneId as string);
    expect(after).toMatchObject({ lat: before.lat, lon: before.lon, soc: before.soc, state: 'DELIVERING' });
  });

  it('costs the same number of statements for one as for eight', async () => {
    const { scope, at } = await shop();
    for (const hub of [1, 2, 3, 4]) {
      await upsertDrone(scope, { ...input, id: `MORE_${hub}`, siteId: 'NODE_US_W_001_SITE' });
    }
    const deliveries = await putDeliveries(scope, 8);
    const counted = async (work: () => Promise<unknown>) => {
      const before = scope.db.statements;
      await work();
      return scope.db.statements - before;
    };
    const first = deliveries.slice(0, 1);
    const [one, rest] = [
      await counted(() => send(scope, first)),
      await counted(() => send(scope, deliveries.slice(1))),
    ];
    expect([one, rest]).toEqual([4, 4]);
    const later = at(minutes(5));
    const start = later.db.statements;
    expect(await advance(later)).toHaveLength(8);
    expect(later.db.statements - start).toBeLessThanOrEqual(11);
  });

  it('diverts to the nearest site when the pack gets critical', async () => {
    const { scope, at } = await shop();
    const [delivery = ''] = await putDeliveries(scope, 1);
    const id = 'NODE_US_W_001_ELITE';
    const plan = (await send(scope, [delivery], { droneId: id }))[0]?.plan;
    await scope.db.run(`UPDATE flight SET plan = $2 WHERE tenant_id = $1`, [
      scope.tenantId,
      JSON.stringify({ ...plan, startSoc: 15 }),
    ]);
    const steps = await advance(at(minutes(10)));
    expect(steps.map(({ step, reason }) => [step, reason])).toEqual([
      ['PICKED_UP', undefined],
      ['ABORTED', 'BATTERY_CRITICAL'],
    ]);
    const back = await droneOf(scope, id);
    expect(back).toMatchObject({ state: 'RETURNING', deliveryId: null });
    expect(back.soc).toBeGreaterThan(9.9);
    expect((await advance(at(minutes(30)))).map(({ step, reason }) => [step, reason])).toEqual([
      ['RETURNED', 'BATTERY_CRITICAL'],
    ]);
    const landed = await droneOf(scope, id);
    expect(landed).toMatchObject({ state: 'CHARGING', ...SAN_FRANCISCO });
    expect(landed.soc).toBeLessThan(back.soc);
    expect(await flightsFor(scope.db, scope.tenantId, [delivery])).toMatchObject([
      { status: 'ABORTED', reason: 'BATTERY_CRITICAL', droppedAt: null },
    ]);
    expect((await fleetLog(scope)).filter((line) => line.includes('BATTERY'))).toEqual([
      `${id} ASSIGNED>RETURNING BATTERY_CRITICAL`,
      `BATTERY_CRITICAL ${id}`,
    ]);
  });

  it('is called off in the air, and another drone takes over at once', async () => {
    const { scope, at } = await shop();
    const [delivery = ''] = await putDeliveries(scope, 1);
    const [first] = await send(scope, [delivery]);
    const then = at(minutes(10));
    await advance(then);
    await then.db.tx((tx) => abortFlight(then, tx, delivery, 'HUB_DISABLED'));
    await then.db.tx((tx) => abortFlight(then, tx, delivery, 'AGAIN'));
    const id = first?.droneId as string;
    expect(await droneOf(scope, id)).toMatchObject({ state: 'RETURNING', deliveryId: null });
    const [second] = await send(then, [delivery]);
    expect(second?.droneId).not.toBe(id);
    const steps = await advance(at(minutes(60)));
    expect(steps.map(({ droneId, step }) => `${droneId === id ? 1 : 2} ${step}`)).toEqual([
      '2 PICKED_UP',
      '1 RETURNED',
      '2 DROPPED',
      '2 RETURNED',
    ]);
    const flights = await flightsFor(scope.db, scope.tenantId, [delivery]);
    expect(flights.map(({ status, reason }) => [status, reason])).toEqual([
      ['COMPLETED', null],
      ['ABORTED', 'HUB_DISABLED'],
    ]);
  });
});

describe('claims', () => {
  it('give one drone to one of twenty dispatchers', async () => {
    const { scope, at } = await shop();
    const deliveries = await putDeliveries(scope, 20);
    const droneId = 'NODE_US_W_001_ELITE';
    const won = await Promise.all(deliveries.map((delivery) => send(at(NOW), [delivery], { droneId })));
    expect(won.flat()).toHaveLength(1);
    expect(await droneOf(scope, droneId)).toMatchObject({
      deliveryId: won.flat()[0]?.deliveryId,
      version: 2,
    });
  });

  it('give a delivery one drone at a time, and a drone that two ask for to one of them', async () => {
    const { scope } = await shop();
    const [one = '', two = ''] = await putDeliveries(scope, 2);
    const [flight] = await send(scope, [one]);
    expect(await send(scope, [one])).toEqual([]);
    const plan = flight?.plan as Flight['plan'];
    const claim = { droneId: 'NODE_US_W_001_ELITE', plan, simulationSpeed: 1 };
    const won = await scope.db.tx((tx) =>
      claimDrones(scope, tx, [
        { ...claim, deliveryId: one },
        { ...claim, deliveryId: two },
      ]),
    );
    expect(won).toMatchObject([{ deliveryId: two, droneId: 'NODE_US_W_001_ELITE' }]);
    expect(await droneOf(scope, 'NODE_US_W_001_ELITE')).toMatchObject({ deliveryId: two });
  });

  it('of overlapping batches never wait for each other for ever', async () => {
    const { scope, at } = await shop();
    const deliveries = await putDeliveries(scope, 16);
    const batches = [0, 4, 8, 12].map((from) => deliveries.slice(from, from + 4));
    const won = (
      await Promise.all(batches.map((batch, i) => send(at(NOW), i % 2 ? batch.reverse() : batch)))
    ).flat();
    expect(new Set(won.map(({ droneId }) => droneId)).size).toBe(won.length);
    expect(won.length).toBe(4);
  });

  it('take no drone of a site out of service', async () => {
    const { scope } = await shop();
    const [delivery = ''] = await putDeliveries(scope, 1);
    await scope.db.run(`UPDATE launch_site SET is_enabled = false WHERE tenant_id = $1`, [scope.tenantId]);
    expect(await send(scope, [delivery])).toEqual([]);
  });
});

it('an assignment is a decision that gives the same bytes again', async () => {
  const { scope } = await shop();
  const drones = await freeDrones(scope.db, scope.tenantId);
  const sky = {
    ...CLEAR_SKY,
    weather: { us_west: { severity: 1, windKmh: 20 }, elsewhere: { severity: 4, windKmh: 0 } },
  } as const;
  const jobs = [job('a'), job('b', { payloadKg: 9 }), job('c', { payloadKg: 11 })];
  const inputs = assignmentInputs({ jobs, drones, sky });
  expect(Object.keys(inputs.sky.weather)).toEqual(['us_west']);
  const first = compute(assignmentFormula, inputs);
  expect(first.output.assignments.map(({ deliveryId, droneId }) => [deliveryId, droneId])).toEqual([
    ['a', 'NODE_US_W_001_ELITE'],
    ['b', 'NODE_US_W_001_BVLOS'],
  ]);
  expect(first.output.waiting).toEqual(['c']);
  expect(first.reasons.at(-1)).toEqual({
    code: 'NO_FEASIBLE_DRONE',
    text: 'c: of 12 free drones: ENERGY 8, PAYLOAD 12.',
  });
  expect(compute(assignmentFormula, first.inputs as never).outputHash).toBe(first.outputHash);
});
