import { quantileType7 } from '../../kernel/stats.ts';
import { dampedHolt, type Forecaster, naive, seasonalHolt, seasonalNaive } from './smooth.ts';

export type ForecastModel = 'LAST_VALUE' | 'NAIVE' | 'SEASONAL_NAIVE' | 'HOLT' | 'HOLT_WINTERS';
export type Confidence = 'HIGH' | 'MEDIUM' | 'LOW';

/** What is expected, how it was found and how far it may be trusted. */
export interface Forecast {
  readonly model: ForecastModel;
  /** One value per step; never negative. */
  readonly values: number[];
  /** 80 and 95 % bounds per step; null when nothing could be tested. */
  readonly interval80: { low: number; high: number }[] | null;
  readonly interval95: { low: number; high: number }[] | null;
  /** Symmetric mean absolute percentage error of one-step forecasts, 0–200; null when nothing could be tested. */
  readonly smape: number | null;
  readonly confidence: Confidence;
}

/** Origins from which the past is forecast to compare models. */
const ORIGINS = 14;
/** A model has to beat the naive one by this share to be worth believing (spec m.6). */
const MARGIN = 0.98;

/**
 * Forecasts the next `horizon` values of a series with seasons of `m` values (7 for days, 12 for months): the model that
 * would have done best on the series' own past (rolling origin), or a naive one when none is at least 2 % better (m.6).
 */
export function forecast(series: readonly number[], horizon: number, m: number): Forecast {
  if (series.length < 3) {
    const last = series.at(-1) ?? 0;
    const values = new Array<number>(horizon).fill(Math.max(0, last));
    return {
      model: 'LAST_VALUE',
      values,
      interval80: null,
      interval95: null,
      smape: null,
      confidence: 'LOW',
    };
  }
  const tested = candidates(series.length, m).map((model) => ({ ...model, ...backtest(series, model.run) }));
  const plain = tested.filter(({ isNaive }) => isNaive).reduce(better);
  const smart = tested.filter(({ isNaive }) => !isNaive).reduce(better);
  const chosen = smart.smape < plain.smape * MARGIN ? smart : plain;
  const values = chosen.run(series, horizon).map((value) => Math.max(0, value));
  const band = (share: number) => intervals(values, chosen.residuals, share);
  return {
    ...{ model: chosen.name, values, smape: chosen.smape, confidence: confidenceOf(chosen.smape) },
    ...{ interval80: band(0.8), interval95: band(0.95) },
  };
}

interface Candidate {
  readonly name: ForecastModel;
  readonly run: Forecaster;
  readonly isNaive: boolean;
}

function candidates(n: number, m: number): Candidate[] {
  const all: Candidate[] = [
    { name: 'NAIVE', run: naive, isNaive: true },
    { name: 'HOLT', run: dampedHolt, isNaive: false },
  ];
  if (n < 2 * m) return all;
  all.push({ name: 'SEASONAL_NAIVE', run: seasonalNaive(m), isNaive: true });
  // The oldest origin of the backtest needs two seasons too.
  if (n > 2 * m) all.push({ name: 'HOLT_WINTERS', run: seasonalHolt(m), isNaive: false });
  return all;
}

interface Backtest {
  readonly smape: number;
  readonly residuals: number[];
}
const better = <T extends Backtest>(a: T, b: T): T => (b.smape < a.smape ? b : a);

/** One-step errors from the newest origins; a model that an origin is too short for is tested from where it can. */
function backtest(series: readonly number[], run: Forecaster): Backtest {
  const residuals: number[] = [];
  let sum = 0;
  for (let origin = Math.max(2, series.length - ORIGINS); origin < series.length; origin++) {
    const expected = Math.max(0, run(series.slice(0, origin), 1)[0] ?? Number.NaN);
    if (!Number.isFinite(expected)) continue;
    const actual = series[origin] as number;
    residuals.push(actual - expected);
    const size = Math.abs(actual) + Math.abs(expected);
    sum += size === 0 ? 0 : (200 * Math.abs(actual - expected)) / size;
  }
  return residuals.length === 0
    ? { smape: Number.POSITIVE_INFINITY, residuals }
    : { smape: sum / residuals.length, residuals };
}

/** Quantiles of what was missed in the past, wider by the square root of the distance. */
function intervals(values: readonly number[], residuals: readonly number[], share: number) {
  const low = quantileType7(residuals, (1 - share) / 2) ?? 0;
  const high = quantileType7(residuals, (1 + share) / 2) ?? 0;
  return values.map((value, h) => ({
    low: Math.max(0, value + Math.min(0, low) * Math.sqrt(h + 1)),
    high: Math.max(0, value + Math.max(0, high) * Math.sqrt(h + 1)),
  }));
}

const confidenceOf = (smape: number): Confidence => (smape < 10 ? 'HIGH' : smape < 25 ? 'MEDIUM' : 'LOW');
