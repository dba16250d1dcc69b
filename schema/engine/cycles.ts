import {
  type CycleRow,
  type Executed,
  type ExecuteRequest,
  executeOnce,
  findCycle,
  listCycles,
  type PhaseRow,
  phasesOf,
} from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { WAITS } from '../waits.ts';
import { waitMs } from './wait.ts';

export const CycleStatusEnum = builder.enumType('CycleStatus', {
  description: 'How a cycle stands (spec 0.9).',
  values: {
    RUNNING: { description: 'Some phase is still to come.' },
    COMPLETED: { description: 'Every phase got through.' },
    COMPLETED_WITH_ERRORS: { description: 'Some phase failed three times; the others ran.' },
    FAILED: { description: 'No phase got through.' },
    CANCELLED: { description: 'Ended by an operator.' },
  },
});

const CycleTriggerEnum = builder.enumType('CycleTrigger', {
  description: 'What started a cycle.',
  values: {
    SCHEDULE: { description: 'The clock.' },
    MANUAL: { description: 'executeCycle.' },
    REPLAY: { description: 'The replay command.' },
  },
});

const PhaseStatusEnum = builder.enumType('PhaseStatus', {
  description: 'How a phase stands.',
  values: {
    RUNNING: { description: 'Under way.' },
    COMPLETED: { description: 'Done.' },
    FAILED: { description: 'Failed three times; the cycle went on.' },
    SKIPPED: { description: 'Could not run; the result says why.' },
  },
});

const CyclePhaseType = builder.objectRef<PhaseRow>('CyclePhase').implement({
  description: 'One phase of a cycle. Its effects and this row were committed together.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'MONITOR, DETECT, DELIVERY_DETECT, DELIVERY_UPSELL or REPORT.',
    }),
    status: t.field({ type: PhaseStatusEnum, description: 'How it went.', resolve: (phase) => phase.status }),
    attempts: t.exposeInt('attempts', { description: 'How often it was begun.' }),
    statements: t.exposeInt('statements', { description: 'SQL statements it sent.' }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When it began.',
      resolve: (phase) => phase.startedAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (phase) => phase.finishedAt,
    }),
    durationMs: t.int({
      nullable: true,
      description: 'Milliseconds from begin to end.',
      resolve: (phase) => (phase.finishedAt ? phase.finishedAt.getTime() - phase.startedAt.getTime() : null),
    }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Counters of this phase; a flat object.',
      resolve: (phase) => phase.result,
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why it failed.' }),
  }),
});

export const CycleType = builder.objectRef<CycleRow>('Cycle');

builder.node(CycleType, {
  description: 'One run of the engine for one tenant, as of one instant.',
  id: { resolve: (cycle) => cycle.id },
  loadOne: (id, { scope }) => findCycle(scope, id).catch(() => null),
  fields: (t) => ({
    asOf: t.field({
      type: 'DateTime',
      description: 'The instant it reasoned about.',
      resolve: (cycle) => cycle.asOf,
    }),
    trigger: t.field({
      type: CycleTriggerEnum,
      description: 'What started it.',
      resolve: (cycle) => cycle.trigger,
    }),
    isDryRun: t.exposeBoolean('isDryRun', {
      description: 'True when everything but this record was rolled back.',
    }),
    status: t.field({
      type: CycleStatusEnum,
      description: 'How it stands.',
      resolve: (cycle) => cycle.status,
    }),
    attempt: t.exposeInt('attempt', {
      description: '2 and more when it was resumed after an instance died.',
    }),
    startedAt: t.field({
      type: 'DateTime',
      description: 'When it began.',
      resolve: (cycle) => cycle.startedAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (cycle) => cycle.finishedAt,
    }),
    report: t.field({
      type: 'JSON',
      nullable: true,
      description: 'Summary of what it saw and did; a flat object.',
      resolve: (cycle) => cycle.report,
    }),
    phases: t.loadableList({
      type: CyclePhaseType,
      description: 'Its phases in order.',
      load: (ids: string[], { scope }) => phasesOf(scope, ids),
      resolve: (cycle) => cycle.id,
    }),
  }),
});

builder.queryFields((t) => ({
  cycles: t.connection({
    type: CycleType,
    description: 'The tenant’s cycles, newest first.',
    args: { status: t.arg({ type: CycleStatusEnum, description: 'Only these.' }) },
    resolve: (_root, args, { scope }) => listCycles(scope, { status: args.status }, args),
  }),
}));

const ExecuteCycleInput = builder.inputType('ExecuteCycleInput', {
  description: 'How to run a cycle now.',
  fields: (t) => ({
    dryRun: t.boolean({ description: 'Do everything, keep only the report. Default false.' }),
    asOf: t.field({
      type: 'DateTime',
      description: 'Run a past hour: the instant to reason about, later than the last cycle’s. Default now.',
    }),
    waitSec: t.int({
      description: 'Answer after this many seconds at the latest (0–60, default 30); the cycle goes on.',
    }),
    idempotencyKey: t.string({
      description:
        'Repeating the call with the same key within 24 h answers with the cycle of the first one.',
    }),
  }),
});

const ExecuteCyclePayload = builder.objectRef<Executed>('ExecuteCyclePayload').implement({
  description: 'The cycle that ran, or the one that was running already.',
  fields: (t) => ({
    cycle: t.field({
      type: CycleType,
      description: 'RUNNING if waitSec was not enough.',
      resolve: (p) => p.cycle,
    }),
    alreadyRunning: t.exposeBoolean('alreadyRunning', {
      description: 'True when another cycle of this tenant was running.',
    }),
  }),
});

builder.mutationField('executeCycle', (t) =>
  t.field({
    type: ExecuteCyclePayload,
    description: 'Runs one cycle now. Two calls at once run one cycle and both get it.',
    extensions: WAITS,
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ExecuteCycleInput, description: 'Default: a real cycle as of now.' }) },
    resolve: (_root, { input }, { scope, engine }) => {
      const request: ExecuteRequest = {
        asOf: input?.asOf,
        isDryRun: input?.dryRun ?? false,
        trigger: 'MANUAL',
        waitMs: waitMs(input?.waitSec ?? 30),
      };
      return executeOnce(engine, scope, request, input?.idempotencyKey);
    },
  }),
);
