import {
  type DronePosition,
  type DroneState,
  type FleetTelemetry,
  MAX_SAMPLES,
  type ReportedState,
  recordTelemetry,
  type SampleResult,
} from '../../src/delivery/fleet/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { DroneStateEnum } from './fleet.ts';

const ReportedStateEnum = builder.enumType('ReportedDroneState', {
  description: 'What a drone says that it does.',
  values: {
    IDLE: { description: 'It stands at a site and is ready: a flight is over.' },
    EN_ROUTE: { description: 'On its way to the parcel.' },
    DELIVERING: {
      description: 'It has the parcel on board. Say so at least once, or nothing counts as delivered.',
    },
    RETURNING: { description: 'It has dropped the parcel, or comes back without one.' },
    CHARGING: { description: 'It is on a charger: a flight is over.' },
  } satisfies Record<ReportedState, { description: string }>,
});

const TelemetrySampleInput = builder.inputType('TelemetrySampleInput', {
  description: 'One message of an external drone.',
  fields: (t) => ({
    droneId: t.string({ required: true, description: 'Drone.droneId.' }),
    at: t.field({ type: 'DateTime', required: true, description: 'When, by the drone’s clock.' }),
    lat: t.float({ required: true, description: 'Degrees north, −90 to 90.' }),
    lon: t.float({ required: true, description: 'Degrees east, −180 to 180.' }),
    soc: t.float({ required: true, description: 'Charge, 0–100 % of the pack.' }),
    altitudeM: t.float({ description: 'Metres above the ground. Default: as it was.' }),
    speedKmh: t.float({ description: 'Speed over ground, 0–500 km/h. Default: as it was.' }),
    state: t.field({ type: ReportedStateEnum, description: 'What it does. Default: as it was.' }),
    isAborted: t.boolean({ description: 'It gives up its flight and does not deliver.' }),
  }),
});

const ReportTelemetryInput = builder.inputType('ReportTelemetryInput', {
  description: 'What drones say.',
  fields: (t) => ({
    samples: t.field({
      type: [TelemetrySampleInput],
      required: true,
      description: `1–${MAX_SAMPLES}, in any order; each is judged by itself.`,
    }),
  }),
});

const TelemetryOutcomeEnum = builder.enumType('TelemetryOutcome', {
  description: 'What became of one sample.',
  values: {
    ACCEPTED: { description: 'It was taken.' },
    IGNORED: { description: 'What is known is as new or newer: sending twice is harmless.' },
    REJECTED: { description: 'It cannot be true, or nobody knows the drone.' },
  } satisfies Record<SampleResult['status'], { description: string }>,
});

const TelemetryResultType = builder.objectRef<SampleResult>('TelemetryResult').implement({
  description: 'What became of one sample.',
  fields: (t) => ({
    droneId: t.exposeString('droneId', { description: 'As sent.' }),
    outcome: t.field({ type: TelemetryOutcomeEnum, description: 'Taken or not.', resolve: (r) => r.status }),
    code: t.exposeString('code', {
      nullable: true,
      description:
        'OUT_OF_ORDER, DUPLICATE, INVALID, IN_FUTURE, UNKNOWN_DRONE or SIMULATED_DRONE; null when taken.',
    }),
    message: t.exposeString('message', { nullable: true, description: 'What would be right.' }),
  }),
});

const ReportTelemetryPayload = builder
  .objectRef<{ results: SampleResult[] }>('ReportTelemetryPayload')
  .implement({
    description: 'What became of each sample.',
    fields: (t) => ({
      accepted: t.int({
        description: 'How many were taken.',
        resolve: ({ results }) => results.filter(({ status }) => status === 'ACCEPTED').length,
      }),
      results: t.field({
        type: [TelemetryResultType],
        description: 'In the order sent.',
        resolve: ({ results }) => results,
      }),
    }),
  });

builder.mutationField('reportTelemetry', (t) =>
  t.field({
    type: ReportTelemetryPayload,
    description: 'Takes positions, charge and progress of external drones. Simulated drones refuse it.',
    authScopes: { $any: { operator: true, ingest: true } },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ReportTelemetryInput, required: true, description: 'What drones say.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      results: await recordTelemetry(scope, input.samples),
    }),
  }),
);

const DronePositionType = builder.objectRef<DronePosition>('DronePosition').implement({
  description: 'Where a drone is and what it does.',
  fields: (t) => ({
    droneId: t.exposeString('droneId', { description: 'Drone.droneId.' }),
    state: t.field({
      type: DroneStateEnum,
      description: 'What it does.',
      resolve: (position) => position.state as DroneState,
    }),
    lat: t.exposeFloat('lat', { description: 'Degrees north.' }),
    lon: t.exposeFloat('lon', { description: 'Degrees east.' }),
    altitudeM: t.exposeFloat('altitudeM', { description: 'Metres above the ground.' }),
    speedKmh: t.exposeFloat('speedKmh', { description: 'Speed over ground, km/h.' }),
    soc: t.exposeFloat('soc', { description: 'Charge, % of the pack.' }),
    deliveryId: t.id({
      nullable: true,
      description: 'Plain id of the delivery it flies.',
      resolve: (position) => position.deliveryId,
    }),
    version: t.exposeInt('version', { description: 'Grows with every change of the drone.' }),
  }),
});

const FleetTelemetryType = builder.objectRef<FleetTelemetry>('FleetTelemetry').implement({
  description: 'Positions of drones.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When it was sent.', resolve: (message) => message.at }),
    isComplete: t.exposeBoolean('isComplete', {
      description: 'True for the first message, which has every drone; later ones have those that changed.',
    }),
    drones: t.field({
      type: [DronePositionType],
      description: 'Each at most once.',
      resolve: (message) => [...message.drones],
    }),
  }),
});

builder.subscriptionField('fleetTelemetry', (t) =>
  t.field({
    type: FleetTelemetryType,
    description:
      'The tenant’s drones: first where all of them are, then those that changed, at most one message in 2 s. Nothing is replayed: whoever connects again starts with where they are.',
    authScopes: { viewer: true },
    subscribe: (_root, _args, { scope, telemetry }) => telemetry.stream(scope),
    resolve: (message) => message,
  }),
);
