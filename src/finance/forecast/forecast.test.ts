import { describe, expect, test } from 'vitest';
import { seeded } from '../../kernel/random.ts';
import { forecast } from './forecast.ts';
import { holt, holtWinters } from './smooth.ts';

test('spec m.6: 100, 110, 120, 130 undamped gives 140 and then 160 three steps ahead', () => {
  const { forecast: ahead } = holt([100, 110, 120, 130], 3, { alpha: 0.5, beta: 0.5 }, 1);
  expect(ahead).toEqual([140, 150, 160]);
});

test('Holt-Winters repeats a pure season exactly', () => {
  const week = [10, 20, 30, 20, 10, 5, 5];
  const { forecast: ahead, sse } = holtWinters(
    [...week, ...week],
    7,
    { alpha: 0.5, beta: 0.5, gamma: 0.5 },
    7,
  );
  expect(sse).toBeCloseTo(0, 20);
  for (const [i, value] of ahead.entries()) expect(value).toBeCloseTo(week[i] as number, 9);
});

describe('the model that is chosen', () => {
  const days = (n: number, of: (day: number) => number) => Array.from({ length: n }, (_, day) => of(day));
  test.each([
    ['two values', days(2, () => 7), 'LAST_VALUE'],
    ['a flat line: nothing beats naive', days(30, () => 100), 'NAIVE'],
    ['a slope', days(30, (day) => 100 + 10 * day), 'HOLT'],
    ['weeks', days(56, (day) => [100, 120, 90, 80, 200, 20, 10][day % 7] as number), 'SEASONAL_NAIVE'],
    [
      'rising weeks',
      days(56, (day) => 5 * day + ([100, 120, 90, 80, 200, 20, 10][day % 7] as number)),
      'HOLT_WINTERS',
    ],
  ])('%s', (_name, series, model) => expect(forecast(series, 7, 7).model).toBe(model));

  test('never expects less than nothing, and says how sure it is', () => {
    const falling = forecast(
      days(20, (day) => 100 - 5 * day),
      30,
      7,
    );
    expect(Math.min(...falling.values)).toBe(0);
    const { next: noise } = seeded(7);
    const wild = forecast(
      days(40, () => 100 * noise()),
      1,
      7,
    );
    expect(wild.confidence).toBe('LOW');
    expect(
      forecast(
        days(30, () => 100),
        1,
        7,
      ),
    ).toMatchObject({ confidence: 'HIGH', smape: 0, values: [100] });
  });

  test('wider bounds further away, and the 95 % ones around the 80 % ones', () => {
    const { next: noise } = seeded(3);
    const { interval80, interval95 } = forecast(
      days(60, () => 100 + 20 * noise()),
      4,
      7,
    );
    const width = (band: { low: number; high: number } | undefined) =>
      band ? band.high - band.low : Number.NaN;
    expect(width(interval80?.[3])).toBeCloseTo(2 * width(interval80?.[0]), 9);
    expect(width(interval95?.[0])).toBeGreaterThan(width(interval80?.[0]));
  });
});
