import { afterAll, beforeAll, describe, test as each, expect, it } from 'vitest';
import {
  CreateApiKeyDocument,
  DroneDocument,
  DronesDocument,
  ReportTelemetryDocument,
  SetDroneMaintenanceDocument,
  UpsertDroneDocument,
} from '../../operations/generated/graphql.ts';
import { ADMIN_TOKEN, type Client, startServer, type TestServer } from '../kit/server.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let api: Client;
beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  for (const slug of ['shop', 'other']) await server.createTenant({ slug });
  api = server.client(ADMIN_TOKEN, 'shop');
});
afterAll(() => server.stop());

async function keyOf(...scopes: string[]): Promise<Client> {
  const { createApiKey } = await api.run(CreateApiKeyDocument, {
    input: { name: scopes.join('+'), scopes } as never,
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  return server.client(createApiKey.value);
}

const drone = (droneId: string, fields: object = {}) => ({
  input: { droneId, name: 'A drone', class: 'ELITE', siteId: 'NODE_EU_001_SITE', ...fields } as never,
});
const sample = (droneId: string, fields: object = {}) => ({
  input: { samples: [{ droneId, at: NOW.toISOString(), lat: 50, lon: 8, soc: 80, ...fields }] },
});

describe('drones', () => {
  it('are listed in pages and found one by one', async () => {
    const { drones } = await api.run(DronesDocument, { first: 2, filter: { class: ['ELITE'] } });
    expect(drones.edges.map(({ node }) => node.droneId)).toEqual(['NODE_EU_001_ELITE', 'NODE_IN_001_ELITE']);
    expect(drones.pageInfo.hasNextPage).toBe(true);
    const after = drones.pageInfo.endCursor;
    const next = await api.run(DronesDocument, { first: 2, after, filter: { class: ['ELITE'] } });
    expect(next.drones.edges.map(({ node }) => node.droneId)).toEqual(['NODE_US_W_001_ELITE']);
    expect((await api.run(DroneDocument, { droneId: 'NODE_IN_001_ELITE' })).drone).toMatchObject({
      ...{ class: 'ELITE', adapter: 'SIMULATOR', state: 'IDLE', soc: 100, deliveryId: null, seenAt: null },
    });
    expect((await api.run(DroneDocument, { droneId: 'NONE' })).drone).toBeNull();
  });

  it('are added, changed and sent to the workshop; refusals are typed', async () => {
    const { upsertDrone } = await api.run(UpsertDroneDocument, drone('API_1', { soc: 70 }));
    expect(upsertDrone).toMatchObject({ drone: { droneId: 'API_1', soc: 70, version: 1 } });
    const stale = await api.run(UpsertDroneDocument, drone('API_1', { expectedVersion: 5 }));
    expect(stale.upsertDrone).toMatchObject({ __typename: 'VersionConflict', code: 'VERSION_CONFLICT' });
    const nowhere = await api.run(UpsertDroneDocument, drone('API_2', { siteId: 'NOWHERE' }));
    expect(nowhere.upsertDrone).toMatchObject({ __typename: 'InvalidInput', path: ['siteId'] });
    const maintain = (droneId: string, isOn: boolean) =>
      api.run(SetDroneMaintenanceDocument, { input: { droneId, isOn } });
    const { setDroneMaintenance } = await maintain('API_1', true);
    expect(setDroneMaintenance).toMatchObject({ drone: { state: 'MAINTENANCE' } });
    expect((await maintain('NONE', true)).setDroneMaintenance).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('of another tenant do not exist', async () => {
    await api.run(UpsertDroneDocument, drone('API_3', { adapter: 'EXTERNAL' }));
    const other = server.client(ADMIN_TOKEN, 'other');
    expect((await other.run(DroneDocument, { droneId: 'API_3' })).drone).toBeNull();
    const { reportTelemetry } = await other.run(ReportTelemetryDocument, sample('API_3'));
    expect(reportTelemetry).toMatchObject({ accepted: 0, results: [{ code: 'UNKNOWN_DRONE' }] });
  });
});

describe('telemetry', () => {
  it('gets an answer per sample', async () => {
    await api.run(UpsertDroneDocument, drone('API_4', { adapter: 'EXTERNAL' }));
    const samples = [
      ...sample('API_4').input.samples,
      ...sample('API_4', { lat: 91 }).input.samples,
      ...sample('NODE_EU_001_ELITE').input.samples,
    ];
    const { reportTelemetry } = await api.run(ReportTelemetryDocument, { input: { samples } });
    expect(reportTelemetry).toMatchObject({
      accepted: 1,
      results: [
        { droneId: 'API_4', outcome: 'ACCEPTED', code: null, message: null },
        {
          droneId: 'API_4',
          outcome: 'REJECTED',
          code: 'INVALID',
          message: 'lat must be a number from -90 to 90.',
        },
        { droneId: 'NODE_EU_001_ELITE', outcome: 'REJECTED', code: 'SIMULATED_DRONE' },
      ],
    });
    const none = await api.run(ReportTelemetryDocument, { input: { samples: [] } });
    expect(none.reportTelemetry).toMatchObject({ code: 'VALIDATION_ERROR', path: ['samples'] });
  });

  each.each([
    [['INGEST'], true],
    [['OPERATOR'], true],
    [['VIEWER'], false],
    [['FINANCE'], false],
  ])('is taken from a key with %j: %s', async (scopes, isAllowed) => {
    const client = await keyOf(...scopes);
    const { errors } = await client.ask(ReportTelemetryDocument, sample('NONE'));
    expect(errors?.[0]?.extensions.code).toBe(isAllowed ? undefined : 'FORBIDDEN');
    const upsert = await client.ask(UpsertDroneDocument, drone('API_5'));
    expect(upsert.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});
