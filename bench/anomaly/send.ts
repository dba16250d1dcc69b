import type { ColumnInput } from '../../src/reliability/anomalies/index.ts';
import type { OpenTestDatabase } from '../../tests/kit/database.ts';
import { ADMIN_TOKEN, startServer } from '../../tests/kit/server.ts';

const QUERY = `mutation ($input: IngestMetricsInput!) { ingestMetrics(input: $input) {
  __typename ... on IngestMetricsPayload { accepted refused { index } } } }`;
const ROUNDS = 10;
const WARM_UP = 3;

/** The same batches through the public API: HTTP, JSON, limits, GraphQL and the verb; client and server in one process. */
export async function sendBulk(
  database: OpenTestDatabase,
  samples: number,
  batchOf: (series: number, start: number, stepMs: number) => ColumnInput[],
): Promise<Record<string, number>> {
  const server = await startServer({ database });
  await server.createTenant({ slug: 'bulk' });
  const found: Record<string, number> = {};
  let start = Date.now() - 10 * 86_400_000;
  for (const [series, stepMs] of [
    [20, 1_000],
    [1_000, 10_000],
  ] as const) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const body = JSON.stringify({
        query: QUERY,
        variables: { input: { series: batchOf(series, start, stepMs) } },
      });
      start += (samples / series) * stepMs;
      bytes = body.length;
      const began = performance.now();
      const response = await fetch(server.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${ADMIN_TOKEN}`,
          'x-tenant': 'bulk',
        },
        body,
      });
      const text = await response.text();
      if (!text.includes(`"accepted":${samples}`)) throw new Error(text.slice(0, 500));
      times.push(performance.now() - began);
    }
    const median = times.slice(WARM_UP).sort((a, b) => a - b)[(ROUNDS - WARM_UP) >> 1] as number;
    found[`api${series}seriesPerSecondMedian`] = Math.round((samples / median) * 1_000);
    found[`api${series}seriesBodyBytes`] = bytes;
  }
  await server.stop();
  return found;
}
