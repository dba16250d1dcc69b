import { expect, test } from 'vitest';
import { LATENCY_EDGES, placeOf, quantileOf } from './latency.ts';

const histogram = (...durations: number[]): number[] => {
  const counts = Array.from({ length: LATENCY_EDGES.length + 1 }, () => 0);
  for (const ms of durations) (counts[placeOf(ms)] as number)++;
  return counts;
};
const times = (ms: number, n: number): number[] => Array.from({ length: n }, () => ms);

test.each([
  ['no requests', [], null],
  ['exactly 150 ms is not beyond it', times(150, 100), (p95: number) => p95 <= 150],
  ['6 of 100 beyond 150 ms', [...times(20, 94), ...times(151, 6)], (p95: number) => p95 > 150],
  ['5 of 100 beyond 150 ms', [...times(20, 95), ...times(151, 5)], (p95: number) => p95 <= 40],
  ['all within 40 ms', times(40, 7), (p95: number) => p95 <= 40],
  ['beyond all edges', times(60_000, 3), (p95: number) => p95 === 30_000],
] satisfies [string, number[], ((p95: number) => boolean) | null][])('%s', (_name, durations, holds) => {
  const p95 = quantileOf(histogram(...durations), 0.95);
  if (holds === null) expect(p95).toBeNull();
  else expect(holds(p95 as number)).toBe(true);
});
