import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  FleetTelemetryDocument,
  type FleetTelemetrySubscription,
  ReportTelemetryDocument,
  UpsertDroneDocument,
} from '../../operations/generated/graphql.ts';
import { createTelemetry, type FleetTelemetry } from '../../src/delivery/fleet/index.ts';
import { addMs } from '../../src/kernel/time.ts';
import { createLocalBus } from '../../src/platform/events/bus.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';

const START = new Date('2026-11-20T12:00:00Z');
let now = START;
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ clock: () => now });
  for (const slug of ['acme', 'other']) await server.createTenant({ slug });
});
afterAll(() => server.stop());

type Message = FleetTelemetrySubscription['fleetTelemetry'];
const client = (tenant = 'acme', at = server): Client => at.client(ADMIN_TOKEN, tenant);

async function addDrone(tenant: string, droneId: string): Promise<void> {
  const input = {
    droneId,
    name: droneId,
    class: 'BVLOS',
    adapter: 'EXTERNAL',
    siteId: 'NODE_EU_001_SITE',
  } as const;
  const { upsertDrone } = await client(tenant).run(UpsertDroneDocument, { input });
  expect(upsertDrone.__typename).toBe('DronePayload');
}

/** The drone says something; each call is a second later than the one before. */
async function report(droneId: string, soc: number, tenant = 'acme', at = server): Promise<void> {
  now = addMs(now, 1_000);
  const samples = [{ droneId, at: now.toISOString(), lat: 50, lon: 8, soc }];
  const { reportTelemetry } = await client(tenant, at).run(ReportTelemetryDocument, { input: { samples } });
  expect(reportTelemetry).toMatchObject({ accepted: 1 });
}

function watch(tenant = 'acme', at = server) {
  const messages: { message: Message; at: number }[] = [];
  const iterator = client(tenant, at).subscribe(FleetTelemetryDocument, {});
  const done = (async () => {
    for await (const { fleetTelemetry } of iterator)
      messages.push({ message: fleetTelemetry, at: performance.now() });
  })();
  const until = async (count: number) => {
    const end = performance.now() + 8_000;
    while (messages.length < count && performance.now() < end) await sleep(10);
    expect(messages.length).toBeGreaterThanOrEqual(count);
    return messages.map(({ message }) => message);
  };
  return { messages, until, stop: () => Promise.all([iterator.return?.(), done]) };
}

describe('fleetTelemetry', () => {
  it('first tells where all drones are, then what changed, at most every 2 s', async () => {
    await addDrone('acme', 'A1');
    const watcher = watch();
    const [first] = await watcher.until(1);
    expect(first?.isComplete).toBe(true);
    expect(first?.drones).toHaveLength(13);
    expect(first?.drones[0]).toMatchObject({ droneId: 'A1', state: 'IDLE', soc: 100, deliveryId: null });
    for (let soc = 99; soc > 92; soc--) await report('A1', soc);
    const [, second] = await watcher.until(2);
    expect(second).toMatchObject({ isComplete: false, drones: [{ droneId: 'A1' }] });
    const [, , third] = await watcher.until(3);
    expect(third?.drones).toMatchObject([{ droneId: 'A1', soc: 93 }]);
    const [, two, three] = watcher.messages;
    expect((three?.at ?? 0) - (two?.at ?? 0)).toBeGreaterThan(1_900);
    await watcher.stop();
  });

  it('shows a newcomer how things stand, in step with those who were there before', async () => {
    await addDrone('acme', 'A2');
    const before = watch();
    await before.until(1);
    await report('A2', 70);
    await before.until(2);
    const after = watch();
    const [standing] = await after.until(1);
    expect(standing?.drones.find(({ droneId }) => droneId === 'A2')).toMatchObject({ soc: 70 });
    await report('A2', 60);
    expect((await after.until(2))[1]?.drones).toMatchObject([{ droneId: 'A2', soc: 60 }]);
    await Promise.all([before.stop(), after.stop()]);
  });

  it('says nothing about another tenant’s drones', async () => {
    await addDrone('acme', 'A3');
    await addDrone('other', 'B3');
    const [mine, theirs] = [watch('acme'), watch('other')];
    await Promise.all([mine.until(1), theirs.until(1)]);
    await report('A3', 50);
    await report('B3', 40, 'other');
    await Promise.all([mine.until(2), theirs.until(2)]);
    const named = ({ messages }: typeof mine) =>
      messages.flatMap(({ message }) => message.drones.map(({ droneId }) => droneId));
    expect(named(mine)).not.toContain('B3');
    expect(named(theirs).filter((id) => id.startsWith('A'))).toEqual([]);
    await Promise.all([mine.stop(), theirs.stop()]);
  });

  it('needs a key', async () => {
    const stream = server.client('rk_nobody').subscribe(FleetTelemetryDocument, {});
    await expect(stream.next()).rejects.toThrow();
  });

  it.skipIf(!process.env.REDIS_URL || !process.env.DATABASE_URL)('reaches other instances', async () => {
    const second = await startServer({ clock: () => now, database: server.database });
    await addDrone('acme', 'A4');
    const watcher = watch('acme', second);
    await watcher.until(1);
    await report('A4', 30);
    expect((await watcher.until(2))[1]?.drones).toMatchObject([{ droneId: 'A4', soc: 30 }]);
    await watcher.stop();
    await second.stop();
  });
});

describe('the feed behind it', () => {
  const position = (droneId: string, version: number) =>
    JSON.stringify([
      { ...{ droneId, version, state: 'IDLE', lat: 1, lon: 1, altitudeM: 0, speedKmh: 0, soc: version } },
    ]);

  async function open(isConnected = true) {
    const scope = await server.app.tenantScope('acme');
    const bus = { ...createLocalBus(), isConnected };
    const telemetry = createTelemetry({
      ...{ bus, clock: () => now, dbFor: () => scope.db, periodMs: 20 },
      onError: (error) => expect(error).toBeUndefined(),
    });
    const stream = telemetry.stream(scope);
    const iterator = stream[Symbol.asyncIterator]();
    const next = async () => (await iterator.next()).value as FleetTelemetry;
    return { scope, bus, telemetry, iterator, next, channel: `t:${scope.tenantId}:telemetry` };
  }

  it('keeps nothing when nobody watches', async () => {
    const { telemetry, iterator, next } = await open();
    expect(telemetry.size).toBe(0);
    await next();
    expect(telemetry.size).toBe(1);
    await iterator.return(undefined);
    expect(telemetry.size).toBe(0);
  });

  it('never lets an older message overwrite a newer one', async () => {
    const { bus, channel, next, iterator } = await open();
    await next();
    bus.publish(channel, position('X', 5));
    bus.publish(channel, position('X', 4));
    expect((await next()).drones).toMatchObject([{ droneId: 'X', version: 5 }]);
    bus.publish(channel, position('X', 5));
    bus.publish(channel, position('Y', 1));
    expect((await next()).drones).toMatchObject([{ droneId: 'Y' }]);
    await iterator.return(undefined);
  });

  it('gives a slow reader one message with everything instead of all that it missed', async () => {
    const { bus, channel, next, iterator } = await open();
    await next();
    for (let version = 1; version <= 10; version++) {
      bus.publish(channel, position('SLOW', version));
      await sleep(30);
    }
    const [first, second] = [await next(), await next()];
    expect(first).toMatchObject({ isComplete: false, drones: [{ version: 1 }] });
    expect(second.isComplete).toBe(true);
    expect(second.drones.find(({ droneId }) => droneId === 'SLOW')).toMatchObject({ version: 10 });
    await iterator.return(undefined);
  });

  it('looks at the database while other instances cannot be heard', async () => {
    const { next, iterator } = await open(false);
    await next();
    await report('A1', 11);
    expect((await next()).drones).toMatchObject([{ droneId: 'A1', soc: 11 }]);
    await iterator.return(undefined);
  });
});
