import { expect, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import { costForecastFormula, costSeries } from './cost-forecast.ts';

const of = (days: number[]) => compute(costForecastFormula, { category: 'AI', currency: 'USD', days }).output;

test('with few days: the last 30 days, plus and minus a fifth', () => {
  expect(of(new Array(13).fill(1000))).toEqual({
    ...{ totalMinor: '13000', lowMinor: '10400', highMinor: '15600' },
    ...{ model: 'LAST_30_DAYS', confidence: 'LOW', smape: null },
  });
});

test('credit notes that outweigh the costs do not make a cost negative', () => {
  expect(of([500, -30_500])).toMatchObject({ totalMinor: '0', lowMinor: '0', highMinor: '0' });
  const credited = of(new Array(20).fill(-100));
  expect(credited).toMatchObject({ totalMinor: '0', lowMinor: '0' });
  expect(Number(credited.highMinor)).toBeGreaterThanOrEqual(0);
});

test('one day and two days are known days', () => {
  expect(of([])).toMatchObject({ totalMinor: '0', model: 'LAST_30_DAYS', confidence: 'LOW' });
  expect(of([1000])).toMatchObject({ totalMinor: '1000', lowMinor: '800', highMinor: '1200' });
  expect(of([1000, 7])).toMatchObject({ totalMinor: '1007', lowMinor: '806', highMinor: '1208' });
});

test('a steady cost is expected to stay, a growing one to grow', () => {
  expect(of(new Array(14).fill(1000))).toMatchObject({
    totalMinor: '30000',
    model: 'NAIVE',
    confidence: 'HIGH',
  });
  const growing = of(Array.from({ length: 40 }, (_, day) => 1000 + 50 * day));
  expect(growing.model).toBe('HOLT');
  expect(Number(growing.totalMinor)).toBeGreaterThan(30 * 2950);
  expect(Number(growing.lowMinor)).toBeLessThanOrEqual(Number(growing.totalMinor));
});

test('series begin with their first cost, have no holes and end with yesterday', () => {
  const cost = (day: string, amountMinor: bigint, category = 'AI' as const) => ({
    ...{ category, currency: 'USD', day, amountMinor },
  });
  const costs = [cost('2026-11-16', 5n), cost('2026-11-18', 7n), cost('2026-11-20', 99n)];
  expect(costSeries(costs, new Date('2026-11-20T02:10:00Z'))).toEqual([
    { category: 'AI', currency: 'USD', days: [5, 0, 7, 0] },
  ]);
});
