import {
  type LaunchSiteRow,
  launchSitesById,
  listLaunchSites,
  upsertLaunchSite,
} from '../../src/delivery/routing/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { DroneClassEnum } from './drone-class.ts';

export const LaunchSiteType = builder.objectRef<LaunchSiteRow>('LaunchSite');
builder.node(LaunchSiteType, {
  description: 'Where drones start, land and charge. It launches for the drops within 40 km of it.',
  id: { description: 'Global id.', resolve: (site) => site.id },
  loadMany: (ids: string[], { scope }) => launchSitesById(scope, ids),
  fields: (t) => ({
    siteId: t.exposeString('id', { description: 'Its name in routes, e.g. NODE_EU_001_SITE.' }),
    nodeId: t.exposeString('hubId', { description: 'The hub that hands it parcels: RoutingNode.nodeId.' }),
    name: t.exposeString('name', { description: 'For people.' }),
    lat: t.field({ type: 'Latitude', description: 'Degrees north.', resolve: (site) => site.lat }),
    lon: t.field({ type: 'Longitude', description: 'Degrees east.', resolve: (site) => site.lon }),
    isEnabled: t.exposeBoolean('enabled', { description: 'Whether routes may launch from it.' }),
    droneClasses: t.field({
      type: [DroneClassEnum],
      description: 'Classes of its drones that are neither under maintenance nor offline.',
      resolve: (site) => [...site.classes],
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion.' }),
    updatedAt: t.field({ type: 'DateTime', description: 'Last change.', resolve: (site) => site.updatedAt }),
  }),
});

const LaunchSiteFilterInput = builder.inputType('LaunchSiteFilter', {
  description: 'Which launch sites; every given condition must hold.',
  fields: (t) => ({
    nodeId: t.string({ description: 'Of this hub.' }),
    isEnabled: t.boolean({ description: 'In service or not.' }),
  }),
});

builder.queryField('launchSites', (t) =>
  t.connection(
    {
      type: LaunchSiteType,
      description: 'The tenant’s launch sites by id. Each hub of the start has one.',
      args: { filter: t.arg({ type: LaunchSiteFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listLaunchSites(scope, page, { hubId: filter?.nodeId, isEnabled: filter?.isEnabled }),
    },
    { name: 'LaunchSiteConnection', description: 'A page of launch sites.' },
    { name: 'LaunchSiteEdge', description: 'One launch site of a page.' },
  ),
);

const UpsertLaunchSiteInput = builder.inputType('UpsertLaunchSiteInput', {
  description: 'All that is said about a launch site.',
  fields: (t) => ({
    siteId: t.string({ required: true, description: 'Capitals, digits and _; new or existing.' }),
    nodeId: t.string({ required: true, description: 'The hub that hands it parcels.' }),
    name: t.string({ required: true, description: '1–200 characters.' }),
    lat: t.field({ type: 'Latitude', required: true, description: 'Degrees north.' }),
    lon: t.field({
      type: 'Longitude',
      required: true,
      description: 'Degrees east; inside the hub’s coverage.',
    }),
    isEnabled: t.boolean({ description: 'Default: as it is; true for a new site.' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when it has another version.' }),
    idempotencyKey: t.string({ description: 'The same key within 24 h changes nothing a second time.' }),
  }),
});

const LaunchSitePayload = builder.objectRef<{ launchSite: LaunchSiteRow }>('LaunchSitePayload').implement({
  description: 'The launch site after the change.',
  fields: (t) => ({
    launchSite: t.field({
      type: LaunchSiteType,
      description: 'As it is now.',
      resolve: (payload) => payload.launchSite,
    }),
  }),
});

builder.mutationField('upsertLaunchSite', (t) =>
  t.field({
    type: LaunchSitePayload,
    description: 'Adds a launch site or changes all of it; audited.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpsertLaunchSiteInput, required: true, description: 'The site.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { siteId, nodeId, expectedVersion, idempotencyKey, ...rest } = input;
      const site = { ...rest, id: siteId, hubId: nodeId };
      return { launchSite: await upsertLaunchSite(scope, site, expectedVersion ?? null, idempotencyKey) };
    },
  }),
);
