import {
  type HubView,
  hubsById,
  listHubs,
  setHubEnabled,
  upsertHub,
} from '../../src/delivery/routing/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';

export const RoutingNodeType = builder.objectRef<HubView>('RoutingNode');

builder.node(RoutingNodeType, {
  description: 'A hub: serves what lies within its coverage and ships to the hubs it is connected to.',
  id: { description: 'Global id.', resolve: (hub) => hub.nodeId },
  loadMany: (ids: string[], { scope }) => hubsById(scope, ids),
  fields: (t) => ({
    nodeId: t.exposeString('nodeId', { description: 'Its name in routes, e.g. NODE_EU_001.' }),
    region: t.exposeString('region', { description: 'The region it serves; one hub per region.' }),
    name: t.exposeString('name', { description: 'For people.' }),
    countries: t.field({
      type: ['CountryCode'],
      description: 'Countries it is the first candidate for.',
      resolve: (hub) => [...hub.countries],
    }),
    lat: t.field({ type: 'Latitude', description: 'Degrees north.', resolve: (hub) => hub.lat }),
    lon: t.field({ type: 'Longitude', description: 'Degrees east.', resolve: (hub) => hub.lon }),
    coverageKm: t.exposeFloat('coverageKm', { description: 'Radius it serves on the ground.' }),
    capacity: t.exposeInt('capacity', { description: 'Deliveries in flight at most.' }),
    availableCapacity: t.int({
      description: 'Slots that are free now.',
      resolve: (hub) => Math.max(0, hub.capacity - hub.reserved),
    }),
    held: t.exposeInt('held', { description: 'Slots held for customers who are paying.' }),
    confirmed: t.exposeInt('confirmed', { description: 'Slots of paid deliveries that have not ended.' }),
    successPct: t.exposeFloat('successPct', {
      description:
        'Chance that a delivery through it succeeds, %: the prior, moved by what became of deliveries.',
    }),
    priorSuccessPct: t.exposeFloat('priorSuccessPct', {
      description: 'The chance an administrator set, %; it counts as much as 50 deliveries.',
    }),
    delivered: t.exposeInt('delivered', { description: 'Deliveries through it that arrived.' }),
    failed: t.exposeInt('failed', { description: 'Deliveries through it that failed.' }),
    avgDeliveryMin: t.exposeInt('avgDeliveryMin', { description: 'Minutes of handling and the last mile.' }),
    connected: t.stringList({
      description: 'Regions or node ids it ships to.',
      resolve: (hub) => [...hub.connected],
    }),
    isEnabled: t.exposeBoolean('enabled', { description: 'Whether routes may use it.' }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
    updatedAt: t.field({ type: 'DateTime', description: 'Last change.', resolve: (hub) => hub.updatedAt }),
  }),
});

const RoutingNodeFilterInput = builder.inputType('RoutingNodeFilter', {
  description: 'Which hubs; every given condition must hold.',
  fields: (t) => ({
    isEnabled: t.boolean({ description: 'In service or not.' }),
    region: t.string({ description: 'The hub of this region.' }),
  }),
});

builder.queryFields((t) => ({
  routingNode: t.field({
    type: RoutingNodeType,
    nullable: true,
    description: 'One hub; null when this tenant has none with this node id.',
    args: { nodeId: t.arg.string({ required: true, description: 'E.g. "NODE_EU_001".' }) },
    resolve: async (_root, { nodeId }, { scope }) => (await hubsById(scope, [nodeId]))[0] ?? null,
  }),
  routingNodes: t.connection(
    {
      type: RoutingNodeType,
      description: 'The tenant’s hubs by node id. Three are there from the start.',
      args: { filter: t.arg({ type: RoutingNodeFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listHubs(scope, page, filter ?? {}),
    },
    { name: 'RoutingNodeConnection', description: 'A page of hubs.' },
    { name: 'RoutingNodeEdge', description: 'One hub of a page.' },
  ),
}));

const UpsertRoutingNodeInput = builder.inputType('UpsertRoutingNodeInput', {
  description: 'All that is said about a hub.',
  fields: (t) => ({
    nodeId: t.string({ required: true, description: 'Capitals, digits and _; new or existing.' }),
    region: t.string({ required: true, description: 'Small letters, digits and _; one hub per region.' }),
    name: t.string({ required: true, description: '1–200 characters.' }),
    countries: t.field({ type: ['CountryCode'], required: true, description: 'May be empty.' }),
    lat: t.field({ type: 'Latitude', required: true, description: 'Degrees north.' }),
    lon: t.field({ type: 'Longitude', required: true, description: 'Degrees east.' }),
    coverageKm: t.float({ required: true, description: '0.1–20038.' }),
    capacity: t.int({ required: true, description: '0–1000000, not below what is taken.' }),
    successPct: t.float({ required: true, description: '1–100: the prior, before outcomes.' }),
    avgDeliveryMin: t.int({ required: true, description: '1–10080.' }),
    connected: t.stringList({ required: true, description: 'Regions or node ids of existing hubs.' }),
    isEnabled: t.boolean({ description: 'Default: as it is; true for a new hub.' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when it has another version.' }),
    idempotencyKey: t.string({ description: 'The same key within 24 h changes nothing a second time.' }),
  }),
});

const SwitchRoutingNodeInput = builder.inputType('SwitchRoutingNodeInput', {
  description: 'Which hub.',
  fields: (t) => ({
    nodeId: t.string({ required: true, description: 'E.g. "NODE_EU_001".' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when it has another version.' }),
  }),
});

const RoutingNodePayload = builder.objectRef<{ routingNode: HubView }>('RoutingNodePayload').implement({
  description: 'The hub after the change.',
  fields: (t) => ({
    routingNode: t.field({
      type: RoutingNodeType,
      description: 'As it is now.',
      resolve: (payload) => payload.routingNode,
    }),
  }),
});

builder.mutationFields((t) => ({
  upsertRoutingNode: t.field({
    type: RoutingNodePayload,
    description: 'Adds a hub or changes all of it; audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpsertRoutingNodeInput, required: true, description: 'The hub.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { expectedVersion, idempotencyKey, ...hub } = input;
      return { routingNode: await upsertHub(scope, hub, expectedVersion ?? null, idempotencyKey) };
    },
  }),
  enableRoutingNode: t.field({
    type: RoutingNodePayload,
    description: 'Takes a hub into service; audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SwitchRoutingNodeInput, required: true, description: 'Which hub.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      routingNode: await setHubEnabled(scope, input.nodeId, true, input.expectedVersion ?? null),
    }),
  }),
  disableRoutingNode: t.field({
    type: RoutingNodePayload,
    description: 'Takes a hub out of service: no new route uses it; audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: SwitchRoutingNodeInput, required: true, description: 'Which hub.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      routingNode: await setHubEnabled(scope, input.nodeId, false, input.expectedVersion ?? null),
    }),
  }),
}));
