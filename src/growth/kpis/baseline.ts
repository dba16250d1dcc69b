import { divideHalfUp } from './percent.ts';

/** What today's revenue is compared with. */
export const REVENUE_BASELINES = ['PREVIOUS_DAY', 'SAME_WEEKDAY_4W_MEDIAN'] as const;
export type RevenueBaseline = (typeof REVENUE_BASELINES)[number];

/** Revenue of one window in the reporting currency and how many captured payments made it. */
export interface WindowRevenue {
  readonly revenueMinor: bigint;
  readonly captures: number;
}

/** The amount to compare with (null: there is none) and the payments it rests on, for confidence. */
export interface BaselineValue {
  readonly amountMinor: bigint | null;
  readonly payments: number;
}

/**
 * PREVIOUS_DAY is the window before; SAME_WEEKDAY_4W_MEDIAN the median of the same window 1 to 4 weeks ago.
 * A week without a captured payment in the reporting currency is left out: a closed day or a shop that did
 * not exist yet says nothing about a normal one. The mean of two middle weeks rounds HALF_UP to the minor unit.
 */
export function baselineOf(
  kind: RevenueBaseline,
  previous: WindowRevenue,
  weeks: readonly WindowRevenue[],
): BaselineValue {
  if (kind === 'PREVIOUS_DAY') return { amountMinor: previous.revenueMinor, payments: previous.captures };
  const used = weeks.filter((week) => week.captures > 0);
  const amounts = used.map((week) => week.revenueMinor).sort((a, b) => Number(a > b) - Number(a < b));
  const captures = used.map((week) => week.captures).sort((a, b) => a - b);
  const low = Math.floor((used.length - 1) / 2);
  const high = Math.floor(used.length / 2);
  if (used.length === 0) return { amountMinor: null, payments: 0 };
  return {
    amountMinor: divideHalfUp((amounts[low] as bigint) + (amounts[high] as bigint), 2n),
    payments: Math.floor(((captures[low] as number) + (captures[high] as number)) / 2),
  };
}
