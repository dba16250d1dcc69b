import { type Answer, defineFormula } from '../../control/decisions/index.ts';
import { DAY_MS } from '../../kernel/time.ts';
import { type Confidence, type ForecastModel, forecast } from '../forecast/index.ts';
import type { CostCategory, DailyCost } from '../ledger/index.ts';

/** Spending of one category and currency, a number of minor units per UTC day, oldest first. */
export interface CostSeries {
  readonly category: CostCategory;
  readonly currency: string;
  readonly days: readonly number[];
}

/** What the next 30 days are expected to cost. Minor units as text. */
export interface ExpectedCost {
  readonly totalMinor: string;
  readonly lowMinor: string;
  readonly highMinor: string;
  readonly model: ForecastModel | 'LAST_30_DAYS';
  readonly confidence: Confidence;
  readonly smape: number | null;
}

const HORIZON = 30;
/** Fewer days than this say too little for a model (spec m.3). */
const MIN_DAYS = 14;
const SEASON = 7;
const SPREAD = 0.2;

/** The expected cost of the next 30 days (spec m.3, m.6); revenue has no part in it (C22). */
export const costForecastFormula = defineFormula<CostSeries, ExpectedCost>({
  kind: 'finance.cost-forecast',
  version: '1',
  compute: ({ days }): Answer<ExpectedCost> =>
    days.length < MIN_DAYS ? fromLastDays(days) : fromModel(days),
});

function fromLastDays(days: readonly number[]): Answer<ExpectedCost> {
  // Credit notes may outweigh costs for a while; nobody is paid for running (m.6: never less than nothing).
  const total = Math.max(0, sum(days.slice(-HORIZON)));
  const output: ExpectedCost = {
    ...{
      totalMinor: text(total),
      lowMinor: text(total * (1 - SPREAD)),
      highMinor: text(total * (1 + SPREAD)),
    },
    ...{ model: 'LAST_30_DAYS', confidence: 'LOW', smape: null },
  };
  const why = `Only ${days.length} days are known, ${MIN_DAYS} are needed: the last 30 days, ± 20 %.`;
  return { output, reasons: [{ code: 'FEW_DAYS', text: why }] };
}

function fromModel(days: readonly number[]): Answer<ExpectedCost> {
  const { model, values, interval80, confidence, smape } = forecast(days, HORIZON, SEASON);
  const output: ExpectedCost = {
    totalMinor: text(sum(values)),
    lowMinor: text(sum((interval80 ?? []).map(({ low }) => low))),
    highMinor: text(sum((interval80 ?? []).map(({ high }) => high))),
    ...{ model, confidence, smape: smape === null ? null : Math.round(smape * 100) / 100 },
  };
  const why = `${model} did best on the last days (sMAPE ${output.smape} %); bounds are the daily 80 % ones, added.`;
  return { output, reasons: [{ code: model, text: why }] };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const text = (minor: number): string => BigInt(Math.round(minor)).toString();

/**
 * Daily spending as whole series: from each one's first day to the day before `until`, days without a cost as 0. Costs of
 * `until`'s own, unfinished day are left out.
 */
export function costSeries(costs: readonly DailyCost[], until: Date): CostSeries[] {
  const end = Math.floor(until.getTime() / DAY_MS);
  const series = new Map<
    string,
    { category: CostCategory; currency: string; first: number; days: number[] }
  >();
  for (const { category, currency, day, amountMinor } of costs) {
    const at = Date.parse(`${day}T00:00:00Z`) / DAY_MS;
    if (at >= end) continue;
    const key = `${category} ${currency}`;
    let one = series.get(key);
    if (!one) {
      one = { category, currency, first: at, days: new Array<number>(end - at).fill(0) };
      series.set(key, one);
    }
    one.days[at - one.first] = Number(amountMinor);
  }
  return [...series.values()].map(({ category, currency, days }) => ({ category, currency, days }));
}
