import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/platform/db/database.ts';
import { createScope, type Scope } from '../../src/platform/scope.ts';
import {
  type IngestInput,
  ingestMetrics,
  listSeries,
  MAX_SERIES,
  scoreMetric,
  updateMetricSeries,
} from '../../src/reliability/anomalies/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { serviceUrl } from '../kit/process.ts';
import { type TestScope, testScope, testSource } from '../kit/scope.ts';
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

/** The same tenant on another instance: nothing of what this one knows. */
const elsewhere = (now = scope.now): Scope =>
  createScope(testSource(database.database), tenant.tenant, scope.actor, now);
const all = async () => (await listSeries(scope, { first: 100 })).edges.map(({ node }) => node);
const series = (metric: string, values: readonly unknown[], at = START) => ({
  ...{ metric, startAt: at, stepMs: SECOND, values },
});

/** A stretch of noise with a spike and a step in it, the same each time. */
function noise(n: number, seed: number): number[] {
  let state = seed;
  return Array.from({ length: n }, (_, i) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    const level = i > 600 ? 180 : 100;
    return level + (state / 2_147_483_648 - 0.5) * 10 + (i === 300 ? 400 : 0);
  });
}

describe('what cannot be taken', () => {
  test('is named in its place, and the rest is taken', async () => {
    const far = new Date(START + 16 * MINUTE).toISOString();
    const input: IngestInput = {
      samples: [
        { metric: 'ok', value: 1 },
        { metric: 'ok', value: Number.NaN },
        { metric: 'ok', value: 'Infinity' },
        { metric: 'ok', value: '1e999' },
        { metric: 'ok', value: Number.POSITIVE_INFINITY },
        { metric: 'ok', value: ' 2.5 ' },
        { metric: 'ok', value: true },
        { metric: '', value: 1 },
        { metric: `m${'x'.repeat(128)}`, value: 1 },
        { metric: 'ok', labels: ['a'], value: 1 },
        { metric: 'ok', labels: { a: 1 }, value: 1 },
        { metric: 'ok', labels: { a: 'x\u0000' }, value: 1 },
        { metric: 'ok', labels: { a: '\ud800' }, value: 1 },
        { metric: 'ok', labels: { a: 'x'.repeat(257) }, value: 1 },
        {
          metric: 'ok',
          labels: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`l${i}`, 'x'])),
          value: 1,
        },
        { metric: 'ok', at: far, value: 1 },
        { metric: 'ok', at: START - 36 * 86_400_000, value: 1 },
        { metric: 'ok', at: '2026-11-20', value: 1 },
        { metric: 'ok', at: START + 14 * MINUTE, value: 3 },
        { metric: 'ok', at: '2026-10-32T00:00:00Z', value: 1 },
        { metric: 'ok', at: '2026-11-31T00:00:00Z', value: 1 },
        { metric: 'ok', labels: { a: '\u202egnp.exe' }, value: 1 },
      ],
      series: [
        { metric: 'b d', values: [1, 2] },
        { metric: 'ok2', startAt: 'never', values: [1] },
      ],
    };
    const { accepted, refused } = await ingestMetrics(scope, input);
    expect(accepted).toBe(3);
    expect(refused.map(({ series, index, reason }) => `${series ?? '-'} ${index ?? '*'} ${reason}`)).toEqual([
      ...[1, 2, 3, 4, 6].map((i) => `- ${i} INVALID_VALUE`),
      ...[7, 8].map((i) => `- ${i} INVALID_METRIC`),
      ...[9, 10, 11, 12, 13, 14].map((i) => `- ${i} INVALID_LABELS`),
      ...['- 15 FUTURE', '- 16 TOO_OLD', '- 17 INVALID_INSTANT'],
      ...['- 19 INVALID_INSTANT', '- 20 INVALID_INSTANT', '- 21 INVALID_LABELS'],
      ...['0 * INVALID_METRIC', '1 0 INVALID_INSTANT'],
    ]);
    expect(await all()).toMatchObject([{ samples: 3, lastValue: 3 }]);
  });

  test('as a whole are calls that are too large or contradict themselves', async () => {
    const many = Array.from({ length: 10_001 }, () => 1);
    await expect(send(scope, 'm', many)).rejects.toThrow('at most 10,000 samples, not 10001');
    const uneven = { metric: 'm', at: [START], values: [1, 2] };
    await expect(ingestMetrics(scope, { series: [uneven] })).rejects.toThrow(
      'one instant per value: 2, not 1',
    );
    expect(await ingestMetrics(scope, {})).toMatchObject({ accepted: 0, series: 0 });
  });

  test('are series beyond the tenant’s bound; those that are there go on', async () => {
    await send(scope, 'first', [1]);
    await scope.db.run(
      `INSERT INTO metric_series (tenant_id, id, metric, labels, detector, created_at)
       SELECT $1, gen_random_uuid(), 'filler', '{}', 'DEFAULT', now() FROM generate_series(1, $2)`,
      [scope.tenantId, MAX_SERIES - 2],
    );
    const { accepted, refused } = await ingestMetrics(elsewhere(), {
      series: [series('last', [1, 2]), series('homeless', [1, 2]), series('first', [2], START + SECOND)],
    });
    expect(accepted).toBe(3);
    expect(refused).toEqual([0, 1].map((index) => ({ series: 1, index, reason: 'SERIES_LIMIT' })));
  });
});

describe('odd samples', () => {
  test('1e308, -0 and what is smaller than small are numbers like others', async () => {
    const odd = [1e308, -1e308, 1e308, 1e308, -0, 5e-324, 1e-310];
    await send(scope, 'odd', odd);
    await send(scope, 'odd', [...window(150), ...odd], { at: START + MINUTE });
    const [row] = await all();
    expect(row).toMatchObject({ samples: 164, lastValue: 0 });
    const [first] = await scope.db.rows<{ min: number; max: number; sum: number }>(
      'SELECT min, max, sum FROM metric_rollup WHERE tenant_id = $1 ORDER BY minute',
      [scope.tenantId],
    );
    expect(first).toMatchObject({ min: -1e308, max: 1e308 });
    expect(Number.isFinite(first?.sum)).toBe(true);
    await updateMetricSeries(scope, { id: row?.id as string, detector: 'SEED' });
    expect(Number.isFinite((await scoreMetric(scope, { metric: 'odd', value: 1e308 })).score ?? 0)).toBe(
      true,
    );
  });

  test('late ones are counted and kept, and not shown to the detector', async () => {
    await send(scope, 'm', window(120), { at: START + MINUTE });
    const before = await scoreMetric(scope, { metric: 'm', value: 130 });
    const late = await send(scope, 'm', [9e9, 9e9], { at: START });
    expect(late).toMatchObject({ accepted: 2, outOfOrder: 2 });
    expect(await all()).toMatchObject([{ samples: 122, outOfOrder: 2, lastValue: 110 }]);
    const { series: _a, ...asked } = await scoreMetric(scope, { metric: 'm', value: 130 });
    const { series: _b, ...known } = before;
    expect(asked).toEqual(known);
    // The same instant again is not late, and a clock that is ahead by a minute is no fault.
    const ahead = START + 11 * MINUTE;
    expect((await send(scope, 'm', [100, 101], { at: ahead, stepMs: 0 })).outOfOrder).toBe(0);
    expect((await send(scope, 'm', [100], { at: ahead - SECOND })).outOfOrder).toBe(1);
  });

  test('in any order within a call come out as if they had been sorted', async () => {
    const values = noise(400, 7);
    const order = values.map((_, i) => (i * 179) % 400);
    await send(scope, 'sorted', values);
    await ingestMetrics(scope, {
      series: [
        { metric: 'mixed', at: order.map((i) => START + i * SECOND), values: order.map((i) => values[i]) },
      ],
    });
    const [mixed, sorted] = (await all()).map(({ id: _, metric: __, createdAt: ___, ...rest }) => rest);
    expect(mixed).toEqual({ ...sorted, tailBytes: mixed?.tailBytes });
    expect(mixed?.outOfOrder).toBe(0);
  });
});

describe('one answer, however it is come by', () => {
  test('one call, many calls, and calls to instances that know nothing leave the same', async () => {
    const values = noise(1_000, 3);
    const shapes: [string, number, boolean][] = [
      ['once', 1_000, false],
      ['hot', 19, false],
      ['cold', 47, true],
    ];
    const found = [];
    for (const [name, size, isCold] of shapes) {
      const own = await testScope(database.database, { now: scope.now });
      const cold = () => createScope(testSource(database.database), own.tenant, scope.actor, scope.now);
      for (let i = 0; i < values.length; i += size) {
        await send(isCold ? cold() : own.scope, 'm', values.slice(i, i + size), {
          at: START - 10 * MINUTE + i * SECOND,
        });
      }
      const { series: row, ...score } = await scoreMetric(isCold ? cold() : own.scope, {
        metric: 'm',
        value: 250,
      });
      const { id: _, tailBytes: __, trainedAt: ___, trainedSamples: ____, ...rest } = row;
      found.push({ name: '', score, rest });
      expect(row.samples, name).toBe(1_000);
    }
    expect(found[1]).toEqual(found[0]);
    expect(found[2]).toEqual(found[0]);
    expect(found[0]?.rest.anomalies).toBeGreaterThan(0);
  });

  test('a call with a key counts once, and says the same again', async () => {
    const first = await send(scope, 'm', window(50), { key: 'a' });
    expect(await send(elsewhere(), 'm', window(50), { key: 'a' })).toEqual(first);
    expect(await all()).toMatchObject([{ samples: 50 }]);
    await expect(send(scope, 'm', window(51), { key: 'a' })).rejects.toThrow('used for another request');
    await expect(send(scope, 'm', window(10_001), { key: 'b' })).rejects.toThrow('at most 10,000');
    expect(await send(scope, 'm', [1], { key: 'b', at: START + MINUTE })).toMatchObject({ accepted: 1 });
  });

  test('10,000 samples of 100 known series are three or four statements', async () => {
    const batch = (at: number) => ({
      series: Array.from({ length: 100 }, (_, i) => series(`m${i}`, window(100), at)),
    });
    await ingestMetrics(scope, batch(START));
    const before = scope.db.statements;
    expect((await ingestMetrics(scope, batch(START + 100 * SECOND))).accepted).toBe(10_000);
    expect(scope.db.statements - before).toBeLessThanOrEqual(4);
  });

  test('nothing is kept of a call that fails half-way, not even in memory', async () => {
    await send(scope, 'm', window(150));
    const before = await stored(scope);
    const failing = Object.freeze({
      ...scope,
      events: { ...scope.events, append: () => Promise.reject(new Error('the log is away')) },
    });
    const spike = { at: START + 200 * SECOND, key: 'spike' };
    await updateMetricSeries(scope, { id: (await all())[0]?.id as string, detector: 'SEED' });
    await send(scope, 'm', window(150), { at: START + 150 * SECOND });
    const middle = await stored(scope);
    expect(middle).not.toEqual(before);
    await expect(send(failing, 'm', [900], { ...spike, at: START + 400 * SECOND })).rejects.toThrow('away');
    expect(await stored(scope)).toEqual(middle);
    const { series: _a, ...here } = await scoreMetric(scope, { metric: 'm', value: 115 });
    const { series: _b, ...there } = await scoreMetric(elsewhere(), { metric: 'm', value: 115 });
    expect(here).toEqual(there);
    const again = await send(scope, 'm', [900], { ...spike, at: START + 400 * SECOND });
    expect(again.anomalyIds).toHaveLength(1);
    expect(await told(scope)).toHaveLength(1);
  });

  test('a series that was deleted elsewhere is made anew', async () => {
    await send(scope, 'm', window(10));
    await scope.db.run('DELETE FROM metric_series WHERE tenant_id = $1', [scope.tenantId]);
    expect(await send(scope, 'm', [1], { at: START + MINUTE })).toMatchObject({ accepted: 1 });
    expect(await all()).toMatchObject([{ samples: 1 }]);
  });
});

describe.skipIf(serviceUrl('DATABASE_URL') === undefined)('on a server (needs DATABASE_URL)', () => {
  test('two instances at once say what one after the other would', async () => {
    const instances = [elsewhere(), elsewhere(), elsewhere()];
    const metrics = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        ingestMetrics(instances[i % 3] as Scope, {
          // Every call names the series in another order, some of them for the first time.
          series: metrics.map((_m, k) =>
            series(metrics[(k * 2 + i) % 5] as string, [100], START + i * SECOND),
          ),
          idempotencyKey: `call ${i % 20}`,
        }).catch((error: { code?: string }) => expect(error.code).toBe('IDEMPOTENCY_KEY_REUSED')),
      ),
    );
    expect((await all()).map(({ samples }) => samples)).toEqual([20, 20, 20, 20, 20]);
    const one = await scoreMetric(instances[0] as Scope, { metric: 'a', value: 5 });
    const other = await scoreMetric(elsewhere(), { metric: 'a', value: 5 });
    expect({ ...one, series: null }).toEqual({ ...other, series: null });
  });

  test('a connection that is cut in the middle leaves nothing, and the retry counts once', async () => {
    await send(scope, 'm', window(120));
    const before = await stored(scope);
    const cut = openDatabase({ ...database.connection, max: 1 }, () => {});
    const victim = createScope(testSource(cut), tenant.tenant, scope.actor, scope.now);
    const [backend] = await victim.db.rows<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const dying = Object.freeze({
      ...victim,
      events: {
        ...victim.events,
        append: async () => {
          await database.database.executeSql('SELECT 1');
          await killBackend(backend?.pid ?? 0);
        },
      },
    });
    await updateMetricSeries(scope, {
      id: (await all())[0]?.id as string,
      detector: 'SEED',
      minEffectPct: 0,
    });
    await send(scope, 'm', window(120), { at: START + 120 * SECOND });
    const middle = await stored(scope);
    expect(middle).not.toEqual(before);
    const spike = { at: START + 300 * SECOND, key: 'spike' };
    await expect(send(dying, 'm', [900], spike)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await stored(scope)).toEqual(middle);
    expect((await send(scope, 'm', [900], spike)).accepted).toBe(1);
    expect((await send(victim, 'm', [900], spike)).accepted).toBe(1);
    expect(await all()).toMatchObject([{ samples: 241 }]);
    await cut.close();
  });

  test('a database that cannot be reached is said so, at once', async () => {
    const nowhere = openDatabase({ host: '127.0.0.1', port: 1, user: 'x', database: 'x' }, () => {});
    const lost = createScope(testSource(nowhere), tenant.tenant, scope.actor, scope.now);
    await expect(send(lost, 'm', [1])).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await nowhere.close();
  });
});

async function killBackend(pid: number): Promise<void> {
  const { default: pg } = await import('pg');
  const owner = new pg.Client(String(database.connection.connectionString));
  await owner.connect();
  await owner.query('SELECT pg_terminate_backend($1)', [pid]);
  await owner.end();
}
