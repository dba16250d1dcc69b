import { ValidationError } from '../../src/kernel/errors.ts';
import {
  type ComponentHealth,
  type ComponentTrend,
  type HEALTH_STATUSES,
  type HealthIncident,
  type HealthReport,
  type HealthTrends,
  healthCheck,
  healthTrends,
  MAX_TREND_REPORTS,
  TREND_REPORTS,
} from '../../src/reliability/health/index.ts';
import { builder } from '../builder.ts';
import { eventType, shared } from '../engine/event.ts';

const StatusEnum = builder.enumType('HealthStatus', {
  description: 'How a part, or all of it, is.',
  values: {
    HEALTHY: { description: 'It answered within 500 ms, or is not needed here.' },
    DEGRADED: { description: 'It answered late or not fully; or an optional part is down.' },
    UNHEALTHY: { description: 'It failed or did not answer in time.' },
    UNKNOWN: { description: 'Nothing can be said.' },
  } satisfies Record<(typeof HEALTH_STATUSES)[number], { description: string }>,
});

const ComponentType = builder.objectRef<ComponentHealth>('ComponentHealth').implement({
  description: 'How one part was.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'E.g. database, redis, jobs, self, channel:Slack.' }),
    status: t.field({ type: StatusEnum, description: 'How it was.', resolve: (c) => c.status }),
    isRequired: t.exposeBoolean('isRequired', { description: 'Nothing works without it.' }),
    responseMs: t.exposeFloat('responseMs', { description: 'How long its answer took, ms.' }),
    message: t.exposeString('message', { nullable: true, description: 'For people.' }),
  }),
});

const ReportType = builder.objectRef<HealthReport>('HealthReport').implement({
  description: 'How all parts are right now (spec j.1).',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'When.', resolve: (r) => r.at }),
    status: t.field({
      type: StatusEnum,
      description: 'The worst of the required parts; DEGRADED at least while an optional one is down.',
      resolve: (r) => r.status,
    }),
    durationMs: t.exposeInt('durationMs', { description: 'How long the look took, ms.' }),
    components: t.field({
      type: [ComponentType],
      description: 'Every part.',
      resolve: (r) => [...r.components],
    }),
  }),
});

builder.queryField('healthCheck', (t) =>
  t.field({
    type: ReportType,
    description:
      'Looks at every part now, all at once, each for at most five seconds; no provider is paid for it.',
    complexity: 20,
    resolve: (_root, _args, { scope }) => healthCheck(scope),
  }),
);

const IncidentType = builder.objectRef<HealthIncident>('HealthIncident').implement({
  description: 'A stretch in which a part was not healthy.',
  fields: (t) => ({
    status: t.field({ type: StatusEnum, description: 'The worst it was.', resolve: (i) => i.status }),
    from: t.field({ type: 'DateTime', description: 'First report of it.', resolve: (i) => i.from }),
    to: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'First report after it; null while it lasts.',
      resolve: (i) => i.to,
    }),
    message: t.exposeString('message', { nullable: true, description: 'For people.' }),
  }),
});

const TrendType = builder.objectRef<ComponentTrend>('ComponentTrend').implement({
  description: 'One part over the last reports.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Which part.' }),
    reports: t.exposeInt('reports', { description: 'Reports that speak of it.' }),
    availabilityPct: t.exposeFloat('availabilityPct', {
      nullable: true,
      description: 'Reports in which it answered, % with one decimal; null without any.',
    }),
    lastStatus: t.field({
      type: StatusEnum,
      description: 'In the last report.',
      resolve: (c) => c.lastStatus,
    }),
    p95ResponseMs: t.exposeFloat('p95ResponseMs', { nullable: true, description: 'Nearest rank, ms.' }),
    incidents: t.field({
      type: [IncidentType],
      description: 'The last ten, newest first.',
      resolve: (c) => [...c.incidents],
    }),
  }),
});

const TrendsType = builder.objectRef<HealthTrends>('HealthTrends').implement({
  description: 'Health over the last hourly reports, which are kept for 30 days.',
  fields: (t) => ({
    reports: t.exposeInt('reports', { description: 'How many reports.' }),
    from: t.field({ type: 'DateTime', nullable: true, description: 'The first.', resolve: (h) => h.from }),
    to: t.field({ type: 'DateTime', nullable: true, description: 'The last.', resolve: (h) => h.to }),
    availabilityPct: t.exposeFloat('availabilityPct', {
      nullable: true,
      description: 'Reports that were not UNHEALTHY, % with one decimal; null without any.',
    }),
    components: t.field({ type: [TrendType], description: 'Every part.', resolve: (h) => [...h.components] }),
    isFromMemory: t.exposeBoolean('isFromMemory', {
      description: 'The database could not be asked: the last reports that this instance remembers.',
    }),
  }),
});

builder.queryField('healthTrends', (t) =>
  t.field({
    type: TrendsType,
    description: 'Availability, response times and incidents of every part.',
    complexity: 5,
    args: {
      last: t.arg.int({
        description: `Reports to look at, 1–${MAX_TREND_REPORTS}. Default ${TREND_REPORTS}.`,
      }),
    },
    resolve: (_root, { last }, { scope }) => {
      const count = last ?? TREND_REPORTS;
      if (count < 1 || count > MAX_TREND_REPORTS) {
        throw new ValidationError('last', `last is 1 to ${MAX_TREND_REPORTS}.`);
      }
      return healthTrends(scope, count);
    },
  }),
);

eventType('HEALTH_CHANGED').implement({
  ...shared('HEALTH_CHANGED'),
  fields: (t) => ({
    status: t.string({ description: 'HEALTHY, DEGRADED or UNHEALTHY.', resolve: (e) => e.payload.status }),
    previousStatus: t.string({
      nullable: true,
      description: 'What it was before; null when there was no report.',
      resolve: (e) => e.payload.previousStatus,
    }),
    unhealthy: t.stringList({ description: 'Parts that are down.', resolve: (e) => e.payload.unhealthy }),
    degraded: t.stringList({
      description: 'Parts that are slow or not all there.',
      resolve: (e) => e.payload.degraded,
    }),
  }),
});
