import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  ConfigurePaymentsDocument,
  HealthCheckDocument,
  HealthTrendsDocument,
} from '../../operations/generated/graphql.ts';
import type { Scope } from '../../src/platform/scope.ts';
import {
  checkHealth,
  configureHealth,
  healthCheck,
  healthTrends,
  pruneHealth,
} from '../../src/reliability/health/index.ts';
import { startServer, type TestServer } from '../kit/server.ts';

const NOON = new Date('2026-11-20T12:00:00Z');
let now = NOON;
let server: TestServer;
beforeAll(async () => {
  server = await startServer({ clock: () => now });
});
afterAll(() => server.stop());
beforeEach(() => {
  now = NOON;
  configureHealth({ timeoutSec: 5 });
});
const hours = (n: number) => new Date(NOON.getTime() + n * 3_600_000);
const scopeOf = (slug: string, instant = now) => server.app.tenantScope(slug, instant);
/** The tenant's scope over parts that hang or fail: the parts are real, the connection to them is not. */
const without = (scope: Scope, parts: Partial<Scope>): Scope => ({ ...scope, ...parts });
const hanging = new Proxy({} as Scope['db'], { get: () => () => new Promise(() => {}) });
const failing = new Proxy({} as Scope['jobs'], { get: () => () => Promise.reject(new Error('gone')) });

test('every part is looked at; no history has no availability', async () => {
  await server.createTenant({ slug: 'well' });
  const client = server.client(undefined, 'well');
  expect((await client.run(HealthTrendsDocument, {})).healthTrends).toMatchObject({
    ...{ reports: 0, availabilityPct: null, components: [], isFromMemory: false },
  });
  const { healthCheck: report } = await client.run(HealthCheckDocument);
  expect(report.status).toBe('HEALTHY');
  expect(report.components.map(({ name, isRequired }) => [name, isRequired])).toEqual([
    ...[
      ['database', true],
      ['redis', false],
      ['jobs', true],
      ['alerting', true],
      ['self', true],
      ['payments', false],
    ],
  ]);
  expect(report.components.find(({ name }) => name === 'payments')?.message).toBe(
    'The built-in test provider.',
  );
  const redis = process.env.REDIS_URL ? null : 'Not configured: events stay in this process.';
  expect(report.components.find(({ name }) => name === 'redis')).toMatchObject({
    status: 'HEALTHY',
    message: redis,
  });
});

test('what falls over is told once, what comes back is resolved, and trends remember both', async () => {
  await server.createTenant({ slug: 'ill' });
  const well = (n: number) => scopeOf('ill', hours(n)).then(checkHealth);
  await well(0);
  const ill = async (n: number) => checkHealth(without(await scopeOf('ill', hours(n)), { jobs: failing }));
  expect(await ill(1)).toMatchObject({ status: 'UNHEALTHY' });
  await ill(1);
  await ill(2);
  await well(3);
  const scope = await scopeOf('ill', hours(3));
  const alerts = await scope.db.rows(
    'SELECT kind, level, component, message, opens_incident AS opens FROM alert_intake WHERE tenant_id = $1 ORDER BY at',
    [scope.tenantId],
  );
  expect(alerts).toEqual([
    { kind: 'FIRE', level: 'error', component: 'jobs', message: 'jobs is unhealthy: Error', opens: false },
    { kind: 'RESOLVE', level: 'info', component: 'jobs', message: '', opens: false },
  ]);
  const events = (await scope.events.read(scope.db, 0n, 100)).filter(({ type }) => type === 'HEALTH_CHANGED');
  expect(events.map(({ payload }) => payload)).toMatchObject([
    { status: 'UNHEALTHY', previousStatus: 'HEALTHY', unhealthy: ['jobs'] },
    { status: 'HEALTHY', previousStatus: 'UNHEALTHY', unhealthy: [] },
  ]);
  const { healthTrends: trends } = await server.client(undefined, 'ill').run(HealthTrendsDocument, {});
  expect(trends).toMatchObject({ reports: 4, availabilityPct: 50 });
  expect(trends.components.find(({ name }) => name === 'jobs')).toMatchObject({
    ...{ availabilityPct: 50, lastStatus: 'HEALTHY' },
    incidents: [{ status: 'UNHEALTHY', from: hours(1).toISOString(), to: hours(3).toISOString() }],
  });
  expect(trends.components.find(({ name }) => name === 'database')).toMatchObject({ availabilityPct: 100 });
  const later = await scopeOf('ill', hours(30 * 24 + 2));
  expect(await later.db.tx((tx) => pruneHealth(later, tx))).toBe(2);
});

test('a database that hangs is a timeout while the others answer; memory serves the trends', async () => {
  await server.createTenant({ slug: 'hangs' });
  configureHealth({ timeoutSec: 0.05 });
  const scope = without(await scopeOf('hangs'), { db: hanging });
  const started = performance.now();
  const report = await healthCheck(scope);
  expect(performance.now() - started).toBeLessThan(1_000);
  expect(report.status).toBe('UNHEALTHY');
  const said = Object.fromEntries(
    report.components.map(({ name, status, message }) => [name, `${status} ${message}`]),
  );
  expect(said).toMatchObject({
    ...{ database: 'UNHEALTHY Timeout', alerting: 'UNHEALTHY Timeout', self: 'HEALTHY null' },
    channels: 'UNKNOWN The channels could not be listed.',
  });
  const trends = await healthTrends(scope);
  expect(trends).toMatchObject({ reports: 1, availabilityPct: 0, isFromMemory: true });
});

test('an optional part that is down degrades the whole', async () => {
  await server.createTenant({ slug: 'optional' });
  const bus = {
    ...server.app.source.bus,
    kind: 'REDIS' as const,
    ping: () => Promise.reject(new Error('gone')),
  };
  const report = await healthCheck(without(await scopeOf('optional'), { bus }));
  expect(report.status).toBe('DEGRADED');
  expect(report.components.find(({ name }) => name === 'redis')).toMatchObject({ status: 'UNHEALTHY' });
  const client = server.client(undefined, 'optional');
  await client.run(ConfigurePaymentsDocument, {
    input: { provider: 'STRIPE', secret: 'sk_test_0123456789' },
  });
  const { healthCheck: now } = await client.run(HealthCheckDocument);
  expect(now.components.find(({ name }) => name === 'payments')).toMatchObject({
    ...{ status: 'HEALTHY', message: 'STRIPE' },
  });
});
