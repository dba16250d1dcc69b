import pg from 'pg';
import { createScope, type Scope } from '../src/platform/scope.ts';
import {
  type ColumnInput,
  createDetector,
  type DetectorKind,
  ingestMetrics,
  restoreDetector,
} from '../src/reliability/anomalies/index.ts';
import { type OpenTestDatabase, testDatabase } from '../tests/kit/database.ts';
import { testScope, testSource } from '../tests/kit/scope.ts';
import { type Bulk, fillSeries } from './anomaly/fill.ts';
import { sendBulk } from './anomaly/send.ts';

const SERVER = process.env.DATABASE_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const SAMPLES = 10_000;
const ROUNDS = 15;
const WARM_UP = 3;
const NOW = new Date('2026-11-20T12:00:00Z');

/** Samples through the verb and the API beside a bare INSERT of the same, and what a detector costs by itself. */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const database = await testDatabase(SERVER);
  try {
    const few = await measure(database, 20, 1_000);
    const many = await measure(database, 1_000, 10_000);
    const api = await sendBulk(database, SAMPLES, batchOf);
    const bulk = await fillSeries(database);
    return {
      name: `anomaly: batches of ${SAMPLES.toLocaleString('en')} samples on Postgres, one process`,
      figures: {
        ...figures('20series', few),
        ...figures('1000series', many),
        ...api,
        ...detectorFigures('DEFAULT'),
        ...detectorFigures('SEED'),
        ...bulkFigures(bulk),
      },
      goal: 'at least 100,000 samples/s in bulk, 50 µs a sample and 16 KiB a series at most',
    };
  } finally {
    await database.close();
  }
}

interface Measured {
  hot: number[];
  cold: number[];
  bare: number[];
  cpu: number[];
  statements: number;
}

/** The next batch of a number of series, from `start` on. */
function batchOf(series: number, start: number, stepMs: number): ColumnInput[] {
  const each = SAMPLES / series;
  return Array.from({ length: series }, (_, s) => ({
    metric: 'latency_ms',
    labels: { route: `/${series}/${s}` },
    at: Array.from({ length: each }, (_u, i) => start + i * stepMs),
    values: Array.from({ length: each }, () => 100 + 10 * Math.random() + 10 * Math.random()),
  }));
}

/** Hot: the process knows the detectors. Cold: it has to read and restore each of them first. Alternating with the bare INSERT. */
async function measure(
  { database, connection }: OpenTestDatabase,
  series: number,
  stepMs: number,
): Promise<Measured> {
  const { scope, tenant } = await testScope(database, { now: NOW });
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(
    'CREATE TABLE IF NOT EXISTS bare_sample (tenant_id uuid, series_id uuid, at timestamptz, value float8)',
  );
  const measured: Measured = { hot: [], cold: [], bare: [], cpu: [], statements: 0 };
  let start = NOW.getTime() - 20 * 86_400_000;
  const next = () => {
    const batch = batchOf(series, start, stepMs);
    start += (SAMPLES / series) * stepMs;
    return batch;
  };
  for (let round = 0; round < ROUNDS; round++) {
    const cpu = process.cpuUsage();
    const sent = scope.db.statements;
    measured.hot.push(await timed(next(), (batch) => ingestMetrics(scope, { series: batch })));
    const { user, system } = process.cpuUsage(cpu);
    measured.cpu.push((user + system) / 1_000);
    measured.statements = scope.db.statements - sent;
    measured.bare.push(await timed(next(), (batch) => insertBare(client, scope, batch)));
    if (round % 3 !== 2) continue;
    const cold = createScope(testSource(database), tenant, scope.actor, NOW);
    measured.cold.push(await timed(next(), (batch) => ingestMetrics(cold, { series: batch })));
    // What the other process wrote has to be learned again before the next hot round counts.
    await ingestMetrics(scope, { series: next() });
  }
  await client.end();
  return measured;
}

/** The least that keeps the samples: one statement, no key, no index, no policy. */
async function insertBare(client: pg.Client, scope: Scope, batch: readonly ColumnInput[]): Promise<void> {
  const of = <T>(pick: (column: ColumnInput) => readonly T[]) => batch.flatMap(pick);
  await client.query({
    name: 'bare',
    text: `INSERT INTO bare_sample SELECT $1, n.id, to_timestamp(n.at / 1000), n.value
      FROM unnest($2::uuid[], $3::float8[], $4::float8[]) AS n (id, at, value)`,
    values: [
      scope.tenantId,
      of(({ values }) => values.map(() => scope.tenantId)),
      of(({ at }) => at ?? []),
      of(({ values }) => values),
    ],
  });
}

async function timed(
  batch: ColumnInput[],
  work: (batch: ColumnInput[]) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  await work(batch);
  return performance.now() - started;
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]): number => sorted(values)[values.length >> 1] ?? Number.NaN;
const perSecond = (ms: number): number => Math.round((SAMPLES / ms) * 1_000);

function figures(name: string, { hot, cold, bare, cpu, statements }: Measured): Record<string, number> {
  const warm = hot.slice(WARM_UP);
  return {
    [`${name}PerSecondMedian`]: perSecond(median(warm)),
    [`${name}PerSecondBest`]: perSecond(Math.min(...warm)),
    [`${name}ColdPerSecondMedian`]: perSecond(median(cold)),
    [`${name}BareInsertPerSecondMedian`]: perSecond(median(bare.slice(WARM_UP))),
    [`${name}TimesBareInsert`]: Number((median(warm) / median(bare.slice(WARM_UP))).toFixed(2)),
    [`${name}ProcessCpuMs`]: Math.round(median(cpu.slice(WARM_UP))),
    [`${name}Statements`]: statements,
  };
}

/** A detector by itself: observing, scoring, storing and coming back. */
function detectorFigures(kind: DetectorKind): Record<string, number> {
  const detector = createDetector(kind);
  const values = Array.from({ length: 200_000 }, () => 100 + 10 * Math.random() + 10 * Math.random());
  const micros = (times: number, work: (i: number) => unknown): number => {
    for (let i = 0; i < times / 10; i++) work(i);
    const started = performance.now();
    for (let i = times / 10; i < times; i++) work(i);
    return Number((((performance.now() - started) / (times * 0.9)) * 1_000).toFixed(2));
  };
  const observeMicros = micros(values.length, (i) => detector.observe(i * 1_000, values[i] as number));
  const scoreMicros = micros(20_000, (i) => detector.score(1e9 + i, values[i] as number));
  const bytes = detector.serialise();
  const restoreMicros = micros(2_000, () => restoreDetector(bytes).serialise());
  const name = kind.toLowerCase();
  return {
    [`${name}ObserveMicros`]: observeMicros,
    [`${name}ScoreMicros`]: scoreMicros,
    [`${name}RestoreAndStoreMicros`]: restoreMicros,
    [`${name}StateBytes`]: bytes.byteLength,
    [`${name}HeapBytesPerSeries`]: heapPerDetector(kind),
  };
}

function heapPerDetector(kind: DetectorKind): number {
  const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const before = used();
  const all = Array.from({ length: 2_000 }, () => createDetector(kind));
  const each = Math.round((used() - before) / all.length);
  return all.length === 0 ? 0 : each;
}

function bulkFigures({
  series,
  stateBytes,
  seriesBytes,
  batchMs,
  retrainMs,
  retrained,
}: Bulk): Record<string, number> {
  return {
    storedSeries: series,
    storedStateMiB: Math.round(stateBytes / 2 ** 20),
    storedSeriesMiB: Math.round(seriesBytes / 2 ** 20),
    storedBytesPerSeries: Math.round((stateBytes + seriesBytes) / series),
    batchAmongThemPerSecond: perSecond(batchMs),
    retrainedSeries: retrained,
    retrainMs: Math.round(retrainMs),
  };
}
