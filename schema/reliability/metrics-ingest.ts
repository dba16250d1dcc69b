import {
  anomaliesByIds,
  type Ingested,
  ingestMetrics,
  REFUSALS,
  type Refusal,
  type RefusalReason,
} from '../../src/reliability/anomalies/index.ts';
import { builder } from '../builder.ts';
import { COMMON_ERRORS } from '../errors.ts';
import { AnomalyType } from './anomalies.ts';

const METRIC = 'A letter or "_" and then up to 127 letters, digits or any of _ . : / -';
const LABELS = 'Up to 16 texts by name, e.g. {"route": "/pay"}; default none.';
const AT = 'ISO 8601 with an offset, or ms since 1970; at most 35 days old and 5 minutes ahead. Default now.';

const MetricSampleInput = builder.inputType('MetricSampleInput', {
  description: 'One sample.',
  fields: (t) => ({
    metric: t.string({ required: true, description: METRIC }),
    labels: t.field({ type: 'JSON', description: LABELS }),
    at: t.field({ type: 'LooseNumber', description: AT }),
    value: t.field({ type: 'LooseNumber', required: true, description: 'A finite number, or its text.' }),
  }),
});

const MetricColumnInput = builder.inputType('MetricColumnInput', {
  description: 'Many samples of one series in columns: 10,000 samples are about 0.2 MB.',
  fields: (t) => ({
    metric: t.string({ required: true, description: METRIC }),
    labels: t.field({ type: 'JSON', description: LABELS }),
    at: t.field({ type: ['LooseNumber'], description: `One instant per value. ${AT}` }),
    startAt: t.field({ type: 'LooseNumber', description: 'Instead of `at`: instant of the first value.' }),
    stepMs: t.float({ description: 'With startAt: from one value to the next; default 60,000.' }),
    values: t.field({
      type: ['LooseNumber'],
      required: true,
      description: 'Finite numbers, or their texts.',
    }),
  }),
});

const RefusalEnum = builder.enumType('SampleRefusalReason', {
  description: 'Why a sample was not taken.',
  values: Object.fromEntries(
    Object.entries(REFUSALS).map(([reason, description]) => [reason, { description }]),
  ) as Record<RefusalReason, { description: string }>,
});

const RefusedSampleType = builder.objectRef<Refusal>('RefusedSample').implement({
  description: 'A sample that was not taken; the others were.',
  fields: (t) => ({
    series: t.exposeInt('series', {
      nullable: true,
      description: 'Position in `series`; null: of `samples`.',
    }),
    index: t.exposeInt('index', {
      nullable: true,
      description: 'Position in `samples`, or in the values of the series; null: the whole series.',
    }),
    reason: t.field({ type: RefusalEnum, description: 'Why.', resolve: (r) => r.reason }),
    message: t.string({ description: 'What would be right.', resolve: (r) => REFUSALS[r.reason] }),
  }),
});

/** The most of what was found that an answer repeats; all of it is in `anomalies` and the event log. */
const SHOWN = 100;

const ingestPayload = (name: string) =>
  builder.objectRef<Ingested>(name).implement({
    description: 'What became of the samples.',
    fields: (t) => ({
      accepted: t.exposeInt('accepted', { description: 'Samples taken, late ones included.' }),
      outOfOrder: t.exposeInt('outOfOrder', {
        description: 'Of these, older than what their detectors had seen: counted, not shown to them.',
      }),
      series: t.exposeInt('series', { description: 'Series that they belong to.' }),
      refused: t.field({
        type: [RefusedSampleType],
        description: 'Those not taken, in the order sent; SERIES_LIMIT last.',
        resolve: (p) => [...p.refused],
      }),
      anomalies: t.field({
        type: [AnomalyType],
        description: `What was found in them, at most ${SHOWN}.`,
        resolve: async (p, _args, { scope }) => {
          if (p.anomalyIds.length === 0) return [];
          const found = await anomaliesByIds(scope, p.anomalyIds.slice(0, SHOWN));
          return found.filter((anomaly) => anomaly !== null);
        },
      }),
    }),
  });

const IngestMetricsInput = builder.inputType('IngestMetricsInput', {
  description: 'Up to 10,000 samples, in either form or both.',
  fields: (t) => ({
    samples: t.field({ type: [MetricSampleInput], description: 'One by one.' }),
    series: t.field({ type: [MetricColumnInput], description: 'In columns; much smaller.' }),
    idempotencyKey: t.string({
      description: 'The same call with the same key within 24 h gets the same answer and counts once.',
    }),
  }),
});

const IngestMetricInput = builder.inputType('IngestMetricInput', {
  description: 'One sample.',
  fields: (t) => ({
    metric: t.string({ required: true, description: METRIC }),
    labels: t.field({ type: 'JSON', description: LABELS }),
    at: t.field({ type: 'LooseNumber', description: AT }),
    value: t.field({ type: 'LooseNumber', required: true, description: 'A finite number, or its text.' }),
    idempotencyKey: t.string({ description: 'The same call with the same key within 24 h counts once.' }),
  }),
});

builder.mutationFields((t) => ({
  ingestMetrics: t.field({
    type: ingestPayload('IngestMetricsPayload'),
    description:
      'Takes samples: shows them to their detectors and keeps them by minute. Unknown series are made, up to 10,000 per tenant. One transaction.',
    authScopes: { ingest: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: IngestMetricsInput, required: true, description: 'The samples.' }) },
    resolve: (_root, { input }, { scope }) => ingestMetrics(scope, input),
  }),
  ingestMetric: t.field({
    type: ingestPayload('IngestMetricPayload'),
    description: 'Takes one sample.',
    authScopes: { ingest: true },
    errors: { types: [...COMMON_ERRORS] },
    args: { input: t.arg({ type: IngestMetricInput, required: true, description: 'The sample.' }) },
    resolve: (_root, { input: { idempotencyKey, ...sample } }, { scope }) =>
      ingestMetrics(scope, { samples: [sample], idempotencyKey }),
  }),
}));
