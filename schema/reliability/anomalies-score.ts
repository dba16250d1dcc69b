import { NotFoundError, ValidationError } from '../../src/kernel/errors.ts';
import { type Score, scoreMetric } from '../../src/reliability/anomalies/index.ts';
import { builder } from '../builder.ts';
import { AnomalySeverityEnum } from './anomalies.ts';
import { DetectorKindEnum, MetricBaselineEnum, MetricSeriesType } from './metrics.ts';

const MetricScoreType = builder.objectRef<Score>('MetricScore').implement({
  description:
    'What a detector thinks of a value, in the words of the document; everything else is null while it is not ready.',
  fields: (t) => ({
    ready: t.exposeBoolean('ready', { description: 'Whether enough is known to judge: 100 samples.' }),
    reason: t.exposeString('reason', {
      description: '"model_not_trained" while not ready; then NORMAL, SPIKE, DROP and the like.',
    }),
    score: t.exposeFloat('score', {
      nullable: true,
      description: 'SEED: −max(|z|/3, fence distance), anomaly below −1. DEFAULT: 0–1, higher is stranger.',
    }),
    anomaly: t.exposeBoolean('anomaly', { nullable: true, description: 'The detector’s decision.' }),
    zScore: t.exposeFloat('zScore', { nullable: true, description: 'Standard deviations from the mean.' }),
    robustZ: t.exposeFloat('robustZ', {
      nullable: true,
      description: '0.6745·(x − median)/MAD, or the other detector’s counterpart.',
    }),
    method: t.exposeString('method', {
      nullable: true,
      description: '"z-score+iqr" for SEED, "streaming" for DEFAULT.',
    }),
    severity: t.field({
      type: AnomalySeverityEnum,
      nullable: true,
      description: 'Of an anomaly.',
      resolve: (s) => s.severity,
    }),
    expected: t.exposeFloat('expected', {
      nullable: true,
      description: 'What would have surprised nobody.',
    }),
    baseline: t.field({
      type: MetricBaselineEnum,
      nullable: true,
      description: 'What it was compared with at that instant.',
      resolve: (s) => s.baseline,
    }),
    series: t.field({
      type: MetricSeriesType,
      description: 'Whose detector it is.',
      resolve: (s) => s.series,
    }),
  }),
});

builder.queryField('scoreMetric', (t) =>
  t.field({
    type: MetricScoreType,
    description: 'Asks what would be said of a value; changes nothing. NOT_FOUND for a series never sent.',
    errors: { types: [NotFoundError, ValidationError] },
    args: {
      metric: t.arg.string({ required: true, description: 'Of which metric.' }),
      labels: t.arg({ type: 'JSON', description: 'With which labels; default none.' }),
      value: t.arg.float({ required: true, description: 'The value.' }),
      at: t.arg({ type: 'DateTime', description: 'When; default now.' }),
      detector: t.arg({
        type: DetectorKindEnum,
        description:
          'Default the series’ own; another one learns from the newest kept samples just for this.',
      }),
    },
    resolve: (_root, request, { scope }) => scoreMetric(scope, request),
  }),
);
