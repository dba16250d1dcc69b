import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/log/logger.ts';
import type { Scope } from '../../src/platform/scope.ts';
import {
  builtInId,
  countSamples,
  createSliCounter,
  deleteObjective,
  painOf,
  pruneSli,
  requestP95,
  setObjective,
  sloReport,
  watchSlos,
} from '../../src/reliability/slo/index.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { type TestScope, testScope } from '../kit/scope.ts';

const NOON = new Date('2026-11-20T12:00:00Z');
const log = createLogger('silent', false);

let database: OpenTestDatabase;
let tenant: TestScope;
let scope: Scope;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  tenant = await testScope(database.database, { now: NOON });
  scope = tenant.scope;
});
afterAll(() => database.close());

const minute = (minutes: number) => new Date(NOON.getTime() + minutes * 60_000);
/** Buckets of a built-in objective: [minute, bad, total]. */
const fill = (key: Parameters<typeof builtInId>[1], ...buckets: [number, number, number][]) =>
  scope.db.run(
    `INSERT INTO sli_bucket (tenant_id, objective_id, minute, good, bad)
     SELECT $1, $2, m, t - b, b FROM unnest($3::timestamptz[], $4::int8[], $5::int8[]) AS n (m, b, t)`,
    [
      ...[scope.tenantId, builtInId(scope.tenantId, key), buckets.map(([at]) => minute(at))],
      ...[buckets.map(([, bad]) => bad), buckets.map(([, , total]) => total)],
    ],
  );
const told = async () => {
  const rows = await scope.db.rows<Record<string, unknown>>(
    `SELECT kind, level, type, component, message, opens_incident AS opens FROM alert_intake
     WHERE tenant_id = $1 ORDER BY at, type, message`,
    [scope.tenantId],
  );
  return rows.map(({ kind, level, type, component, message, opens }) =>
    [kind, level, type, component, opens ? 'opens' : '', message].join('|'),
  );
};
const stateOf = async (key: Parameters<typeof builtInId>[1], at = scope) => {
  const report = (await sloReport(at)).find(
    ({ objective }) => objective.id === builtInId(scope.tenantId, key),
  );
  return report as NonNullable<typeof report>;
};
const P99 = 'SLO breach: P99 > 200ms for 10 minutes';

test('two failing checks are a breach, a clean one ends it, and each is told once', async () => {
  await fill('request-latency', [-300, 0, 9_000], [1, 5, 200], [6, 5, 200], [11, 0, 200]);
  expect(await watchSlos(tenant.at(minute(5)))).toEqual({ checked: 5, breached: 0, burning: 0 });
  expect((await stateOf('request-latency')).objective).toMatchObject({ status: 'FAILING', failingChecks: 1 });
  expect(await told()).toEqual([]);
  expect(await watchSlos(tenant.at(minute(10)))).toEqual({ checked: 5, breached: 1, burning: 0 });
  // The same instant again, as a job that was retried.
  expect(await watchSlos(tenant.at(minute(10)))).toMatchObject({ breached: 0 });
  expect((await stateOf('request-latency')).objective).toMatchObject({
    ...{ status: 'BREACHED', failingChecks: 2, breachedAt: minute(10) },
  });
  await watchSlos(tenant.at(minute(15)));
  expect((await stateOf('request-latency')).objective).toMatchObject({ status: 'OK', breachedAt: null });
  expect(await told()).toEqual([
    `FIRE|critical|SLO_BREACH|api|opens|${P99}`,
    'RESOLVE|info|SLO_BREACH|api||Requests: P99 latency is kept again',
  ]);
  const events = await scope.events.read(scope.db, 0n, 100);
  const changes = events.filter(({ type }) => type === 'SLO_CHANGED').map(({ payload }) => payload);
  expect(changes).toMatchObject([
    { status: 'FAILING' },
    { status: 'BREACHED', message: P99 },
    { status: 'OK' },
  ]);
});

test('the acceptance numbers of the burn rates: 16× over 1 h and 15.6× over 5 min page; 5 clean minutes do not', async () => {
  await fill('request-availability', [-50, 146, 9_100], [-2, 14, 900]);
  expect(await watchSlos(scope)).toMatchObject({ burning: 1 });
  const { windows, pairs, objective } = await stateOf('request-availability');
  expect(windows.map(({ minutes, burnRate }) => [minutes, burnRate])).toContainEqual([60, 16]);
  expect(windows[0]).toMatchObject({ minutes: 5, good: 886, bad: 14, burnRate: 15.555555556 });
  expect(pairs[0]).toMatchObject({ isFiring: true, reason: null });
  expect(objective.burnAlert).toBe('PAGE');
  expect(await told()).toEqual([
    'FIRE|critical|SLO_BURN|api|opens|Requests: availability: the error budget burns 16.0× too fast over 1 h and 15.6× over 5 min (limit 14.4×)',
  ]);
  // Six minutes later the short window is clean: 6 h and 30 min still page, at a lower rate.
  expect(await watchSlos(tenant.at(minute(40)))).toMatchObject({ burning: 1 });
  expect(await told()).toHaveLength(2);
});

test('the budget of 30 days, and what low traffic cannot say', async () => {
  await fill('request-errors', [-40_000, 10, 1_000], [-10_000, 2, 3_000], [-3, 8, 50], [1, 900, 900]);
  const { total, bad, budget, budgetLeft, verdict, pairs } = await stateOf('request-errors');
  // What is after `now` has not happened yet.
  expect({ total, bad, budget, budgetLeft, verdict }).toEqual({
    ...{ total: 4_050, bad: 20, budget: 20.25, budgetLeft: 0.012346, verdict: 'LOW_TRAFFIC' },
  });
  expect(pairs[0]).toMatchObject({ longBurn: 32, shortBurn: 32, isFiring: false, reason: 'LOW_TRAFFIC' });
  expect(await painOf(scope, scope.db, 'api')).toEqual({
    ...{ objective: 'Requests: error rate', events: 50, badShare: 0.16, burnRate: 32 },
  });
});

test('answers of two instances in the same minute add up, and make a p95', async () => {
  const instance = () =>
    createSliCounter({
      ...{ log, registry: new Registry(), clock: () => minute(-1), flushMs: 3_600_000 },
      dbFor: (tenantId) => database.database.forTenant(tenantId),
    });
  const [a, b] = [instance(), instance()];
  for (let i = 0; i < 100; i++) {
    a.onAnswer(scope.tenantId, { ms: i < 90 ? 20 : 199.9, isError: i === 0 });
    b.onAnswer(scope.tenantId, { ms: i < 4 ? 200 : 30, isError: false });
  }
  await Promise.all([a.flush(), b.flush()]);
  a.onAnswer(scope.tenantId, { ms: 20, isError: false });
  // Who waited on purpose was not slow, but may well have failed.
  a.onAnswer(scope.tenantId, { ms: null, isError: false });
  a.onAnswer(scope.tenantId, { ms: null, isError: true });
  await Promise.all([a.stop(), b.stop()]);
  expect(await stateOf('request-latency')).toMatchObject({ total: 201, bad: 4 });
  expect(await stateOf('request-errors')).toMatchObject({ total: 203, bad: 2 });
  expect(await stateOf('request-availability')).toMatchObject({ total: 203, bad: 2 });
  // 10 + 4 of 201 are slower than 150 ms: the 191st is one of them.
  const p95 = await requestP95(scope.db, scope.tenantId, NOON, 5);
  expect(p95).toBeGreaterThan(150);
  expect(p95).toBeLessThanOrEqual(200);
});

test('while the database is away counts are kept, then dropped from the oldest on, and the metric says so', async () => {
  const registry = new Registry();
  let now = minute(-10);
  let isAway = true;
  const counter = createSliCounter({
    ...{ log, registry, clock: () => now, flushMs: 3_600_000, maxCells: 3 },
    dbFor: (tenantId) => {
      if (isAway) throw new Error('gone');
      return database.database.forTenant(tenantId);
    },
  });
  for (let i = 0; i < 5; i++) {
    now = minute(-10 + i);
    for (let n = 0; n <= i; n++) counter.onAnswer(scope.tenantId, { ms: 1, isError: false });
    await counter.flush();
  }
  isAway = false;
  await counter.stop();
  // Minutes with 1 and 2 answers are lost; those with 3, 4 and 5 are written.
  expect(await stateOf('request-errors')).toMatchObject({ total: 12, bad: 0 });
  expect((await registry.getSingleMetric('sli_events_dropped_total')?.get())?.values).toMatchObject([
    { value: 3 },
  ]);
});

test('an own objective counts the samples that are about it, and changes only as it may', async () => {
  const slo = await setObjective(scope, {
    ...{ name: 'Checkout', metric: 'checkout_ms', labels: { region: 'EU' }, threshold: 300, target: 0.9 },
  });
  const sample = (value: number, labels: Record<string, string> = { region: 'EU', pod: 'x' }) => ({
    ...{ metric: 'checkout_ms', labels, at: minute(-1), value },
  });
  await scope.db.tx((tx) =>
    countSamples(scope, tx, [
      ...Array.from({ length: 100 }, () => sample(299)),
      ...Array.from({ length: 20 }, () => sample(300)),
      ...[sample(999, { region: 'US' }), { ...sample(999), metric: 'other' }],
    ]),
  );
  const reportOf = async () => (await sloReport(scope)).find(({ objective }) => objective.id === slo.id);
  expect(await reportOf()).toMatchObject({ total: 120, bad: 20, verdict: 'FAILING' });
  await watchSlos(scope);
  await scope.db.run('UPDATE sli_bucket SET minute = $2 WHERE tenant_id = $1', [scope.tenantId, minute(4)]);
  await watchSlos(tenant.at(minute(5)));
  expect((await told()).filter((line) => line.includes('SLO_BREACH'))).toEqual([
    'FIRE|critical|SLO_BREACH|checkout_ms|opens|SLO breach: Checkout: P90 > 300ms for 10 minutes',
  ]);
  await expect(setObjective(scope, { id: slo.id, target: 0.95, expectedVersion: 7 })).rejects.toMatchObject({
    code: 'VERSION_CONFLICT',
  });
  await expect(setObjective(scope, { name: 'x', metric: 'm', threshold: Number.NaN })).rejects.toMatchObject({
    field: 'threshold',
  });
  const builtIn = builtInId(scope.tenantId, 'request-latency');
  await expect(setObjective(scope, { id: builtIn, threshold: 1 })).rejects.toMatchObject({
    field: 'threshold',
  });
  await expect(deleteObjective(scope, builtIn)).rejects.toMatchObject({ code: 'INVALID_TRANSITION' });
  expect(await setObjective(scope, { id: builtIn, target: 0.95 })).toMatchObject({
    target: 0.95,
    version: 2,
  });
  await deleteObjective(scope, slo.id);
  expect(await reportOf()).toBeUndefined();
  expect(await told()).toContain('RESOLVE|info|SLO_BREACH|checkout_ms||');
  await scope.db.tx((tx) => countSamples(scope, tx, [sample(1)]));
  const audit = await scope.db.rows<{ action: string }>(
    `SELECT action FROM audit_entry WHERE tenant_id = $1 AND action LIKE 'slo-%' ORDER BY id`,
    [scope.tenantId],
  );
  expect(audit.map(({ action }) => action).toSorted()).toEqual([
    ...['slo-objective.change', 'slo-objective.create', 'slo-objective.delete'],
  ]);
});

test('phases of the cycle count in the minute in which they ended, however often they are looked at', async () => {
  const [cycle] = await scope.db.rows<{ id: string }>(
    `INSERT INTO cycle (tenant_id, id, as_of, trigger, status, owner, is_dry_run, started_at)
     VALUES ($1, gen_random_uuid(), $2, 'MANUAL', 'RUNNING', 'test', false, $2) RETURNING id`,
    [scope.tenantId, minute(-4)],
  );
  await scope.db.run(
    `INSERT INTO cycle_phase (tenant_id, cycle_id, name, position, status, attempts, started_at, finished_at)
     SELECT $1, $2, p.name, 1, p.status, 1, $3::timestamptz, $3::timestamptz + p.took::interval
     FROM (VALUES ('A', 'COMPLETED', '5 s'), ('B', 'FAILED', '1 s'), ('C', 'COMPLETED', '4 s'), ('D', 'SKIPPED', '9 s'))
       AS p (name, status, took)`,
    [scope.tenantId, cycle?.id, minute(-4)],
  );
  await watchSlos(scope);
  await watchSlos(tenant.at(minute(5)));
  expect(await stateOf('phase-errors')).toMatchObject({ total: 3, bad: 1, verdict: 'LOW_TRAFFIC' });
  expect(await stateOf('phase-latency')).toMatchObject({ total: 3, bad: 1 });
});

test('a constant number of statements, nothing kept beyond 32 days', async () => {
  const handle = tenant.at(minute(5));
  await watchSlos(handle);
  expect(handle.db.statements).toBeLessThanOrEqual(11);
  await fill('request-errors', [-33 * 1_440, 1, 1], [-31 * 1_440, 1, 1]);
  expect(await scope.db.tx((tx) => pruneSli(scope, tx))).toBe(1);
});
