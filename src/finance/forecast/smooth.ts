/** A model's forecasts of the next `h` values after a series. Pure; never looks past what it is given. */
export type Forecaster = (series: readonly number[], horizon: number) => number[];

/** Weights of the Holt family. */
export interface Weights {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma?: number;
}

/** One pass over a series: the forecasts after it, and the sum of squared one-step errors within it. */
export interface Fit {
  readonly forecast: number[];
  readonly sse: number;
}

/** Holt's linear trend, damped by `phi` (1: undamped); l₀ = y₁, b₀ = y₂ − y₁ (spec m.6). Needs two values. */
export function holt(series: readonly number[], horizon: number, { alpha, beta }: Weights, phi: number): Fit {
  let level = series[0] as number;
  let trend = (series[1] as number) - level;
  let sse = 0;
  for (const value of series.slice(1)) {
    const expected = level + phi * trend;
    sse += (value - expected) ** 2;
    const before = level;
    level = alpha * value + (1 - alpha) * expected;
    trend = beta * (level - before) + (1 - beta) * phi * trend;
  }
  let damping = 0;
  const forecast = Array.from({ length: horizon }, (_, h) => {
    damping += phi ** (h + 1);
    return level + damping * trend;
  });
  return { forecast, sse };
}

/** Holt-Winters with additive seasons of `m` values. Needs two whole seasons. */
export function holtWinters(
  series: readonly number[],
  horizon: number,
  { alpha, beta, gamma = 0 }: Weights,
  m: number,
): Fit {
  const first = mean(series.slice(0, m));
  const season = series.slice(0, m).map((value) => value - first);
  let level = first;
  let trend = (mean(series.slice(m, 2 * m)) - first) / m;
  let sse = 0;
  for (const [i, value] of series.entries()) {
    if (i < m) continue;
    const slot = i % m;
    const seasonal = season[slot] as number;
    const expected = level + trend + seasonal;
    sse += (value - expected) ** 2;
    const before = level;
    level = alpha * (value - seasonal) + (1 - alpha) * (level + trend);
    trend = beta * (level - before) + (1 - beta) * trend;
    season[slot] = gamma * (value - level) + (1 - gamma) * seasonal;
  }
  const forecast = Array.from(
    { length: horizon },
    (_, h) => level + (h + 1) * trend + (season[(series.length + h) % m] as number),
  );
  return { forecast, sse };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const GRID = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Three weights are searched more coarsely: 9³ passes per backtest origin would be felt. */
const COARSE = [0.1, 0.3, 0.5, 0.7, 0.9];
/** How much of a trend is left after each step of a forecast. */
const PHI = 0.9;

/** Damped Holt with the weights that fit the series best. */
export const dampedHolt: Forecaster = (series, horizon) =>
  best(
    GRID.flatMap((alpha) => GRID.map((beta) => ({ alpha, beta }))),
    (weights) => holt(series, horizon, weights, PHI),
  );

/** Holt-Winters with the weights that fit the series best. */
export const seasonalHolt =
  (m: number): Forecaster =>
  (series, horizon) =>
    best(
      COARSE.flatMap((alpha) => COARSE.flatMap((beta) => COARSE.map((gamma) => ({ alpha, beta, gamma })))),
      (weights) => holtWinters(series, horizon, weights, m),
    );

/** Tomorrow is like today. */
export const naive: Forecaster = (series, horizon) =>
  new Array<number>(horizon).fill(series.at(-1) as number);

/** Next week is like last week. */
export const seasonalNaive =
  (m: number): Forecaster =>
  (series, horizon) =>
    Array.from({ length: horizon }, (_, h) => series[series.length - m + (h % m)] as number);

function best(candidates: readonly Weights[], pass: (weights: Weights) => Fit): number[] {
  let found: Fit | undefined;
  for (const weights of candidates) {
    const one = pass(weights);
    if (!found || one.sse < found.sse) found = one;
  }
  return (found as Fit).forecast;
}
