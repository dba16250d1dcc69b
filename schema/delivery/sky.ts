import {
  addFlightRestriction,
  endFlightRestriction,
  type FlightRestriction,
  listFlightRestrictions,
  listWeather,
  reportWeather,
  restrictionsById,
  type WeatherReport,
} from '../../src/delivery/routing/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';

const WeatherReportType = builder.objectRef<WeatherReport>('WeatherReport').implement({
  description: 'The latest weather of a region. After 3 h it counts as unknown, which is taken to be clear.',
  fields: (t) => ({
    region: t.exposeString('region', { description: 'RoutingNode.region.' }),
    severity: t.exposeInt('severity', {
      description:
        '0 clear, 1 cloudy, 2 rain, 3 wind, 4 storm. Each step costs 5 % of a pack; 4 grounds all.',
    }),
    windKmh: t.exposeFloat('windKmh', { description: 'Slows drones down by 0.3 of it.' }),
    source: t.exposeString('source', { description: 'Who said so.' }),
    observedAt: t.field({ type: 'DateTime', description: 'When.', resolve: (report) => report.observedAt }),
  }),
});

const RestrictionKindEnum = builder.enumType('FlightRestrictionKind', {
  description: 'Why nothing may fly there; both block alike.',
  values: {
    AIRSPACE: { description: 'An authority has closed it.' },
    GEOFENCE: { description: 'The tenant keeps away from it.' },
  } satisfies Record<FlightRestriction['kind'], { description: string }>,
});

const RestrictionType = builder.objectRef<FlightRestriction>('FlightRestriction');
builder.node(RestrictionType, {
  description: 'A circle through which no drone may fly while it holds.',
  id: { description: 'Global id.', resolve: (zone) => zone.id },
  loadMany: (ids: string[], { scope }) => restrictionsById(scope, ids),
  fields: (t) => ({
    kind: t.field({ type: RestrictionKindEnum, description: 'Whose rule it is.', resolve: (z) => z.kind }),
    name: t.exposeString('name', { description: 'For people.' }),
    lat: t.field({ type: 'Latitude', description: 'Of its centre.', resolve: (zone) => zone.lat }),
    lon: t.field({ type: 'Longitude', description: 'Of its centre.', resolve: (zone) => zone.lon }),
    radiusKm: t.exposeFloat('radiusKm', { description: 'Kilometres.' }),
    activeFrom: t.field({ type: 'DateTime', description: 'Holds from.', resolve: (zone) => zone.activeFrom }),
    activeTo: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Holds until; null: until it is ended.',
      resolve: (zone) => zone.activeTo,
    }),
    createdAt: t.field({ type: 'DateTime', description: 'When it was added.', resolve: (z) => z.createdAt }),
  }),
});

const RestrictionFilterInput = builder.inputType('FlightRestrictionFilter', {
  description: 'Which restrictions.',
  fields: (t) => ({ isActive: t.boolean({ description: 'Those that hold now, or those that do not.' }) }),
});

builder.queryFields((t) => ({
  weatherReports: t.connection(
    {
      type: WeatherReportType,
      description: 'The latest report of each region, by region.',
      resolve: (_root, page, { scope }) => listWeather(scope, page),
    },
    { name: 'WeatherReportConnection', description: 'A page of reports.' },
    { name: 'WeatherReportEdge', description: 'One report of a page.' },
  ),
  flightRestrictions: t.connection(
    {
      type: RestrictionType,
      description: 'Closed pieces of sky, newest first.',
      args: { filter: t.arg({ type: RestrictionFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listFlightRestrictions(scope, page, filter ?? undefined),
    },
    { name: 'FlightRestrictionConnection', description: 'A page of restrictions.' },
    { name: 'FlightRestrictionEdge', description: 'One restriction of a page.' },
  ),
}));

const ReportWeatherInput = builder.inputType('ReportWeatherInput', {
  description: 'An observation.',
  fields: (t) => ({
    region: t.string({ required: true, description: 'Region of a hub, e.g. "us_west".' }),
    severity: t.int({ required: true, description: '0 clear, 1 cloudy, 2 rain, 3 wind, 4 storm.' }),
    windKmh: t.float({ required: true, description: '0–500.' }),
    source: t.string({ required: true, description: 'Who says so; 1–200 characters.' }),
    observedAt: t.field({
      type: 'DateTime',
      description: 'Default: now. Older than what is known: ignored.',
    }),
  }),
});

const AddRestrictionInput = builder.inputType('AddFlightRestrictionInput', {
  description: 'A circle of sky to close.',
  fields: (t) => ({
    kind: t.field({ type: RestrictionKindEnum, required: true, description: 'Whose rule it is.' }),
    name: t.string({ required: true, description: 'For people; 1–200 characters.' }),
    lat: t.field({ type: 'Latitude', required: true, description: 'Of its centre.' }),
    lon: t.field({ type: 'Longitude', required: true, description: 'Of its centre.' }),
    radiusKm: t.float({ required: true, description: 'Above 0, at most 2000.' }),
    activeFrom: t.field({ type: 'DateTime', description: 'Default: now.' }),
    activeTo: t.field({ type: 'DateTime', description: 'Default: until it is ended.' }),
    idempotencyKey: t.string({ description: 'The same key within 24 h adds nothing a second time.' }),
  }),
});

const EndRestrictionInput = builder.inputType('EndFlightRestrictionInput', {
  description: 'Which restriction.',
  fields: (t) => ({
    id: t.globalID({ for: RestrictionType, required: true, description: 'FlightRestriction.id.' }),
  }),
});

const WeatherPayload = builder.objectRef<{ report: WeatherReport }>('ReportWeatherPayload').implement({
  description: 'What is known of the region’s weather now.',
  fields: (t) => ({
    weatherReport: t.field({
      type: WeatherReportType,
      description: 'The latest observation, which is the reported one unless a newer one is known.',
      resolve: ({ report }) => report,
    }),
  }),
});

const RestrictionPayload = builder
  .objectRef<{ flightRestriction: FlightRestriction }>('FlightRestrictionPayload')
  .implement({
    description: 'The restriction after the change.',
    fields: (t) => ({
      flightRestriction: t.field({
        type: RestrictionType,
        description: 'As it is now.',
        resolve: (payload) => payload.flightRestriction,
      }),
    }),
  });

builder.mutationFields((t) => ({
  reportWeather: t.field({
    type: WeatherPayload,
    description: 'Says what the weather over a region is like; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ReportWeatherInput, required: true, description: 'The observation.' }) },
    resolve: async (_root, { input }, { scope }) => ({ report: await reportWeather(scope, input) }),
  }),
  addFlightRestriction: t.field({
    type: RestrictionPayload,
    description: 'Closes a circle of sky to drones; audited. Flights under way are not called back.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: AddRestrictionInput, required: true, description: 'The circle.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { idempotencyKey, ...zone } = input;
      return { flightRestriction: await addFlightRestriction(scope, zone, idempotencyKey) };
    },
  }),
  endFlightRestriction: t.field({
    type: RestrictionPayload,
    description: 'Opens the sky again; audited. Ending one twice changes nothing.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: EndRestrictionInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      flightRestriction: await endFlightRestriction(scope, input.id.id),
    }),
  }),
}));
