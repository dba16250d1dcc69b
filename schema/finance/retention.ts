import {
  type Cohort,
  type RetentionDay,
  recordActivity,
  retentionDays,
} from '../../src/finance/retention/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';

const share = (part: number, whole: number): number | null => (whole === 0 ? null : (100 * part) / whole);

const CohortType = builder.objectRef<Cohort>('RetentionCohort').implement({
  description: 'Users who began a number of days before, and how many of them came back on the day.',
  fields: (t) => ({
    days: t.exposeInt('days', { description: '1, 7 or 30.' }),
    size: t.exposeInt('size', { description: 'Users whose first day that was.' }),
    returned: t.exposeInt('returned', { description: 'Of these, active on the day.' }),
    retentionPct: t.float({
      nullable: true,
      description: 'returned / size in per cent; null without such users.',
      resolve: ({ returned, size }) => share(returned, size),
    }),
  }),
});

const RetentionDayType = builder.objectRef<RetentionDay>('RetentionDay').implement({
  description: 'Active users as of a UTC day that is over (spec m.5).',
  fields: (t) => ({
    day: t.exposeString('day', { description: 'YYYY-MM-DD.' }),
    dau: t.exposeInt('dau', { description: 'Distinct users active on the day.' }),
    wau: t.exposeInt('wau', { description: 'On the day or one of the six before.' }),
    mau: t.exposeInt('mau', { description: 'On the day or one of the 29 before.' }),
    stickinessPct: t.float({
      nullable: true,
      description: 'DAU / MAU in per cent; null without users.',
      resolve: ({ dau, mau }) => share(dau, mau),
    }),
    cohorts: t.field({ type: [CohortType], description: 'D1, D7 and D30.', resolve: (d) => [...d.cohorts] }),
    computedAt: t.field({
      type: 'DateTime',
      description: 'When it was counted.',
      resolve: (d) => d.computedAt,
    }),
  }),
});

builder.queryField('retentionMetrics', (t) =>
  t.field({
    type: [RetentionDayType],
    description: 'DAU, WAU, MAU and cohorts by day, oldest first; counted at 00:05 UTC for the day before.',
    args: {
      from: t.arg({ type: 'DateTime', required: true, description: 'First day (UTC).' }),
      to: t.arg({ type: 'DateTime', required: true, description: 'Last day (UTC), at most 366 days later.' }),
    },
    resolve: (_root, { from, to }, { scope }) => retentionDays(scope, from, to),
  }),
);

const ActiveDayInput = builder.inputType('ActiveDayInput', {
  description: 'Users who were active on a day.',
  fields: (t) => ({
    at: t.field({
      type: 'DateTime',
      required: true,
      description: 'Any instant of the UTC day, at most 400 days ago.',
    }),
    userIds: t.stringList({ required: true, description: 'Your own ids, 1–200 visible ASCII characters.' }),
  }),
});
const ActivityInput = builder.inputType('RecordActivityInput', {
  description: 'Who was active when.',
  fields: (t) => ({
    days: t.field({
      type: [ActiveDayInput],
      required: true,
      description: 'At most 10,000 users over all days. Sending the same again is harmless.',
    }),
  }),
});
const ActivityPayload = builder.objectRef<{ added: number }>('RecordActivityPayload').implement({
  description: 'What was noted.',
  fields: (t) => ({
    added: t.exposeInt('added', { description: '(day, user) pairs that were not known yet.' }),
  }),
});

builder.mutationField('recordActivity', (t) =>
  t.field({
    type: ActivityPayload,
    description: 'Notes which users were active on which days, for DAU, WAU, MAU and cohorts.',
    authScopes: { ingest: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: ActivityInput, required: true, description: 'Who and when.' }) },
    resolve: async (_root, { input }, { scope }) => ({ added: await recordActivity(scope, input.days) }),
  }),
);
