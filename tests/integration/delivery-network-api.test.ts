import { afterAll, beforeAll, expect, it, test } from 'vitest';
import {
  AddFlightRestrictionDocument,
  CapacityDocument,
  CreateApiKeyDocument,
  EndFlightRestrictionDocument,
  FlightRestrictionsDocument,
  LaunchSitesDocument,
  ReportWeatherDocument,
  RoutePreviewDocument,
  RoutingNodeDocument,
  UpsertLaunchSiteDocument,
  WeatherReportsDocument,
} from '../../operations/generated/graphql.ts';
import { reserveHubs } from '../../src/delivery/capacity/index.ts';
import { bareOpportunities } from '../kit/opportunities.ts';
import { type Client, startServer, type TestServer } from '../kit/server.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let server: TestServer;
let api: Client;
let opportunityId: string;

beforeAll(async () => {
  server = await startServer({ clock: () => NOW });
  await server.createTenant({ slug: 'shop' });
  await server.createTenant({ slug: 'other' });
  api = server.client(undefined, 'shop');
  const scope = await server.app.tenantScope('shop', NOW);
  const [id = ''] = await bareOpportunities(scope, 1);
  await scope.db.run(
    `UPDATE opportunity SET delivery_country = 'US', delivery_lat = 37.8044, delivery_lon = -122.2712
     WHERE tenant_id = $1`,
    [scope.tenantId],
  );
  opportunityId = Buffer.from(`Opportunity:${id}`).toString('base64');
});
afterAll(() => server?.stop());

const preview = async (groundFallback?: boolean) => {
  const { routePreview } = await api.run(RoutePreviewDocument, { opportunityId, groundFallback });
  if (routePreview.__typename !== 'RoutePreview') throw new Error(JSON.stringify(routePreview));
  return routePreview;
};

test('a route shows its drone, and its alternatives', async () => {
  const { route, alternatives, reasons, refusal } = await preview(false);
  expect(refusal).toBeNull();
  expect(route?.legs).toEqual([
    {
      ...{ kind: 'DRONE', from: 'pickup', to: 'delivery', durationMin: 30, droneClass: 'BVLOS' },
      ...{ launchSiteId: 'NODE_US_W_001_SITE', distanceKm: expect.closeTo(13.43, 1) },
      ...{ tripKm: expect.closeTo(26.86, 1), energyNeedPct: expect.closeTo(27.11, 1) },
      flightMin: expect.closeTo(28.0, 0),
    },
  ]);
  expect(route?.successProbability).toBeCloseTo(0.98 * 0.999, 10);
  expect(alternatives.map(({ legs }) => legs.map(({ kind }) => kind))).toEqual([['GROUND', 'DRONE']]);
  expect(reasons.map(({ code }) => code)).toContain('WEATHER_UNKNOWN');
});

test('a storm grounds it, a courier may go instead; a closed sky too', async () => {
  const input = { region: 'us_west', severity: 4, windKmh: 80, source: 'KSFO' };
  const { reportWeather } = await api.run(ReportWeatherDocument, { input });
  expect(reportWeather).toMatchObject({ weatherReport: { ...input, observedAt: NOW.toISOString() } });
  expect(await preview(false)).toMatchObject({ isRoutable: false, refusal: 'NOT_FLYABLE', route: null });
  // Dispatches of a new tenant may end with a courier.
  expect((await preview()).route?.legs.map(({ kind }) => kind)).toEqual(['LOCAL']);
  await api.run(ReportWeatherDocument, { input: { ...input, severity: 0, windKmh: 0 } });
  const { weatherReports } = await api.run(WeatherReportsDocument);
  expect(weatherReports.edges.map(({ node }) => node.severity)).toEqual([0]);

  const zone = { kind: 'AIRSPACE' as const, name: 'Bay', lat: 37.79, lon: -122.345, radiusKm: 2 };
  const { addFlightRestriction: added } = await api.run(AddFlightRestrictionDocument, { input: zone });
  if (added.__typename !== 'FlightRestrictionPayload') throw new Error(JSON.stringify(added));
  expect(added.flightRestriction).toMatchObject({ ...zone, activeFrom: NOW.toISOString(), activeTo: null });
  expect((await preview(false)).reasons.map(({ code }) => code)).toEqual(['NOT_FLYABLE', 'AIRSPACE']);
  const { id } = added.flightRestriction;
  const { endFlightRestriction } = await api.run(EndFlightRestrictionDocument, { input: { id } });
  expect(endFlightRestriction).toMatchObject({ flightRestriction: { id, activeTo: NOW.toISOString() } });
  const { flightRestrictions } = await api.run(FlightRestrictionsDocument, { filter: { isActive: true } });
  expect(flightRestrictions.edges).toEqual([]);
  expect((await preview(false)).isRoutable).toBe(true);
});

test('launch sites are listed and added', async () => {
  const input = { siteId: 'EAST_BAY', nodeId: 'NODE_US_W_001', name: 'East', lat: 37.8, lon: -122.2 };
  const { upsertLaunchSite } = await api.run(UpsertLaunchSiteDocument, { input });
  expect(upsertLaunchSite).toMatchObject({
    launchSite: { ...input, isEnabled: true, droneClasses: [], version: 1 },
  });
  const stale = { ...input, expectedVersion: 7 };
  const { upsertLaunchSite: refused } = await api.run(UpsertLaunchSiteDocument, { input: stale });
  expect(refused).toMatchObject({ __typename: 'VersionConflict', code: 'VERSION_CONFLICT' });
  const { launchSites } = await api.run(LaunchSitesDocument, { filter: { nodeId: 'NODE_US_W_001' } });
  expect(launchSites.edges.map(({ node }) => [node.siteId, node.droneClasses])).toEqual([
    ['EAST_BAY', []],
    ['NODE_US_W_001_SITE', ['BVLOS', 'ECONOMY', 'ELITE', 'PREMIUM']],
  ]);
});

test('capacity counts what is held, in total and by hub, page by page', async () => {
  const scope = await server.app.tenantScope('shop', NOW);
  const [, id] = Buffer.from(opportunityId, 'base64').toString().split(':') as [string, string];
  const hubIds = ['NODE_US_W_001', 'NODE_EU_001'];
  await scope.db.tx((tx) => reserveHubs(scope, tx, { opportunityId: id, hubIds }));
  const { capacity } = await api.run(CapacityDocument, { first: 1 });
  expect(capacity.total).toEqual({
    ...{ capacity: 120, held: 2, confirmed: 0, free: 118, isAlert: false },
    freePct: expect.closeTo(98.33, 2),
  });
  expect(capacity.hubs.edges.map(({ node }) => node)).toEqual([
    {
      ...{ nodeId: 'NODE_EU_001', region: 'eu_central', isEnabled: true },
      ...{ capacity: 50, held: 1, confirmed: 0, free: 49, freePct: 98, isAlert: false },
    },
  ]);
  const { capacity: rest } = await api.run(CapacityDocument, { after: capacity.hubs.pageInfo.endCursor });
  expect(rest.hubs.edges.map(({ node }) => node.nodeId)).toEqual(['NODE_IN_001', 'NODE_US_W_001']);
  const { routingNode } = await api.run(RoutingNodeDocument, { nodeId: 'NODE_US_W_001' });
  expect(routingNode).toMatchObject({ availableCapacity: 39, held: 1, confirmed: 0, successPct: 98 });
  expect(routingNode).toMatchObject({ priorSuccessPct: 98, delivered: 0, failed: 0 });
});

it('is for operators and administrators, each tenant for itself', async () => {
  const { createApiKey } = await api.run(CreateApiKeyDocument, { input: { name: 'v', scopes: ['VIEWER'] } });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  const viewer = server.client(createApiKey.value);
  const weather = { region: 'us_west', severity: 4, windKmh: 80, source: 'me' };
  const codes = (answer: { errors?: readonly { extensions?: { code?: unknown } }[] | undefined }) =>
    answer.errors?.map(({ extensions }) => extensions?.code);
  expect(codes(await viewer.ask(ReportWeatherDocument, { input: weather }))).toEqual(['FORBIDDEN']);
  const site = { siteId: 'MINE', nodeId: 'NODE_US_W_001', name: 'x', lat: 37.8, lon: -122.2 };
  expect(codes(await viewer.ask(UpsertLaunchSiteDocument, { input: site }))).toEqual(['FORBIDDEN']);
  expect((await viewer.run(CapacityDocument)).capacity.total.capacity).toBe(120);
  const other = server.client(undefined, 'other');
  expect((await other.run(WeatherReportsDocument)).weatherReports.edges).toEqual([]);
  expect((await other.run(FlightRestrictionsDocument)).flightRestrictions.edges).toEqual([]);
  expect((await other.run(CapacityDocument)).capacity.total.held).toBe(0);
});
