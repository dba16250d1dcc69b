import {
  deleteMetricSeries,
  type Series,
  updateMetricSeries,
} from '../../src/reliability/anomalies/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { DetectorKindEnum, MetricSeriesType } from './metrics.ts';

const UpdateMetricSeriesInput = builder.inputType('UpdateMetricSeriesInput', {
  description: 'Only what is given changes.',
  fields: (t) => ({
    id: t.globalID({ for: MetricSeriesType, required: true, description: 'MetricSeries.id.' }),
    detector: t.field({
      type: DetectorKindEnum,
      description: 'Another one starts from the newest kept samples, or is not ready until 100 have come.',
    }),
    isEnabled: t.boolean({ description: 'False: samples are kept and nobody watches; ends its alerts.' }),
    minEffectPct: t.float({ description: '0–1,000; 0: every anomaly counts.' }),
    silenceAfterSec: t.int({ description: '60–3,024,000; null: it may be silent for ever.' }),
    expectedVersion: t.int({ description: 'The version you read; a mismatch is a VersionConflict.' }),
  }),
});

const DeleteMetricSeriesInput = builder.inputType('DeleteMetricSeriesInput', {
  description: 'Which series.',
  fields: (t) => ({
    id: t.globalID({ for: MetricSeriesType, required: true, description: 'MetricSeries.id.' }),
  }),
});

const payload = (name: string, description: string) =>
  builder.objectRef<{ metricSeries: Series }>(name).implement({
    description,
    fields: (t) => ({
      metricSeries: t.field({
        type: MetricSeriesType,
        description: 'The series.',
        resolve: (p) => p.metricSeries,
      }),
    }),
  });

builder.mutationFields((t) => ({
  updateMetricSeries: t.field({
    type: payload('UpdateMetricSeriesPayload', 'The series after the change.'),
    description: 'Changes how a series is watched; audited.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: UpdateMetricSeriesInput, required: true, description: 'The change.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      metricSeries: await updateMetricSeries(scope, { ...input, id: input.id.id }),
    }),
  }),
  deleteMetricSeries: t.field({
    type: payload('DeleteMetricSeriesPayload', 'What was removed, as it was.'),
    description: 'Removes a series with its samples and anomalies; audited. Its next sample makes it anew.',
    authScopes: { operator: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: DeleteMetricSeriesInput, required: true, description: 'Which one.' }) },
    resolve: async (_root, { input }, { scope }) => ({
      metricSeries: await deleteMetricSeries(scope, input.id.id),
    }),
  }),
}));
