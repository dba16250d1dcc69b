import { expect, test } from 'vitest';
import {
  type ComponentHealth,
  type HealthReport,
  type HealthStatus,
  overallOf,
  runCheck,
} from './component.ts';
import { trendsOf } from './trends.ts';

const part = (name: string, status: HealthStatus, isRequired = true, responseMs = 1): ComponentHealth => ({
  ...{ name, status, isRequired, responseMs, message: null },
});
const report = (i: number, ...components: ComponentHealth[]): HealthReport => ({
  ...{ id: `r${i}`, at: new Date(i * 3_600_000), durationMs: 1, components, status: overallOf(components) },
});

test.each([
  ['all well', [part('a', 'HEALTHY'), part('b', 'HEALTHY', false)], 'HEALTHY'],
  ['the worst of the required', [part('a', 'DEGRADED'), part('b', 'UNHEALTHY')], 'UNHEALTHY'],
  ['an optional one is down', [part('a', 'HEALTHY'), part('b', 'UNHEALTHY', false)], 'DEGRADED'],
  ['an optional one is slow', [part('a', 'HEALTHY'), part('b', 'DEGRADED', false)], 'HEALTHY'],
  ['unknown says nothing', [part('a', 'HEALTHY'), part('b', 'UNKNOWN')], 'HEALTHY'],
] satisfies [string, ComponentHealth[], HealthStatus][])('%s', (_name, components, status) => {
  expect(overallOf(components)).toBe(status);
});

test('97 healthy reports of 100 are 97.0 %', () => {
  const reports = Array.from({ length: 100 }, (_, i) =>
    report(i, part('database', [10, 11, 40].includes(i) ? 'UNHEALTHY' : 'HEALTHY', true, i + 1)),
  );
  const trends = trendsOf(reports);
  expect(trends.availabilityPct).toBe(97);
  expect(trends.components[0]).toMatchObject({
    ...{ name: 'database', reports: 100, availabilityPct: 97, lastStatus: 'HEALTHY', p95ResponseMs: 95 },
    incidents: [
      {
        component: 'database',
        status: 'UNHEALTHY',
        from: new Date(40 * 3_600_000),
        to: new Date(41 * 3_600_000),
      },
      {
        component: 'database',
        status: 'UNHEALTHY',
        from: new Date(10 * 3_600_000),
        to: new Date(12 * 3_600_000),
      },
    ],
  });
});

test('no history has no availability', () => {
  expect(trendsOf([])).toMatchObject({ reports: 0, availabilityPct: null, components: [] });
});

test('a check that hangs is a timeout, while the others have answered', async () => {
  const order: string[] = [];
  const run = async (name: string, work: () => Promise<object>) => {
    const { status, message } = await runCheck({ name, isRequired: true, run: work }, 30);
    order.push(name);
    return [status, message];
  };
  const results = await Promise.all([
    run('hangs', () => new Promise(() => {})),
    run('fails', () => Promise.reject(new Error('secret of the driver'))),
    run('throws', () => {
      throw new Error('at once');
    }),
    run('well', async () => ({})),
  ]);
  expect(results).toEqual([
    ['UNHEALTHY', 'Timeout'],
    ['UNHEALTHY', 'Error'],
    ['UNHEALTHY', 'Error'],
    ['HEALTHY', null],
  ]);
  expect(order.at(-1)).toBe('hangs');
});
