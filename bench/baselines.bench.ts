import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import Big from 'big.js';
import { parse } from 'csv-parse';
import { RULES } from '../src/growth/issues/index.ts';
import { baselineOf, growthPct, type RevenueBaseline, type WindowRevenue } from '../src/growth/kpis/index.ts';
import { DAY_MS } from '../src/kernel/time.ts';

const FILE = join(import.meta.dirname, '..', '..', 'shared/data/online-retail/online_retail.csv.gz');
const LIMIT = new Big(RULES.REVENUE_DROP.threshold);
const CLOSED: WindowRevenue = { revenueMinor: 0n, captures: 0 };

/** A calendar day (UTC midnight, ms) → revenue of its invoices with a positive value. */
type Days = Map<number, WindowRevenue>;

/**
 * How often REVENUE_DROP fires on Online Retail's daily revenue with each baseline. Three readings: the seed's
 * (a trading day against the trading day before it), and the product's two, which compare calendar windows.
 */
export async function run(): Promise<{
  name: string;
  figures: Record<string, number | string>;
  goal: string;
}> {
  const days = await readDays();
  const trading = [...days.keys()].sort((a, b) => a - b);
  const first = trading[0] as number;
  const calendar = Array.from(
    { length: Math.round(((trading.at(-1) as number) - first) / DAY_MS) + 1 },
    (_, i) => first + i * DAY_MS,
  );
  const dayOverDay = trading.filter((day, i) => {
    const before = i > 0 ? days.get(trading[i - 1] as number) : undefined;
    return before !== undefined && fires(growthPct(revenueOf(days, day), before.revenueMinor));
  });
  const previousDay = calendar.filter((day) => firesOn(days, day, 'PREVIOUS_DAY'));
  const sameWeekday = calendar.filter((day) => firesOn(days, day, 'SAME_WEEKDAY_4W_MEDIAN'));
  const sundays = (list: number[]): number => list.filter((day) => new Date(day).getUTCDay() === 0).length;
  const closed = (list: number[]): number => list.filter((day) => !days.has(day)).length;
  const openWeekday = sameWeekday.filter((day) => days.has(day));
  const known = trading.filter((day) => baseOn(days, day, 'SAME_WEEKDAY_4W_MEDIAN') !== null);
  return {
    name: 'baselines: how often REVENUE_DROP fires on Online Retail',
    figures: {
      tradingDays: trading.length,
      calendarDays: calendar.length,
      seedDayOverTradingDay: `${dayOverDay.length} of ${trading.length - 1}, ${sundays(dayOverDay)} of them Sundays`,
      previousDay: `${previousDay.length} of ${calendar.length - 1} calendar days, ${closed(previousDay)} of them closed days`,
      sameWeekday4wMedian: `${openWeekday.length} of ${known.length} trading days that have a baseline, ${sundays(openWeekday)} of them Sundays`,
      sameWeekday4wMedianOnClosedDays: closed(sameWeekday),
    },
    goal: 'the seed’s day over day fires on 120 of 304 trading days; the weekday baseline on fewer',
  };
}

function fires(pct: string | null): boolean {
  return pct !== null && new Big(pct).lt(LIMIT);
}

const revenueOf = (days: Days, day: number): bigint => days.get(day)?.revenueMinor ?? 0n;

function baseOn(days: Days, day: number, kind: RevenueBaseline): bigint | null {
  const back = (n: number): WindowRevenue => days.get(day - n * DAY_MS) ?? CLOSED;
  return baselineOf(kind, back(1), [7, 14, 21, 28].map(back)).amountMinor;
}

function firesOn(days: Days, day: number, kind: RevenueBaseline): boolean {
  return fires(growthPct(revenueOf(days, day), baseOn(days, day, kind)));
}

/** In ten-thousandths of a pound: some unit prices have three decimals, and only ratios matter here. */
async function readDays(): Promise<Days> {
  const prices = new Map<string, bigint>();
  const invoices = new Map<string, { day: number; value: bigint }>();
  const lines = createReadStream(FILE)
    .pipe(createGunzip())
    .pipe(parse({ from: 2 }));
  for await (const [number, , , quantity, date, price] of lines as AsyncIterable<string[]>) {
    const unit = prices.get(price as string) ?? BigInt(new Big(price as string).times(10_000).toFixed());
    prices.set(price as string, unit);
    const invoice = invoices.get(number as string) ?? { day: dayOf(date as string), value: 0n };
    invoice.value += BigInt(quantity as string) * unit;
    invoices.set(number as string, invoice);
  }
  const days: Days = new Map();
  for (const { day, value } of invoices.values()) {
    if (value <= 0n) continue;
    const { revenueMinor, captures } = days.get(day) ?? CLOSED;
    days.set(day, { revenueMinor: revenueMinor + value, captures: captures + 1 });
  }
  return days;
}

const dayOf = (date: string): number => Date.parse(`${date.slice(0, 10)}T00:00:00Z`);
