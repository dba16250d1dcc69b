import { afterAll, beforeAll, expect, test } from 'vitest';
import { createCycleRunner, findCycle, listCycles, PHASES, phasesOf } from '../../src/engine/index.ts';
import type { LoggedEvent } from '../../src/platform/events/types.ts';
import type { Scope } from '../../src/platform/scope.ts';
import { type OpenTestDatabase, testDatabase } from '../kit/database.ts';
import { testScope } from '../kit/scope.ts';
import { chainOf, putOffer, putOpportunity } from './invariants-kit.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
let db: OpenTestDatabase;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

const runner = (owner = 'test-1', clock = () => NOW) =>
  createCycleRunner({ owner, clock, backoffMs: [1, 1] });
const events = (scope: Scope): Promise<LoggedEvent[]> => scope.events.read(scope.db, 0n, 1000);

test('a cycle runs every phase in order, counts itself and leaves a gapless log', async () => {
  const { scope } = await testScope(db.database, { now: NOW });
  const { cycle, alreadyRunning } = await runner().execute(scope, { trigger: 'MANUAL' });
  expect(alreadyRunning).toBe(false);
  expect(cycle.status).toBe('COMPLETED');
  const [phases] = await phasesOf(scope, [cycle.id]);
  expect(phases?.map((phase) => [phase.name, phase.status])).toEqual(
    PHASES.map((phase) => [phase.name, 'COMPLETED']),
  );
  expect(Math.max(...(phases ?? []).map((phase) => phase.statements))).toBeLessThanOrEqual(25);
  const log = await events(scope);
  expect(log.map((event) => event.seq)).toEqual(log.map((_event, i) => BigInt(i + 1)));
  expect(log.map((event) => event.type)).toEqual([
    'CYCLE_STARTED',
    ...PHASES.flatMap(() => ['PHASE_STARTED', 'PHASE_COMPLETED']),
    'CYCLE_COMPLETED',
  ]);
  const counters = await scope.db.row('SELECT cycles, failed_phases FROM engine_counters');
  expect(counters).toEqual({ cycles: 1n, failed_phases: 0n });
});

test('cycles move forward in time, and never ahead of the clock', async () => {
  const { scope } = await testScope(db.database, { now: NOW });
  const past = new Date('2026-11-20T10:00:00Z');
  await runner().execute(scope, { trigger: 'MANUAL', asOf: past });
  await expect(runner().execute(scope, { trigger: 'MANUAL', asOf: past })).rejects.toMatchObject({
    field: 'asOf',
  });
  const ahead = new Date('2026-11-20T12:00:01Z');
  await expect(runner().execute(scope, { trigger: 'MANUAL', asOf: ahead })).rejects.toMatchObject({
    field: 'asOf',
  });
  const { cycle } = await runner().execute(scope, { trigger: 'MANUAL' });
  expect(cycle.asOf).toEqual(NOW);
  const { edges } = await listCycles(scope, {}, { first: 10 });
  expect(edges).toHaveLength(2);
});

test('a refused cycle leaves no claim behind', async () => {
  const { scope } = await testScope(db.database, { now: NOW });
  await runner().execute(scope, { trigger: 'MANUAL' });
  await expect(runner().execute(scope, { trigger: 'MANUAL' })).rejects.toMatchObject({ field: 'asOf' });
  expect(await scope.db.rows('SELECT * FROM cycle_claim WHERE tenant_id = $1', [scope.tenantId])).toEqual([]);
});

test('a dry run does everything and keeps only its report', async () => {
  const { scope } = await testScope(db.database, { now: NOW });
  const { cycle } = await runner().execute(scope, { trigger: 'MANUAL', isDryRun: true });
  expect([cycle.isDryRun, cycle.status]).toEqual([true, 'COMPLETED']);
  expect(await events(scope)).toEqual([]);
  expect(await scope.db.rows('SELECT * FROM kpi_snapshot')).toEqual([]);
  expect((await findCycle(scope, cycle.id)).report).toEqual(cycle.report);
  // A dry run is not a cycle: the same instant can still run for real.
  expect((await runner().execute(scope, { trigger: 'MANUAL' })).cycle.status).toBe('COMPLETED');
});

test('two calls at once run one cycle and both get it', async () => {
  const { scope, tenant, at } = await testScope(db.database, { now: NOW });
  expect(tenant.id).toBe(scope.tenantId);
  const answers = await Promise.all(
    ['a', 'b', 'c'].map((owner) =>
      runner(owner)
        .execute(at(NOW), { trigger: 'MANUAL' })
        .catch((error: Error) => error),
    ),
  );
  const ids = new Set(answers.flatMap((answer) => (answer instanceof Error ? [] : [answer.cycle.id])));
  expect(ids.size).toBe(1);
  expect(
    await scope.db.row('SELECT count(*)::int AS n FROM cycle WHERE tenant_id = $1', [scope.tenantId]),
  ).toEqual({ n: 1 });
});

test('a stopped instance leaves its cycle to another one, which goes on where it stopped', async () => {
  const { scope } = await testScope(db.database, { now: NOW });
  const first = runner('dies');
  const running = first.execute(scope, { trigger: 'MANUAL' });
  await first.stop();
  const { cycle } = await running;
  expect(cycle.status).toBe('RUNNING');
  expect((await runner('lives').resume(scope))?.id).toBe(cycle.id);
  const resumed = await findCycle(scope, cycle.id);
  expect([resumed.status, resumed.attempt]).toEqual(['COMPLETED', 2]);
  const log = await events(scope);
  expect(log.map((event) => event.seq)).toEqual(log.map((_event, i) => BigInt(i + 1)));
  expect(log.filter((event) => event.type === 'PHASE_COMPLETED')).toHaveLength(PHASES.length);
  expect(await scope.db.row('SELECT cycles FROM engine_counters')).toEqual({ cycles: 1n });
  expect(await runner('lives').resume(scope)).toBeNull();
});

test('what ended is learned from in the same cycle, and the report says so', async () => {
  const { scope } = await testScope(db.database, { now: NOW });
  const hourAgo = new Date(NOW.getTime() - 3_600_000);
  for (const [n, status] of ['DECLINED', 'EXPIRED', 'EXPIRED'].entries()) {
    await putOpportunity(scope, chainOf(n), { status });
    await putOffer(scope, chainOf(n), {
      status,
      created_at: hourAgo,
      offered_at: hourAgo,
      closed_at: hourAgo,
    });
  }
  // Four of fifty slots are left.
  await scope.db.run(`UPDATE hub SET reserved = 46 WHERE tenant_id = $1 AND id = 'NODE_EU_001'`, [
    scope.tenantId,
  ]);
  const dry = await runner().execute(scope, { trigger: 'MANUAL', isDryRun: true });
  expect(dry.cycle.report).toMatchObject({ outcomes: 3, lessons: 3, patterns: 1 });
  expect(await events(scope)).toEqual([]);

  const { cycle } = await runner().execute(scope, { trigger: 'MANUAL' });
  expect(cycle.report).toMatchObject({ outcomes: 3, lessons: 3, patterns: 1, isReweighted: false });
  const [phases = []] = await phasesOf(scope, [cycle.id]);
  expect(phases.map(({ name }) => name)).toEqual([
    ...['MONITOR', 'DETECT', 'DELIVERY_DETECT', 'DELIVERY_UPSELL', 'DELIVERY_FEEDBACK', 'LEARN', 'REPORT'],
  ]);
  expect(Math.max(...phases.map(({ statements }) => statements))).toBeLessThanOrEqual(25);
  // Spec d.2: 0.5 and three outcomes of 0.05.
  const weights = await scope.db.rows(
    'SELECT key, round(weight::numeric, 6)::float8 AS weight, n FROM pattern_weight',
  );
  expect(weights).toEqual([
    { key: 'rare_drone_drop_bundle|eu_central:domestic|OFFER', weight: 0.37805, n: 3 },
  ]);
  const alerts = (await events(scope)).filter(({ type }) => type === 'CAPACITY_ALERT');
  expect(alerts.map(({ payload }) => payload)).toEqual([
    { hubId: 'NODE_EU_001', free: 4, capacity: 50, freePct: 8, isRaised: true },
  ]);
});
