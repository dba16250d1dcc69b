import pg from 'pg';
import { ingestMetrics, retrainSeries } from '../../src/reliability/anomalies/index.ts';
import type { OpenTestDatabase } from '../../tests/kit/database.ts';
import { testScope } from '../../tests/kit/scope.ts';

/** ANOMALY_SERIES=10000 makes a quick look of it. */
const SERIES = Number(process.env.ANOMALY_SERIES ?? 100_000);
const TENANTS = 10;
const NOW = new Date('2026-11-20T12:00:00Z');

/** A database full of series. */
export interface Bulk {
  readonly series: number;
  /** Of series_state with its index and toast. */
  readonly stateBytes: number;
  /** Of metric_series with its indexes. */
  readonly seriesBytes: number;
  /** A batch of 10,000 samples over 1,000 of them, read and restored first; the median of five. */
  readonly batchMs: number;
  /** One run of the job over a tenant whose series are all due: read, restore, refit, save. */
  readonly retrainMs: number;
  readonly retrained: number;
}

/** Fills the tables with trained series (copies of a real one) and sends batches to some of them. */
export async function fillSeries({ database, connection }: OpenTestDatabase): Promise<Bulk> {
  const owner = new pg.Client(connection);
  await owner.connect();
  await owner.query('TRUNCATE metric_series, series_state, metric_rollup, anomaly');
  const each = SERIES / TENANTS;
  let last = await testScope(database, { now: NOW });
  for (let t = 0; t < TENANTS; t++) {
    last = await testScope(database, { now: NOW });
    const { scope } = last;
    const values = Array.from({ length: 700 }, () => 100 + 10 * Math.random());
    await ingestMetrics(scope, {
      series: [{ metric: 'm', startAt: NOW.getTime() - 86_400_000, stepMs: 1_000, values }],
    });
    // The copies have ids of their own; only their number and their bytes matter here.
    await owner.query(
      `WITH made AS (
         INSERT INTO metric_series (tenant_id, id, metric, labels, detector, samples, first_at, last_at, last_value,
           trained_at, tail, created_at)
         SELECT s.tenant_id, gen_random_uuid(), 'filler', jsonb_build_object('route', '/' || n), s.detector, s.samples,
           s.first_at, s.last_at, s.last_value, s.trained_at, convert_to(repeat('x', 512), 'UTF8'), s.created_at
         FROM metric_series s, generate_series(1, $2::int) n WHERE s.tenant_id = $1 RETURNING tenant_id, id)
       INSERT INTO series_state SELECT m.tenant_id, m.id, d.state FROM made m
         JOIN series_state d ON d.tenant_id = m.tenant_id`,
      [scope.tenantId, each - 1],
    );
  }
  const { rows } = await owner.query<{ state: string; series: string; n: string }>(
    `SELECT pg_total_relation_size('series_state') AS state, pg_total_relation_size('metric_series') AS series,
       (SELECT count(*) FROM metric_series) AS n`,
  );
  const batch = (round: number) => ({
    series: Array.from({ length: 1_000 }, (_, s) => ({
      metric: 'm',
      labels: { s: `${s}` },
      startAt: NOW.getTime() - 3_600_000 + round * 100_000,
      stepMs: 10_000,
      values: Array.from({ length: 10 }, () => 100 + 10 * Math.random()),
    })),
  });
  const times: number[] = [];
  for (let round = 0; round < 6; round++) {
    const started = performance.now();
    await ingestMetrics(last.scope, batch(round));
    if (round > 0) times.push(performance.now() - started);
  }
  await owner.end();
  const began = performance.now();
  const { retrained } = await retrainSeries(last.at(new Date(NOW.getTime() + 600_000)));
  const retrainMs = performance.now() - began;
  const [sizes] = rows;
  return {
    ...{ retrainMs, retrained },
    series: Number(sizes?.n),
    stateBytes: Number(sizes?.state),
    seriesBytes: Number(sizes?.series),
    batchMs: times.sort((a, b) => a - b)[2] ?? Number.NaN,
  };
}
