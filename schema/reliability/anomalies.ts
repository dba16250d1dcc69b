import { createLoader } from '../../src/commerce/ingest/index.ts';
import { streamEvents } from '../../src/engine/index.ts';
import {
  type Anomaly,
  anomaliesByIds,
  type FindingKind,
  listAnomalies,
  type Series,
  type Severity,
  seriesByIds,
} from '../../src/reliability/anomalies/index.ts';
import { builder } from '../builder.ts';
import { eventType, instant, type Of, shared } from '../engine/event.ts';
import { MetricSeriesType } from './metrics.ts';

const AnomalyKindEnum = builder.enumType('AnomalyKind', {
  description: 'What a metric did.',
  values: {
    ANOMALY: { description: 'Something unusual; one per incident.' },
    LEVEL_SHIFT: { description: 'It has moved to another level.' },
    SILENCE: { description: 'It has sent nothing for too long; one per silence.' },
  } satisfies Record<FindingKind, { description: string }>,
});

export const AnomalySeverityEnum = builder.enumType('AnomalySeverity', {
  description: 'How bad it is.',
  values: {
    WARNING: { description: 'SEED: score below −1.' },
    CRITICAL: { description: 'SEED: score below −2.' },
  } satisfies Record<Severity, { description: string }>,
});

const seriesOf = createLoader<Series>(async (scope, ids) => {
  const all = await seriesByIds(scope, ids);
  return new Map(all.flatMap((series) => (series ? [[series.id, series] as const] : [])));
});

export const AnomalyType = builder.objectRef<Anomaly>('Anomaly');

builder.node(AnomalyType, {
  description: 'What a detector found; kept for 90 days.',
  id: { description: 'Global id.', resolve: (a) => a.id },
  loadMany: (ids: string[], { scope }) => anomaliesByIds(scope, ids),
  fields: (t) => ({
    metric: t.exposeString('metric', { description: 'Of which metric.' }),
    labels: t.field({ type: 'JSON', description: 'With which labels.', resolve: (a) => ({ ...a.labels }) }),
    series: t.field({
      type: MetricSeriesType,
      nullable: true,
      description: 'The series as it is now.',
      resolve: (a, _args, { scope }) => seriesOf(scope, a.seriesId),
    }),
    at: t.field({
      type: 'DateTime',
      description: 'Of the sample; of a silence: the last one.',
      resolve: (a) => a.at,
    }),
    kind: t.field({ type: AnomalyKindEnum, description: 'What it did.', resolve: (a) => a.kind }),
    severity: t.field({
      type: AnomalySeverityEnum,
      description: 'How bad it was at first.',
      resolve: (a) => a.severity,
    }),
    value: t.exposeFloat('value', { nullable: true, description: 'What was observed; null for a silence.' }),
    expected: t.exposeFloat('expected', {
      nullable: true,
      description: 'What would have surprised nobody.',
    }),
    score: t.exposeFloat('score', {
      description: 'DEFAULT: 0–1, higher is stranger; SEED: 0 or less, lower is stranger.',
    }),
    reason: t.exposeString('reason', {
      description:
        'SPIKE, DROP, RISE, FALL, UNUSUAL_VALUE, UNUSUAL_PATTERN, UNUSUAL_HOUR (of the week), FLAT_LINE, LEVEL_SHIFT or SILENCE.',
    }),
  }),
});

const AnomalyFilterInput = builder.inputType('AnomalyFilter', {
  description: 'Which anomalies; every given condition must hold.',
  fields: (t) => ({
    seriesId: t.globalID({ for: MetricSeriesType, description: 'Of this MetricSeries.id.' }),
    metric: t.string({ description: 'Of this metric.' }),
    kind: t.field({ type: [AnomalyKindEnum], description: 'One of these.' }),
    from: t.field({ type: 'DateTime', description: 'At or after this instant.' }),
    to: t.field({ type: 'DateTime', description: 'Before this instant.' }),
  }),
});

builder.queryField('anomalies', (t) =>
  t.connection(
    {
      type: AnomalyType,
      description: 'What detectors found, newest first.',
      args: { filter: t.arg({ type: AnomalyFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) =>
        listAnomalies(scope, page, { ...filter, seriesId: filter?.seriesId?.id }),
    },
    { name: 'AnomalyConnection', description: 'A page of anomalies.' },
    { name: 'AnomalyEdge', description: 'One anomaly of a page.' },
  ),
);

type Detected = Of<'ANOMALY_DETECTED'>;

const AnomalyDetectedType = eventType('ANOMALY_DETECTED').implement({
  ...shared('ANOMALY_DETECTED'),
  fields: (t) => ({
    anomalyId: t.id({ description: 'Plain id of the anomaly.', resolve: (e) => e.payload.anomalyId }),
    seriesId: t.id({ description: 'Plain id of the series.', resolve: (e) => e.payload.seriesId }),
    metric: t.string({ description: 'Of which metric.', resolve: (e) => e.payload.metric }),
    labels: t.field({ type: 'JSON', description: 'With which labels.', resolve: (e) => e.payload.labels }),
    kind: t.string({ description: 'ANOMALY, LEVEL_SHIFT or SILENCE.', resolve: (e) => e.payload.kind }),
    severity: t.string({ description: 'WARNING or CRITICAL.', resolve: (e) => e.payload.severity }),
    observedAt: t.field({
      type: 'DateTime',
      description: 'Instant of the sample.',
      resolve: (e) => instant(e.payload.at),
    }),
    observed: t.float({
      nullable: true,
      description: 'What was observed; null for a silence.',
      resolve: (e) => e.payload.value,
    }),
    expected: t.float({
      nullable: true,
      description: 'What would have surprised nobody.',
      resolve: (e) => e.payload.expected,
    }),
    anomalyScore: t.float({
      description: 'How strange, in the words of its detector.',
      resolve: (e) => e.payload.score,
    }),
    anomalyReason: t.string({ description: 'Machine code of why.', resolve: (e) => e.payload.reason }),
  }),
});

builder.subscriptionField('anomalyAlerts', (t) =>
  t.field({
    type: AnomalyDetectedType,
    description:
      'engineEvents of anomalies, level shifts and silences: first what was committed behind `after`, then live, without gap or repeat.',
    authScopes: { viewer: true },
    args: {
      after: t.arg({
        type: 'Seq',
        description: 'Last seq you have seen; "0" for everything kept; omit for from now on.',
      }),
      metric: t.arg.string({ description: 'Only of this metric.' }),
    },
    subscribe: (_root, { after, metric }, { scope, feeds }) =>
      streamEvents(feeds, scope, {
        ...{ after: after ?? null, types: ['ANOMALY_DETECTED'] },
        only:
          metric == null
            ? undefined
            : { key: metric, accepts: (event) => (event as Detected).payload.metric === metric },
      }),
    resolve: (event) => event as Detected,
  }),
);
