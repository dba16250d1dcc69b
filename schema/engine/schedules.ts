import { listRuns, type ScheduleRunRow, type ScheduleView } from '../../src/engine/index.ts';
import { builder } from '../builder.ts';
import { eventType, shared } from './event.ts';

const RunStatusEnum = builder.enumType('ScheduleRunStatus', {
  description: 'How a tick of a job went.',
  values: {
    QUEUED: { description: 'Waiting for a worker, or for another try.' },
    RUNNING: { description: 'Under way.' },
    COMPLETED: { description: 'Done.' },
    FAILED: { description: 'Failed as often as it may be tried.' },
    SKIPPED_OVERLAP: {
      description: 'The one before was still open, or a later instant had been looked at already.',
    },
  },
});

export const RunType = builder.objectRef<ScheduleRunRow>('ScheduleRun').implement({
  description: 'One tick of one job of the tenant.',
  fields: (t) => ({
    job: t.exposeString('job', { description: 'Name of the job.' }),
    scheduledFor: t.field({
      type: 'DateTime',
      description: 'The nominal instant, which its work takes for now.',
      resolve: (run) => run.scheduledFor,
    }),
    status: t.field({ type: RunStatusEnum, description: 'How it went.', resolve: (run) => run.status }),
    attempt: t.exposeInt('attempt', { description: 'Tries so far; three at most.' }),
    startedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When the last try began.',
      resolve: (run) => run.startedAt,
    }),
    finishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (run) => run.finishedAt,
    }),
    durationMs: t.int({
      nullable: true,
      description: 'How long the last try took, in milliseconds.',
      resolve: ({ startedAt, finishedAt }) =>
        startedAt && finishedAt ? finishedAt.getTime() - startedAt.getTime() : null,
    }),
    error: t.exposeString('error', { nullable: true, description: 'Why the last try failed.' }),
  }),
});

export const ScheduleType = builder.objectRef<ScheduleView>('Schedule').implement({
  description: 'A job that the clock starts for the tenant, each instant once over all instances.',
  fields: (t) => ({
    job: t.exposeString('job', { description: 'Name of the job.' }),
    description: t.exposeString('description', { description: 'What it does.' }),
    isOwn: t.exposeBoolean('isOwn', {
      description: 'True for the tenant’s own cycle, which startEngine and stopEngine switch.',
    }),
    isEnabled: t.exposeBoolean('isEnabled', {
      description: 'False when this installation has switched the job off (JOBS_DISABLED).',
    }),
    isPaused: t.exposeBoolean('isPaused', { description: 'Whether the clock leaves it out.' }),
    isPausedForAll: t.exposeBoolean('isPausedForAll', {
      description: 'Whether the installation has paused it for everybody.',
    }),
    pausedSince: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Since when it is paused.',
      resolve: (s) => s.pausedSince,
    }),
    pattern: t.exposeString('pattern', { description: 'When: a cron pattern or a sentence.' }),
    timeZone: t.exposeString('timeZone', { description: 'IANA zone of the pattern.' }),
    catchUp: t.exposeString('catchUp', {
      description: 'What happens to missed instants: SKIP none, LATEST the newest, ALL oldest first.',
    }),
    timeoutSec: t.exposeInt('timeoutSec', {
      description: 'A run that takes longer is aborted and tried again.',
    }),
    nextAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Next nominal instant; null while it is paused or switched off.',
      resolve: (s) => s.nextAt,
    }),
    last: t.field({
      type: RunType,
      nullable: true,
      description: 'The newest tick.',
      resolve: (s) => s.last,
    }),
    skipsInARow: t.exposeInt('skipsInARow', {
      description: 'How many of the newest ticks were skipped, 10 at most; three raise an alert.',
    }),
    lastScheduledFor: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'Last nominal instant that was claimed.',
      resolve: (s) => s.last?.scheduledFor ?? null,
    }),
    lastStatus: t.field({
      type: RunStatusEnum,
      nullable: true,
      description: 'How that one went.',
      resolve: (s) => s.last?.status ?? null,
    }),
    lastFinishedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When it ended.',
      resolve: (s) => s.last?.finishedAt ?? null,
    }),
    lastError: t.string({
      nullable: true,
      description: 'Why it failed.',
      resolve: (s) => s.last?.error ?? null,
    }),
  }),
});

builder.queryFields((t) => ({
  schedules: t.field({
    type: [ScheduleType],
    description: 'Every job the clock starts for the tenant, with its next and last instant.',
    resolve: (_root, _args, { scope, automation }) => automation.list(scope),
  }),
  scheduleRuns: t.connection({
    type: RunType,
    description: 'The ticks of a job of the tenant, newest first: the newest 50, and failures of 14 days.',
    args: { job: t.arg.string({ required: true, description: 'Name of the job.' }) },
    resolve: (_root, args, { scope }) => listRuns(scope, args.job, args),
  }),
}));

eventType('SCHEDULE_CHANGED').implement({
  ...shared('SCHEDULE_CHANGED'),
  fields: (t) => ({
    job: t.string({ description: 'Name of the job.', resolve: (e) => e.payload.job }),
    isPaused: t.boolean({ description: 'Whether it is paused now.', resolve: (e) => e.payload.isPaused }),
    by: t.string({ description: 'Who did it.', resolve: (e) => e.payload.by }),
  }),
});
