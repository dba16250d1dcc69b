import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { takeSnapshot } from '../../src/growth/kpis/index.ts';
import type { Scope } from '../../src/platform/scope.ts';
import {
  deleteMetricSeries,
  ingestMetrics,
  listAnomalies,
  listSeries,
  pointsOf,
  pruneMetrics,
  retrainSeries,
  type Series,
  scoreMetric,
  statsOf,
  updateMetricSeries,
} from '../../src/reliability/anomalies/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';
import { MINUTE, SECOND, START, send, stored, told, window } from './anomaly-kit.ts';

let database: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;

beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  tenant = await testScope(database.database, { now: new Date(START + 10 * MINUTE) });
  scope = tenant.scope;
});
afterAll(() => database.close());

const later = (minutes: number) => tenant.at(new Date(scope.now.getTime() + minutes * MINUTE));
const all = async (): Promise<Series[]> =>
  (await listSeries(scope, { first: 100 })).edges.map(({ node }) => node);
const only = async (): Promise<Series> => (await all())[0] as Series;
const found = async () => (await listAnomalies(scope, { first: 100 })).edges.map(({ node }) => node);

/** A series whose detector is the document's, trained on its window. */
async function seed(metric: string): Promise<Series> {
  await send(scope, metric, [100], { at: START - SECOND });
  const { id } = (await all()).find((series) => series.metric === metric) as Series;
  await updateMetricSeries(scope, { id, detector: 'SEED', minEffectPct: 0 });
  await send(scope, metric, window(99), { at: START });
  return (await all()).find((series) => series.metric === metric) as Series;
}

describe('the document’s detector', () => {
  test('says what the document says, and changes nothing (spec j.6)', async () => {
    await send(scope, 'latency_ms', [90], { at: START - SECOND });
    const { id } = await only();
    await updateMetricSeries(scope, { id, detector: 'SEED' });
    await send(scope, 'latency_ms', window(99).slice(1), { at: START });
    const ask = (value: number) => scoreMetric(scope, { metric: 'latency_ms', value });
    const { series: _, ...young } = await ask(80);
    expect(young).toEqual({
      ...{ ready: false, reason: 'model_not_trained', score: null, anomaly: null, zScore: null },
      ...{ robustZ: null, method: null, severity: null, expected: null, baseline: null },
    });
    await send(scope, 'latency_ms', [110], { at: START + 99 * SECOND });
    const before = await stored(scope);
    expect(await ask(108.5)).toMatchObject({ ready: true, anomaly: false, method: 'z-score+iqr' });
    const { score, zScore, ...high } = await ask(122);
    expect([score?.toFixed(3), zScore?.toFixed(3)]).toEqual(['-1.100', '3.096']);
    expect(high).toMatchObject({ anomaly: true, severity: 'WARNING', expected: 100, reason: 'SPIKE' });
    expect((await ask(120)).anomaly).toBe(false);
    expect(await stored(scope)).toEqual(before);
    expect(await statsOf(scope, id)).toMatchObject({
      training: { mean: 100, median: 100, mad: 5, lowFence: 80, highFence: 120 },
      isReady: true,
      expected: 100,
    });
  });

  test('an unknown series is refused by name', async () => {
    const asked = scoreMetric(scope, { metric: 'latency_ms', labels: { route: '/x' }, value: 1 });
    await expect(asked).rejects.toThrow('No metric series with id "latency_ms{route=/x}".');
    await expect(scoreMetric(scope, { metric: 'a b', value: 1 })).rejects.toThrow('A metric is');
  });

  test('a switched detector starts from the newest kept samples, or says that it is not ready', async () => {
    await send(scope, 'slow', window(150), { at: START - 150 * MINUTE, stepMs: MINUTE });
    await send(scope, 'fast', window(150));
    expect(await scoreMetric(scope, { metric: 'slow', value: 122, detector: 'SEED' })).toMatchObject({
      ...{ ready: true, anomaly: true, method: 'z-score+iqr' },
    });
    for (const { id } of await all()) await updateMetricSeries(scope, { id, detector: 'SEED' });
    expect((await scoreMetric(scope, { metric: 'slow', value: 100 })).ready).toBe(true);
    expect((await scoreMetric(scope, { metric: 'fast', value: 100 })).ready).toBe(false);
  });
});

describe('the hour of the week', () => {
  test('is known from five weeks of history, says so, and wakes somebody on a Sunday night', async () => {
    // START is a Friday; a Sunday night is two days ahead.
    const sunday = START + 51 * 60 * MINUTE;
    scope = tenant.at(new Date(sunday + 5 * MINUTE));
    const from = sunday - 34 * 1_440 * MINUTE;
    const values = Array.from({ length: (sunday - from) / (30 * MINUTE) }, (_, i) => {
      const at = new Date(from + i * 30 * MINUTE);
      const isOffice = at.getUTCDay() % 6 !== 0 && at.getUTCHours() >= 9 && at.getUTCHours() < 18;
      return (isOffice ? 1_000 : 150) * (1 + 0.02 * Math.sin(7 * i));
    });
    await send(scope, 'orders', values, { at: from, stepMs: 30 * MINUTE });
    const ask = async (value: number, hours = 0, inScope = scope) => {
      const at = new Date(sunday + hours * 60 * MINUTE);
      const { series: _, ...score } = await scoreMetric(inScope, { metric: 'orders', value, at });
      return score;
    };
    expect(await ask(152)).toMatchObject({ anomaly: false, baseline: 'HOUR_OF_WEEK' });
    const night = await ask(1_000);
    expect(night).toMatchObject({ anomaly: true, reason: 'UNUSUAL_HOUR', baseline: 'HOUR_OF_WEEK' });
    expect(night.expected).toBeCloseTo(150, -1);
    expect(await ask(1_000, 32)).toMatchObject({ anomaly: false, reason: 'NORMAL' });
    const stranger = Object.freeze({ ...scope, cache: (await testScope(database.database)).scope.cache });
    expect(await ask(1_000, 0, stranger)).toEqual(night);
    const { id } = await only();
    expect(await statsOf(scope, id)).toMatchObject({
      ...{ baseline: 'HOUR_OF_WEEK', week: { hoursKnown: 168, isBetter: true } },
    });
    const before = (await found()).length;
    await send(scope, 'orders', [1_000], { at: sunday });
    expect((await found()).slice(0, -before || undefined)).toMatchObject([
      { kind: 'ANOMALY', reason: 'UNUSUAL_HOUR', value: 1_000 },
    ]);
    const alert = await scope.db.row<{ title: string; message: string }>(
      `SELECT title, message FROM alert_intake WHERE tenant_id = $1 AND kind = 'FIRE' ORDER BY id DESC LIMIT 1`,
      [scope.tenantId],
    );
    expect(alert?.title).toBe('orders is unusual for this hour of the week');
    expect(alert?.message).toMatch(/about 1[45]\d(\.\d)? was expected at this hour of the week/);
  });
});

describe('incidents', () => {
  test('are told once, get worse once, and end after ten calm samples and five minutes', async () => {
    await seed('latency_ms');
    const at = START + 200 * SECOND;
    const first = await send(scope, 'latency_ms', [125, 126, 127], { at });
    expect(first.anomalyIds).toHaveLength(1);
    expect(await told(scope)).toEqual(['FIRE warning METRIC_ANOMALY latency_ms']);
    await send(later(1), 'latency_ms', [500, 500], { at: at + 10 * SECOND });
    await send(later(2), 'latency_ms', Array(9).fill(100), { at: at + 60 * SECOND });
    await send(later(3), 'latency_ms', [100], { at: at + 100 * SECOND });
    expect((await only()).alertSince).toBe(at);
    await send(later(4), 'latency_ms', [100], { at: at + 312 * SECOND });
    expect(await told(scope)).toEqual([
      'FIRE warning METRIC_ANOMALY latency_ms',
      'FIRE critical METRIC_ANOMALY latency_ms',
      'RESOLVE METRIC_ANOMALY latency_ms',
    ]);
    expect(await only()).toMatchObject({ alertSince: null, anomalies: 1, levelShifts: 0 });
    const message = await scope.db.row<{ title: string; message: string }>(
      'SELECT title, message FROM alert_intake WHERE tenant_id = $1 ORDER BY id LIMIT 1',
      [scope.tenantId],
    );
    expect(message).toEqual({
      title: 'latency_ms is unusually high',
      message:
        'latency_ms was 125 at 2026-11-20T00:03:20.000Z; about 100 was expected (score -1.25 by z-score+iqr).',
    });
    const log = await scope.events.read(scope.db, 0n, 100);
    expect(log.filter(({ type }) => type === 'ANOMALY_DETECTED').map(({ payload }) => payload)).toMatchObject(
      [
        {
          metric: 'latency_ms',
          kind: 'ANOMALY',
          severity: 'WARNING',
          value: 125,
          expected: 100,
          reason: 'SPIKE',
        },
      ],
    );
  });

  test('a move to another level is a finding of its own', async () => {
    await seed('latency_ms');
    await send(scope, 'latency_ms', Array(12).fill(140), { at: START + 200 * SECOND });
    expect((await found()).map(({ kind }) => kind)).toEqual(['LEVEL_SHIFT', 'ANOMALY']);
    expect(await told(scope)).toEqual(['FIRE warning METRIC_ANOMALY latency_ms']);
    expect(await only()).toMatchObject({ anomalies: 1, levelShifts: 1 });
  });

  test('of history are recorded, and wake nobody', async () => {
    await send(scope, 'old', [100], { at: START - 86_400_000 - SECOND });
    await updateMetricSeries(scope, { id: (await only()).id, detector: 'SEED' });
    await send(scope, 'old', [...window(100), 500], { at: START - 86_400_000 });
    expect(await found()).toMatchObject([{ kind: 'ANOMALY', value: 500 }]);
    expect(await told(scope)).toEqual([]);
  });

  test('that begin and end in one batch are told in this order', async () => {
    await seed('latency_ms');
    await send(scope, 'latency_ms', [500, ...Array(40).fill(100)], {
      at: START + 100 * SECOND,
      stepMs: 10 * SECOND,
    });
    expect(await told(scope)).toEqual([
      'FIRE critical METRIC_ANOMALY latency_ms',
      'RESOLVE METRIC_ANOMALY latency_ms',
    ]);
  });

  test('need the series’ smallest effect', async () => {
    const { id, version } = await seed('latency_ms');
    await updateMetricSeries(scope, { id, minEffectPct: 30, expectedVersion: version });
    await send(scope, 'latency_ms', [125], { at: START + 200 * SECOND });
    expect(await found()).toEqual([]);
    expect(await scoreMetric(scope, { metric: 'latency_ms', value: 125 })).toMatchObject({
      ...{ anomaly: false, reason: 'NORMAL', severity: null },
    });
    await send(scope, 'latency_ms', [131], { at: START + 201 * SECOND });
    expect(await found()).toMatchObject([{ value: 131 }]);
  });
});

describe('silence', () => {
  test('is told once however long it is, and ends with the next sample', async () => {
    await send(scope, 'heartbeat', [1], { at: START });
    const { id } = await only();
    await updateMetricSeries(scope, { id, silenceAfterSec: 900 });
    expect((await retrainSeries(later(4))).silent).toBe(0);
    expect((await retrainSeries(later(6))).silent).toBe(1);
    expect((await retrainSeries(later(60 * 24 * 30))).silent).toBe(0);
    expect(await found()).toMatchObject([{ kind: 'SILENCE', value: null, reason: 'SILENCE' }]);
    expect((await only()).isSilent).toBe(true);
    await send(later(60), 'heartbeat', [1], { at: START + 70 * MINUTE });
    expect((await only()).isSilent).toBe(false);
    expect(await told(scope)).toEqual([
      'FIRE warning METRIC_SILENCE heartbeat',
      'RESOLVE METRIC_SILENCE heartbeat',
    ]);
  });

  test('ends when nobody watches any more', async () => {
    await send(scope, 'heartbeat', [1], { at: START });
    const { id } = await only();
    await updateMetricSeries(scope, { id, silenceAfterSec: 60 });
    await retrainSeries(later(30));
    await updateMetricSeries(later(31), { id, isEnabled: false });
    expect((await only()).isSilent).toBe(false);
    expect((await told(scope)).at(-1)).toBe('RESOLVE METRIC_SILENCE heartbeat');
    expect((await retrainSeries(later(60))).silent).toBe(0);
  });
});

describe('the job', () => {
  test('refits what got samples and then none, once', async () => {
    await seed('latency_ms');
    await send(scope, 'latency_ms', [101], { at: START + 150 * SECOND });
    await send(scope, 'latency_ms', [102], { at: START + 151 * SECOND });
    expect((await retrainSeries(later(1))).retrained).toBe(0);
    expect((await retrainSeries(later(6))).retrained).toBe(1);
    expect((await retrainSeries(later(12))).retrained).toBe(0);
    expect(await statsOf(scope, (await only()).id)).toMatchObject({ trainedAt: START + 16 * MINUTE });
  });

  test('removes minutes after 35 days and anomalies after 90', async () => {
    await seed('latency_ms');
    await send(scope, 'latency_ms', [500], { at: START + 100 * SECOND });
    const pruned = (days: number) => scope.db.tx((tx) => pruneMetrics(later(days * 1_440), tx));
    expect(await pruned(34)).toBe(0);
    expect(await pruned(36)).toBe(3);
    expect(await pruned(89)).toBe(0);
    expect(await pruned(91)).toBe(1);
  });

  test('feeds each KPI snapshot once', async () => {
    const take = (asOf = scope.now) =>
      scope.db.tx((tx) => takeSnapshot(scope, tx, { cycleId: null, asOf, intervalSec: 3_600 }));
    expect((await retrainSeries(scope)).kpis).toBe(0);
    await take();
    const { kpis } = await retrainSeries(later(5));
    expect(kpis).toBeGreaterThanOrEqual(5);
    expect((await retrainSeries(later(10))).kpis).toBe(0);
    const fresh = (await testScope(database.database)).scope;
    expect((await retrainSeries(Object.freeze({ ...later(15), cache: fresh.cache }))).kpis).toBe(0);
    // Snapshots of a time when the job did not run are made up for.
    for (const hours of [1, 2, 3]) await take(new Date(scope.now.getTime() + hours * 60 * MINUTE));
    expect((await retrainSeries(later(185))).kpis).toBe(3 * kpis);
    const revenue = (await all()).find(({ metric }) => metric === 'kpi.revenue');
    expect(revenue).toMatchObject({ labels: { currency: 'USD' }, samples: 4 });
  });
});

describe('series', () => {
  test('are changed and deleted with an entry in the trail', async () => {
    const { id } = await seed('latency_ms');
    await expect(updateMetricSeries(scope, { id, expectedVersion: 7, isEnabled: false })).rejects.toThrow(
      'at version 2, not 7',
    );
    await expect(updateMetricSeries(scope, { id, silenceAfterSec: 5 })).rejects.toThrow('after 60 seconds');
    await updateMetricSeries(scope, { id, isEnabled: false });
    const { samples } = await only();
    await send(scope, 'latency_ms', [1e6], { at: START + 200 * SECOND });
    expect(await only()).toMatchObject({ samples: samples + 1, lastScore: null, anomalies: 0 });
    await deleteMetricSeries(scope, id);
    await expect(deleteMetricSeries(scope, id)).rejects.toThrow('No MetricSeries');
    expect((await stored(scope)).flat()).toEqual([]);
    await send(scope, 'latency_ms', [1], { at: START });
    expect(await only()).toMatchObject({ id, samples: 1, version: 1 });
    const trail = await scope.db.rows<{ action: string }>(
      `SELECT action FROM audit_entry WHERE tenant_id = $1 AND subject = 'latency_ms' ORDER BY id`,
      [scope.tenantId],
    );
    expect(trail.map(({ action }) => action).sort()).toEqual([
      'metric-series.delete',
      'metric-series.update',
      'metric-series.update',
    ]);
  });

  test('are listed by metric and labels, in pages', async () => {
    for (const route of ['/a', '/b', '/c']) {
      await send(scope, 'latency_ms', [1], { labels: { route, region: route === '/c' ? 'us' : 'eu' } });
    }
    await send(scope, 'errors', [1]);
    const page = await listSeries(scope, { first: 3 });
    const rest = await listSeries(scope, { first: 3, after: page.pageInfo.endCursor });
    expect([...page.edges, ...rest.edges].map(({ node }) => node.metric)).toEqual([
      ...['errors', 'latency_ms', 'latency_ms', 'latency_ms'],
    ]);
    const european = await listSeries(scope, {}, { metric: 'latency_ms', labels: { region: 'eu' } });
    expect(european.edges).toHaveLength(2);
    expect((await listSeries(scope, {}, { isAlerting: true })).edges).toEqual([]);
  });

  test('show their samples by steps', async () => {
    await send(scope, 'm', [1, 3, 5, 100], { at: START, stepMs: 20 * SECOND });
    const { id } = await only();
    const points = await pointsOf(scope, id, { from: new Date(START), to: scope.now, stepSec: 60 });
    expect(points).toMatchObject([
      { at: new Date(START), count: 3, avg: 3, min: 1, max: 5 },
      { at: new Date(START + MINUTE), count: 1, avg: 100 },
    ]);
    await expect(pointsOf(scope, id, { from: new Date(0), to: scope.now, stepSec: 60 })).rejects.toThrow(
      'at most 1000 points',
    );
  });

  test('named alike in another order of labels are one', async () => {
    await ingestMetrics(scope, {
      samples: [
        { metric: 'm', labels: { a: '1', b: '2' }, value: 1 },
        { metric: 'm', labels: { b: '2', a: '1' }, value: 2 },
      ],
    });
    expect(await all()).toMatchObject([{ samples: 2 }]);
  });
});
