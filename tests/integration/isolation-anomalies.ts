import {
  IngestMetricsDocument,
  MetricSeriesDocument,
  UpdateMetricSeriesDocument,
} from '../../operations/generated/graphql.ts';
import type { Client } from '../kit/server.ts';
import { SECOND, window } from './anomaly-kit.ts';
import { expectPayloads } from './isolation-delivery.ts';

/** The metric that tenant `marker` sends. */
export const metricOf = (marker: string): string => `${marker}_latency`;

/** A series with a state, minutes and an anomaly. */
export async function watchMetrics(client: Client, marker: string): Promise<void> {
  const start = Date.now() - 300 * SECOND;
  const send = (at: number, values: number[]) =>
    client.run(IngestMetricsDocument, {
      input: { series: [{ metric: metricOf(marker), startAt: at, stepMs: SECOND, values }] },
    });
  const first = await send(start, [100]);
  const { metricSeries } = await client.run(MetricSeriesDocument, { filter: { metric: metricOf(marker) } });
  const id = metricSeries.edges[0]?.node.id ?? '';
  expectPayloads([
    first,
    await client.run(UpdateMetricSeriesDocument, {
      input: { id, detector: 'SEED', silenceAfterSec: 86_400 },
    }),
    await send(start + SECOND, [...window(150), 900]),
  ]);
}
