import {
  type Drone,
  type DroneAdapter,
  type DroneState,
  dronesById,
  listDrones,
  setDroneMaintenance,
  upsertDrone,
} from '../../src/delivery/fleet/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { DroneClassEnum } from './drone-class.ts';

export const DroneStateEnum = builder.enumType('DroneState', {
  description: 'What a drone does.',
  values: {
    IDLE: { description: 'At its site and ready.' },
    ASSIGNED: { description: 'Taken for a delivery; it takes off next.' },
    EN_ROUTE: { description: 'On its way to the parcel.' },
    DELIVERING: { description: 'On its way with the parcel.' },
    RETURNING: { description: 'On its way to a site, with nothing to deliver.' },
    CHARGING: { description: 'On the charger; IDLE again from 95 %.' },
    MAINTENANCE: { description: 'Taken out of service by an administrator.' },
    OFFLINE: { description: 'Silent for more than 60 s in flight; it comes back by reporting.' },
  } satisfies Record<DroneState, { description: string }>,
});

export const DroneAdapterEnum = builder.enumType('DroneAdapter', {
  description: 'Who flies a drone.',
  values: {
    SIMULATOR: { description: 'This program, as fast as the setting simulationSpeed says.' },
    EXTERNAL: {
      description: 'Somebody else: it hears of commands by droneChanged events and calls reportTelemetry.',
    },
  } satisfies Record<DroneAdapter, { description: string }>,
});

export const DroneType = builder.objectRef<Drone>('Drone');
builder.node(DroneType, {
  description: 'A drone as it stands.',
  id: { description: 'Global id.', resolve: (drone) => drone.id },
  loadMany: (ids: string[], { scope }) => dronesById(scope, ids),
  fields: (t) => ({
    droneId: t.exposeString('id', {
      description: 'Its name in events and telemetry, e.g. NODE_EU_001_ELITE.',
    }),
    name: t.exposeString('name', { description: 'For people.' }),
    class: t.field({ type: DroneClassEnum, description: 'What it can carry.', resolve: (d) => d.class }),
    adapter: t.field({ type: DroneAdapterEnum, description: 'Who flies it.', resolve: (d) => d.adapter }),
    siteId: t.exposeString('siteId', {
      description: 'Where it starts, lands and charges: LaunchSite.siteId.',
    }),
    state: t.field({ type: DroneStateEnum, description: 'What it does.', resolve: (d) => d.state }),
    soc: t.exposeFloat('soc', { description: 'Charge, % of the pack.' }),
    lat: t.field({ type: 'Latitude', description: 'Degrees north.', resolve: (d) => d.lat }),
    lon: t.field({ type: 'Longitude', description: 'Degrees east.', resolve: (d) => d.lon }),
    altitudeM: t.exposeFloat('altitudeM', { description: 'Metres above the ground.' }),
    speedKmh: t.exposeFloat('speedKmh', { description: 'Speed over ground, km/h.' }),
    reliability: t.exposeFloat('reliability', { description: 'Chance that it delivers, 0–1.' }),
    deliveryId: t.id({
      nullable: true,
      description: 'Plain id of the delivery it flies; null when free.',
      resolve: (d) => d.deliveryId,
    }),
    telemetryAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Instant of its last telemetry, by its own clock.',
      resolve: (d) => d.telemetryAt,
    }),
    seenAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When that arrived, by the database’s clock.',
      resolve: (d) => d.seenAt,
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion; grows in flight too.' }),
    updatedAt: t.field({ type: 'DateTime', description: 'Last change.', resolve: (d) => d.updatedAt }),
  }),
});

const DroneFilterInput = builder.inputType('DroneFilter', {
  description: 'Which drones; every given condition must hold.',
  fields: (t) => ({
    state: t.field({ type: [DroneStateEnum], description: 'In one of these states.' }),
    class: t.field({ type: [DroneClassEnum], description: 'Of one of these classes.' }),
    adapter: t.field({ type: DroneAdapterEnum, description: 'Flown by these.' }),
    siteId: t.string({ description: 'Of this launch site.' }),
  }),
});

builder.queryFields((t) => ({
  drone: t.field({
    type: DroneType,
    nullable: true,
    description: 'One drone; null when this tenant has none with this id.',
    args: { droneId: t.arg.string({ required: true, description: 'Drone.droneId.' }) },
    resolve: async (_root, { droneId }, { scope }) => (await dronesById(scope, [droneId]))[0] ?? null,
  }),
  drones: t.connection(
    {
      type: DroneType,
      description: 'The tenant’s drones by id. Each site of the start has four, one of each class.',
      args: { filter: t.arg({ type: DroneFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listDrones(scope, page, filter ?? {}),
    },
    { name: 'DroneConnection', description: 'A page of drones.' },
    { name: 'DroneEdge', description: 'One drone of a page.' },
  ),
}));

const UpsertDroneInput = builder.inputType('UpsertDroneInput', {
  description: 'All that is said about a drone.',
  fields: (t) => ({
    droneId: t.string({ required: true, description: 'Capitals, digits and _; new or existing.' }),
    name: t.string({ required: true, description: '1–200 characters.' }),
    class: t.field({ type: DroneClassEnum, required: true, description: 'What it can carry.' }),
    adapter: t.field({ type: DroneAdapterEnum, description: 'Default: as it is; SIMULATOR for a new one.' }),
    siteId: t.string({ required: true, description: 'LaunchSite.siteId; a new drone stands there.' }),
    reliability: t.float({ description: '0–1. Default: as it is; that of its class for a new one.' }),
    soc: t.float({ description: 'Charge of a new drone, 0–100 %. Default 100. Ignored for a known one.' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when it has another version.' }),
    idempotencyKey: t.string({ description: 'The same key within 24 h changes nothing a second time.' }),
  }),
});

const DroneMaintenanceInput = builder.inputType('DroneMaintenanceInput', {
  description: 'Which drone, and which way.',
  fields: (t) => ({
    droneId: t.string({ required: true, description: 'Drone.droneId.' }),
    isOn: t.boolean({ required: true, description: 'True takes it out of service, false back into it.' }),
    expectedVersion: t.int({ description: 'Refuse with VersionConflict when it has another version.' }),
  }),
});

const DronePayload = builder.objectRef<{ drone: Drone }>('DronePayload').implement({
  description: 'The drone after the change.',
  fields: (t) => ({
    drone: t.field({ type: DroneType, description: 'As it is now.', resolve: (payload) => payload.drone }),
  }),
});

builder.mutationFields((t) => ({
  upsertDrone: t.field({
    type: DronePayload,
    description:
      'Adds a drone or changes all that is said about one; audited. In flight only name and reliability.',
    authScopes: { admin: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpsertDroneInput, required: true, description: 'The drone.' }) },
    resolve: async (_root, { input }, { scope }) => {
      const { expectedVersion, idempotencyKey, droneId, ...drone } = input;
      return {
        drone: await upsertDrone(scope, { ...drone, id: droneId }, expectedVersion ?? null, idempotencyKey),
      };
    },
  }),
  setDroneMaintenance: t.field({
    type: DronePayload,
    description: 'Takes a parked drone out of service or back into it; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DroneMaintenanceInput, required: true, description: 'Which drone.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      drone: await setDroneMaintenance(scope, input.droneId, input.isOn, input.expectedVersion ?? null),
    }),
  }),
}));
