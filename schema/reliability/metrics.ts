import {
  type Baseline,
  type DetectorKind,
  listSeries,
  MAX_POINTS,
  type Point,
  pointsOf,
  type Series,
  type Stats,
  seriesByIds,
  statsOf,
  type Training,
  type WeekStats,
} from '../../src/reliability/anomalies/index.ts';
import { builder } from '../builder.ts';

export const DetectorKindEnum = builder.enumType('DetectorKind', {
  description: 'Who watches a series.',
  values: {
    DEFAULT: { description: 'The product’s streaming detector: one alarm per incident.' },
    SEED: { description: 'z-score and quartile fences over the last 500 samples (spec j.6).' },
  } satisfies Record<DetectorKind, { description: string }>,
});

const MetricPointType = builder.objectRef<Point>('MetricPoint').implement({
  description: 'Samples of one step of a chart.',
  fields: (t) => ({
    at: t.field({ type: 'DateTime', description: 'Start of the step.', resolve: (p) => p.at }),
    count: t.exposeInt('count', { description: 'Samples in it.' }),
    avg: t.exposeFloat('avg', { description: 'Their mean.' }),
    min: t.exposeFloat('min', { description: 'The least.' }),
    max: t.exposeFloat('max', { description: 'The largest.' }),
  }),
});

const TrainingType = builder.objectRef<Training>('DetectorTraining').implement({
  description: 'What the SEED detector learned of its window (spec j.6 "Train").',
  fields: (t) => ({
    mean: t.exposeFloat('mean', { description: 'Mean.' }),
    std: t.exposeFloat('std', { description: 'Sample standard deviation.' }),
    median: t.exposeFloat('median', { description: 'Median.' }),
    mad: t.exposeFloat('mad', { description: 'Median absolute deviation.' }),
    lowFence: t.exposeFloat('lowFence', { description: 'Q1 − 1.5·IQR; below it lies an anomaly.' }),
    highFence: t.exposeFloat('highFence', { description: 'Q3 + 1.5·IQR; above it lies an anomaly.' }),
  }),
});

export const MetricBaselineEnum = builder.enumType('MetricBaseline', {
  description: 'What a value is compared with.',
  values: {
    LEVEL: { description: 'The recent level of the series.' },
    HOUR_OF_WEEK: {
      description:
        'What is usual at this hour of the week (UTC): from four weeks on, where it foretells hours better than the level.',
    },
    WINDOW: { description: 'SEED: the median of the last 500 samples.' },
  } satisfies Record<Baseline, { description: string }>,
});

const HourOfWeekType = builder.objectRef<WeekStats>('HourOfWeekBaseline').implement({
  description: 'What is known of the 168 hours of the week, and how well they foretell.',
  fields: (t) => ({
    hoursKnown: t.exposeInt('hoursKnown', {
      description: 'Hours that four weeks are known of; 168 are a week.',
    }),
    isBetter: t.exposeBoolean('isBetter', {
      description: 'Whether its error is at least a fifth smaller than the level’s; only then it is used.',
    }),
    error: t.exposeFloat('error', {
      nullable: true,
      description: 'Mean distance of an hour’s mean from what its weeks said; null before the third week.',
    }),
    levelError: t.exposeFloat('levelError', {
      nullable: true,
      description: 'Mean distance of the same hours from the level before them.',
    }),
  }),
});

const MetricStatsType = builder.objectRef<Stats>('MetricStats').implement({
  description: 'What a series’ detector knows.',
  fields: (t) => ({
    isReady: t.exposeBoolean('isReady', { description: 'Whether it has seen enough to judge.' }),
    expected: t.exposeFloat('expected', { nullable: true, description: 'What would surprise nobody now.' }),
    baseline: t.field({
      type: MetricBaselineEnum,
      nullable: true,
      description: 'Where `expected` comes from, at the hour of the newest sample; null while not ready.',
      resolve: (s) => s.baseline,
    }),
    hourOfWeek: t.field({
      type: HourOfWeekType,
      nullable: true,
      description: 'The weekly baseline of a DEFAULT detector.',
      resolve: (s) => s.week,
    }),
    training: t.field({
      type: TrainingType,
      nullable: true,
      description: 'Of a SEED detector, once it is trained.',
      resolve: (s) => s.training,
    }),
    trainedAt: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'When its model was last brought up to date; every 5 minutes while samples come.',
      resolve: (s) => date(s.trainedAt),
    }),
    bytes: t.exposeInt('bytes', { description: 'Size of what it has learned; at most 16,384.' }),
  }),
});

export const MetricSeriesType = builder.objectRef<Series>('MetricSeries');

/** An instant in ms since 1970. */
const date = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
const instant = (of: (series: Series) => number | null, description: string) => ({
  type: 'DateTime' as const,
  nullable: true as const,
  description,
  resolve: (series: Series) => date(of(series)),
});
const count = (of: (series: Series) => number, description: string) => ({
  type: 'BigInt' as const,
  description,
  resolve: (series: Series) => BigInt(of(series)),
});

builder.node(MetricSeriesType, {
  description: 'A metric with its labels: what was sent of it, and who watches it.',
  id: { description: 'Global id.', resolve: (series) => series.id },
  loadMany: (ids: string[], { scope }) => seriesByIds(scope, ids),
  fields: (t) => ({
    metric: t.exposeString('metric', { description: 'E.g. "latency_ms".' }),
    labels: t.field({
      type: 'JSON',
      description: 'Texts by name, e.g. {"route": "/pay"}.',
      resolve: (s) => ({ ...s.labels }),
    }),
    detector: t.field({ type: DetectorKindEnum, description: 'Who watches it.', resolve: (s) => s.detector }),
    isEnabled: t.exposeBoolean('isEnabled', { description: 'False: samples are kept, nobody watches.' }),
    minEffectPct: t.exposeFloat('minEffectPct', {
      description: 'An anomaly differs from what was expected by at least this percentage of it.',
    }),
    silenceAfterSec: t.exposeInt('silenceAfterSec', {
      nullable: true,
      description: 'A silence this long raises an alert; null: never.',
    }),
    isSilent: t.exposeBoolean('isSilent', { description: 'Whether it has been silent for too long.' }),
    samples: t.field(count((s) => s.samples, 'Samples taken so far.')),
    outOfOrder: t.field(
      count(
        (s) => s.outOfOrder,
        'Of these, older than what the detector had seen: counted, not shown to it.',
      ),
    ),
    anomalyCount: t.field(count((s) => s.anomalies, 'Incidents so far; the samples of one count once.')),
    levelShifts: t.field(count((s) => s.levelShifts, 'Moves to another level so far.')),
    firstAt: t.field(instant((s) => s.firstAt, 'Instant of the first sample.')),
    lastAt: t.field(instant((s) => s.lastAt, 'Instant of the newest sample.')),
    lastValue: t.exposeFloat('lastValue', { nullable: true, description: 'The newest sample.' }),
    lastScore: t.exposeFloat('lastScore', {
      nullable: true,
      description:
        'How strange it was. DEFAULT: 0–1, higher is stranger; SEED: 0 or less, lower is stranger. Null while unknown.',
    }),
    alertSince: t.field(instant((s) => s.alertSince, 'Since when its incident lasts; null: all is well.')),
    createdAt: t.field({
      type: 'DateTime',
      description: 'When it was first seen.',
      resolve: (s) => new Date(s.createdAt),
    }),
    version: t.exposeInt('version', { description: 'For expectedVersion; samples do not change it.' }),
    stats: t.field({
      type: MetricStatsType,
      nullable: true,
      description: 'What its detector knows.',
      resolve: (s, _args, { scope }) => statsOf(scope, s.id),
    }),
    points: t.field({
      type: [MetricPointType],
      description: `Its samples for a chart, oldest first, at most ${MAX_POINTS}; kept for 35 days by minute.`,
      complexity: { field: 5, multiplier: 5 },
      args: {
        from: t.arg({ type: 'DateTime', description: 'Start, inclusive; default 24 hours before `to`.' }),
        to: t.arg({ type: 'DateTime', description: 'End, exclusive; default now.' }),
        stepSec: t.arg.int({ description: 'Whole minutes in seconds; default 900.' }),
      },
      resolve: (s, stretch, { scope }) => pointsOf(scope, s.id, stretch),
    }),
  }),
});

const MetricSeriesFilterInput = builder.inputType('MetricSeriesFilter', {
  description: 'Which series; every given condition must hold.',
  fields: (t) => ({
    metric: t.string({ description: 'Exactly this metric.' }),
    labels: t.field({ type: 'JSON', description: 'Series that have these labels, whatever others.' }),
    isSilent: t.boolean({ description: 'Silent for too long, or not.' }),
    isAlerting: t.boolean({ description: 'In an incident, or not.' }),
  }),
});

builder.queryField('metricSeries', (t) =>
  t.connection(
    {
      type: MetricSeriesType,
      description: 'The tenant’s series by metric.',
      args: { filter: t.arg({ type: MetricSeriesFilterInput, description: 'Default: all.' }) },
      resolve: (_root, { filter, ...page }, { scope }) => listSeries(scope, page, filter ?? {}),
    },
    { name: 'MetricSeriesConnection', description: 'A page of series.' },
    { name: 'MetricSeriesEdge', description: 'One series of a page.' },
  ),
);
