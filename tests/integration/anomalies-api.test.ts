import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AnomaliesDocument,
  AnomalyAlertsDocument,
  CreateApiKeyDocument,
  DeleteMetricSeriesDocument,
  IngestMetricDocument,
  IngestMetricsDocument,
  MetricChartDocument,
  MetricSeriesDocument,
  ScoreMetricDocument,
  UpdateMetricSeriesDocument,
} from '../../operations/generated/graphql.ts';
import { type Client, startServer, type TestServer, take } from '../kit/server.ts';
import { SECOND, window } from './anomaly-kit.ts';

let server: TestServer;
let client: Client;
let ingester: Client;
const start = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;

beforeAll(async () => {
  server = await startServer();
  await server.createTenant({ slug: 'acme' });
  client = server.client(undefined, 'acme');
  const { createApiKey } = await client.run(CreateApiKeyDocument, {
    input: { name: 'collector', scopes: ['INGEST'] },
  });
  if (createApiKey.__typename !== 'CreateApiKeyPayload') throw new Error(JSON.stringify(createApiKey));
  ingester = server.client(createApiKey.value);
});
afterAll(() => server.stop());

const send = async (metric: string, at: number, values: (number | string)[]) => {
  const { ingestMetrics } = await ingester.run(IngestMetricsDocument, {
    input: { series: [{ metric, startAt: at, stepMs: SECOND, values }] },
  });
  return ingestMetrics;
};
const find = async (metric: string) => {
  const { metricSeries } = await client.run(MetricSeriesDocument, { filter: { metric } });
  return metricSeries.edges[0]?.node;
};

test('a latency goes wrong, is heard of, looked at and over', async () => {
  const heard = client.subscribe(AnomalyAlertsDocument, { after: '0', metric: 'latency_ms' });
  const { ingestMetric } = await ingester.run(IngestMetricDocument, {
    input: { metric: 'latency_ms', at: new Date(start).toISOString(), value: 100 },
  });
  expect(ingestMetric).toMatchObject({ __typename: 'IngestMetricPayload', accepted: 1, refused: [] });
  const known = await find('latency_ms');
  await client.run(UpdateMetricSeriesDocument, {
    input: { id: known?.id ?? '', detector: 'SEED', expectedVersion: 1 },
  });
  const asked = { metric: 'latency_ms', value: 80 };
  expect((await client.run(ScoreMetricDocument, asked)).scoreMetric).toMatchObject({
    ...{ ready: false, reason: 'model_not_trained', score: null, method: null },
  });
  await send('latency_ms', start + SECOND, window(120));
  const { scoreMetric } = await client.run(ScoreMetricDocument, asked);
  expect(scoreMetric).toMatchObject({ ready: true, anomaly: false, method: 'z-score+iqr' });
  await send('other', start, window(120));
  expect(await send('latency_ms', start + 200 * SECOND, [700])).toMatchObject({
    ...{
      accepted: 1,
      anomalies: [{ metric: 'latency_ms', kind: 'ANOMALY', severity: 'CRITICAL', value: 700 }],
    },
  });
  const [event] = await take(heard, 1);
  await heard.return?.();
  expect(event?.anomalyAlerts).toMatchObject({ metric: 'latency_ms', observed: 700, expected: 100 });
  const resumed = client.subscribe(AnomalyAlertsDocument, { after: String(event?.anomalyAlerts.seq) });
  await send('other', start + 200 * SECOND, [10_000]);
  const [next] = await take(resumed, 1);
  await resumed.return?.();
  expect(next?.anomalyAlerts).toMatchObject({ metric: 'other', observed: 10_000, anomalyReason: 'SPIKE' });
  const { anomalies } = await client.run(AnomaliesDocument, {
    filter: { seriesId: known?.id, kind: ['ANOMALY'] },
  });
  expect(anomalies.edges).toMatchObject([{ node: { reason: 'SPIKE', series: { id: known?.id } } }]);
  const { node } = await client.run(MetricChartDocument, {
    ...{ id: known?.id ?? '', from: new Date(start).toISOString(), stepSec: 60 },
    to: new Date(start + 600_000).toISOString(),
  });
  expect(node).toMatchObject({
    ...{ samples: '122', anomalyCount: '1', alertSince: new Date(start + 200 * SECOND).toISOString() },
    stats: { isReady: true, expected: 100, training: { median: 100, lowFence: 80 } },
    points: [{ count: 60 }, { count: 60 }, { count: 1 }, { count: 1, avg: 700 }],
  });
  const { deleteMetricSeries } = await client.run(DeleteMetricSeriesDocument, {
    input: { id: known?.id ?? '' },
  });
  expect(deleteMetricSeries.__typename).toBe('DeleteMetricSeriesPayload');
  expect(await find('latency_ms')).toBeUndefined();
  expect((await client.run(ScoreMetricDocument, asked)).scoreMetric).toMatchObject({ code: 'NOT_FOUND' });
});

test('10,000 samples of one call are within the limits of the API, in columns or one by one', async () => {
  const values = Array.from({ length: 10_000 }, (_, i) => 100 + (i % 7) / 8);
  const columns = { series: [{ metric: 'bulk', at: values.map((_, i) => start + i), values }] };
  const plain = { samples: values.map((value, i) => ({ metric: 'plain', at: start + i, value })) };
  for (const input of [columns, plain]) {
    expect(JSON.stringify(input).length).toBeLessThan(1_048_576 / 1.5);
    const { ingestMetrics } = await ingester.run(IngestMetricsDocument, { input });
    expect(ingestMetrics).toMatchObject({ accepted: 10_000, outOfOrder: 0, refused: [] });
  }
  const { ingestMetrics } = await ingester.run(IngestMetricsDocument, {
    input: { samples: [...plain.samples, { metric: 'plain', value: 1 }] },
  });
  expect(ingestMetrics).toMatchObject({ code: 'VALIDATION_ERROR' });
});

test('one bad value spoils itself alone, and a viewer’s key may not send', async () => {
  const { ingestMetrics } = await ingester.run(IngestMetricsDocument, {
    input: {
      samples: [
        { metric: 'm', value: 'NaN' },
        { metric: 'm', value: '7' },
      ],
      series: [{ metric: 'm', labels: [], values: [1] }],
    },
  });
  expect(ingestMetrics).toMatchObject({
    accepted: 1,
    refused: [
      { series: null, index: 0, reason: 'INVALID_VALUE' },
      { series: 0, index: null, reason: 'INVALID_LABELS' },
    ],
  });
  const answer = await ingester.ask(MetricSeriesDocument, {});
  expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
});
