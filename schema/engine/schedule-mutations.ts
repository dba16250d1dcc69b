import { pauseJob, type RanNow, type ScheduleView } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import type { Context } from '../context.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { WAITS } from '../waits.ts';
import { RunType, ScheduleType } from './schedules.ts';
import { waitMs } from './wait.ts';

const RunNowPayload = builder.objectRef<RanNow>('RunJobNowPayload').implement({
  description: 'The run that was started, or the one that was there.',
  fields: (t) => ({
    run: t.field({
      type: RunType,
      description: 'RUNNING if waitSec was not enough.',
      resolve: (p) => p.run,
    }),
    isNew: t.exposeBoolean('isNew', {
      description: 'False when a run of the job was open already, or belongs to this very second.',
    }),
  }),
});

const PausePayload = builder.objectRef<{ schedule: ScheduleView }>('SchedulePausePayload').implement({
  description: 'The job after the change.',
  fields: (t) => ({
    schedule: t.field({ type: ScheduleType, description: 'With isPaused.', resolve: (p) => p.schedule }),
  }),
});

const RunJobNowInput = builder.inputType('RunJobNowInput', {
  description: 'Which job to run.',
  fields: (t) => ({
    job: t.string({ required: true, description: 'Name of the job; not engine-cycle (executeCycle).' }),
    waitSec: t.int({
      description: 'Answer after this many seconds at the latest (0–60, default 30); the run goes on.',
    }),
  }),
});

const PauseJobInput = builder.inputType('PauseJobInput', {
  description: 'Which job, and why.',
  fields: (t) => ({
    job: t.string({ required: true, description: 'Name of the job; not engine-cycle (stopEngine).' }),
    reason: t.string({ required: true, description: '1 to 500 characters, for the audit trail.' }),
  }),
});

async function pause(
  { scope, automation }: Pick<Context, 'scope' | 'automation'>,
  { job, reason }: { job: string; reason: string },
  isPaused: boolean,
): Promise<{ schedule: ScheduleView }> {
  await pauseJob(scope, { job, isPaused, reason });
  const schedule = (await automation.list(scope)).find((one) => one.job === job);
  return { schedule: schedule as ScheduleView };
}

builder.mutationFields((t) => ({
  runJobNow: t.field({
    type: RunNowPayload,
    description:
      'Runs a job of the tenant now, paused or not, once: calls within a second, or while it runs, get the same run. It is not tried again when it fails. Audited.',
    extensions: WAITS,
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: RunJobNowInput, required: true, description: 'Which job.' }) },
    resolve: (_root, { input }, { scope, automation }) =>
      automation.runNow(scope, { job: input.job, waitMs: waitMs(input.waitSec ?? 30) }),
  }),
  pauseJob: t.field({
    type: PausePayload,
    description:
      'Keeps the clock from starting a job of the tenant (x-tenant: platform: of everybody); what passes meanwhile is not made up for. Audited; pausing twice changes nothing.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: PauseJobInput, required: true, description: 'Which job, and why.' }) },
    resolve: (_root, { input }, context) => pause(context, input, true),
  }),
  resumeJob: t.field({
    type: PausePayload,
    description:
      'Lets the clock start the job again, from its next instant on. Audited; resuming twice changes nothing.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: PauseJobInput, required: true, description: 'Which job, and why.' }) },
    resolve: (_root, { input }, context) => pause(context, input, false),
  }),
}));
