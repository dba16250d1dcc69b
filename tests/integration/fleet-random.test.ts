import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  abortFlight,
  dronesById,
  REPORTED_STATES,
  recordTelemetry,
  setDroneMaintenance,
  sweepSilent,
} from '../../src/delivery/fleet/index.ts';
import { checkInvariants } from '../../src/delivery/invariants/index.ts';
import { DomainError } from '../../src/kernel/errors.ts';
import { seeded } from '../../src/kernel/random.ts';
import { addMs, MINUTE_MS } from '../../src/kernel/time.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { advance, putDeliveries, putExternal, send } from './fleet-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const EXTERNALS = ['EXT_1', 'EXT_2', 'EXT_3'];
/** What the fleet alone answers for; the others are about how deliveries follow. */
const RULES = ['ONE_FLIGHT_PER_DRONE', 'DRONE_CARRIES_WHAT_IT_FLIES', 'SIMULATED_DRONE_FLIES_ITS_FLIGHT'];

let db: OpenTestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

test.each([1, 2, 3])(
  'whatever happens in whatever order, drones and flights agree (seed %d)',
  async (seed) => {
    const random = seeded(seed);
    const { scope, at } = await testScope(db.database, { now: NOW });
    for (const id of EXTERNALS) await putExternal(scope, id);
    const deliveries = await putDeliveries(scope, 12);
    let clock = 0;
    const happenings: (() => Promise<unknown>)[] = [
      () => send(now(), [random.pick(deliveries)]),
      () => send(now(), [random.pick(deliveries)], { droneId: random.pick(EXTERNALS) }),
      () => advance(now()),
      () => now().db.tx((tx) => abortFlight(now(), tx, random.pick(deliveries), 'TEST')),
      () => say(),
      () => say(),
      () =>
        scope.db.run(`UPDATE drone SET seen_at = clock_timestamp() - interval '61 s' WHERE tenant_id = $1`, [
          scope.tenantId,
        ]),
      () => now().db.tx((tx) => sweepSilent(now(), tx)),
      () =>
        setDroneMaintenance(
          now(),
          random.pick([...EXTERNALS, 'NODE_US_W_001_ELITE']),
          random.int(0, 1) === 1,
        ),
    ];
    // Instances whose clocks differ by up to a minute.
    const now = () => at(addMs(NOW, clock * MINUTE_MS + random.int(-30_000, 30_000)));
    const say = () =>
      recordTelemetry(at(addMs(NOW, clock * MINUTE_MS)), [
        {
          ...{ droneId: random.pick(EXTERNALS), at: addMs(NOW, clock * MINUTE_MS), lat: 37.8, lon: -122.3 },
          ...{
            soc: random.int(5, 100),
            state: random.pick(REPORTED_STATES),
            isAborted: random.int(0, 9) === 0,
          },
        },
      ]);
    const socs = new Map<string, number>();
    for (let step = 0; step < 150; step++) {
      clock += random.next() * 4;
      await random
        .pick(happenings)()
        .catch((error: unknown) => {
          if (!(error instanceof DomainError)) throw error;
        });
      const broken = (await checkInvariants(scope.db, scope.tenantId)).filter(
        ({ name, holds }) => RULES.includes(name) && !holds,
      );
      expect(broken).toEqual([]);
      const [elite] = await dronesById(scope, ['NODE_US_W_001_ELITE']);
      const isInAir = elite !== null && elite !== undefined && elite.deliveryId !== null;
      if (isInAir) expect(elite.soc).toBeLessThanOrEqual(socs.get(elite.id) ?? 100);
      if (elite) socs.set(elite.id, elite.soc);
    }
    // Left alone, every simulated flight ends and every drone is charged.
    for (const minutes of [100, 200, 300]) await advance(at(addMs(NOW, (clock + minutes) * MINUTE_MS)));
    const simulated = await scope.db.rows<{ state: string }>(
      `SELECT DISTINCT state FROM drone WHERE tenant_id = $1 AND adapter = 'SIMULATOR' AND state <> 'MAINTENANCE'`,
      [scope.tenantId],
    );
    expect(simulated).toEqual([{ state: 'IDLE' }]);
  },
);
