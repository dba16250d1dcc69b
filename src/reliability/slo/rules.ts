import { MINUTE_MS } from '../../kernel/time.ts';
import type { BurnAlert, Objective, SloStatus } from './objective.ts';

/** Good and bad events of a stretch of time. */
export interface Tally {
  readonly good: number;
  readonly bad: number;
}

/** A pair of windows that both must burn faster than `rate` (spec j.2), minutes. */
export interface BurnPair {
  readonly long: Window;
  readonly short: Window;
  readonly rate: number;
  readonly alert: Exclude<BurnAlert, 'NONE'>;
}

/** Windows that are looked at, minutes. */
export const WINDOWS = [5, 30, 60, 120, 360, 1_440, 4_320] as const;
export type Window = (typeof WINDOWS)[number];
export type Tallies = Readonly<Record<Window, Tally>>;

/** Budget of 30 days spent: 2 % in 1 h, 5 % in 6 h, 10 % in 1 d, 10 % in 3 d (spec j.0, j.2). */
export const BURN_PAIRS: readonly BurnPair[] = [
  { long: 60, short: 5, rate: 14.4, alert: 'PAGE' },
  { long: 360, short: 30, rate: 6, alert: 'PAGE' },
  { long: 1_440, short: 120, rate: 3, alert: 'TICKET' },
  { long: 4_320, short: 360, rate: 1, alert: 'TICKET' },
];

/** Below either of them a window proves nothing (spec j.2). */
export const ENOUGH_EVENTS = 100;
export const ENOUGH_BAD = 10;

/** Nine decimals: what 1 − 0.999 adds beyond is noise of the binary fraction. */
const tidy = (value: number): number => Math.round(value * 1e9) / 1e9;

/** How many times faster than sustainable the budget is spent; 0 without events. */
export function burnRate({ good, bad }: Tally, target: number): number {
  const total = good + bad;
  return total === 0 ? 0 : tidy(bad / total / tidy(1 - target));
}

/** What one pair of windows says. */
export interface PairVerdict extends BurnPair {
  readonly longBurn: number;
  readonly shortBurn: number;
  readonly isFiring: boolean;
  /** LOW_TRAFFIC: both windows burn, but the long one holds too few events to say so. */
  readonly reason: 'LOW_TRAFFIC' | null;
}

/** The burn-rate rule (spec j.2): the gravest pair whose windows both burn, unless traffic is too low. Pure. */
export function judgeBurn(
  tallies: Tallies,
  target: number,
): { alert: BurnAlert; pairs: readonly PairVerdict[] } {
  const pairs = BURN_PAIRS.map((pair): PairVerdict => {
    const long = tallies[pair.long];
    const longBurn = burnRate(long, target);
    const shortBurn = burnRate(tallies[pair.short], target);
    const isBurning = longBurn > pair.rate && shortBurn > pair.rate;
    const isEnough = long.good + long.bad >= ENOUGH_EVENTS && long.bad >= ENOUGH_BAD;
    return {
      ...{ ...pair, longBurn, shortBurn, isFiring: isBurning && isEnough },
      reason: isBurning && !isEnough ? 'LOW_TRAFFIC' : null,
    };
  });
  const firing = pairs.filter(({ isFiring }) => isFiring).map(({ alert }) => alert);
  return { alert: firing.includes('PAGE') ? 'PAGE' : (firing[0] ?? 'NONE'), pairs };
}

/** What the last five minutes say about an objective. */
export type CheckVerdict = 'CLEAN' | 'FAILING' | 'LOW_TRAFFIC';

/** One five-minute check: too many bad events, unless they are too few to be a percentile of anything. Pure. */
export function judgeCheck(last5: Tally, target: number): CheckVerdict {
  if (burnRate(last5, target) <= 1) return 'CLEAN';
  return last5.good + last5.bad >= ENOUGH_EVENTS || last5.bad >= ENOUGH_BAD ? 'FAILING' : 'LOW_TRAFFIC';
}

/** Checks in a row that make a breach: 2 × 5 min are the "10 minutes" of the document (C36). */
export const BREACH_CHECKS = 2;
/** A check that comes later than this after the last one does not follow it. */
const IN_A_ROW_MS = 8 * MINUTE_MS;

/** Where an objective's checks have got to. */
export type CheckState = Pick<Objective, 'status' | 'failingChecks' | 'lastCheckedAt'>;

/**
 * The seed rule (spec j.2): two failing checks in a row are a breach, one clean check ends it. Too little traffic
 * neither makes a breach nor ends one. Pure.
 */
export function nextStatus(
  state: CheckState,
  verdict: CheckVerdict,
  now: Date,
): { status: SloStatus; failingChecks: number } {
  if (verdict === 'CLEAN') return { status: 'OK', failingChecks: 0 };
  if (verdict === 'LOW_TRAFFIC') {
    const { status, failingChecks } = state;
    return status === 'BREACHED' ? { status, failingChecks } : { status: 'OK', failingChecks: 0 };
  }
  const last = state.lastCheckedAt;
  const follows = last !== null && now.getTime() - last.getTime() <= IN_A_ROW_MS;
  if (state.status === 'BREACHED') return { status: 'BREACHED', failingChecks: state.failingChecks + 1 };
  const failingChecks = follows ? state.failingChecks + 1 : 1;
  return { status: failingChecks >= BREACH_CHECKS ? 'BREACHED' : 'FAILING', failingChecks };
}

const percent = (share: number): string => `${tidy(share * 100)}`;

/** The sentence of a breach; for requests exactly the document's: "SLO breach: P99 > 200ms for 10 minutes". */
export function breachMessage(
  objective: Pick<Objective, 'name' | 'indicator' | 'source' | 'target' | 'threshold' | 'goodWhen'>,
): string {
  const { indicator, source, target, threshold, goodWhen, name } = objective;
  const sign = goodWhen === 'BELOW' ? '>' : '<';
  const what = {
    LATENCY: `P${percent(target)} ${sign} ${threshold}ms`,
    ERROR_RATE: `error rate > ${percent(1 - target)}%`,
    AVAILABILITY: `availability < ${percent(target)}%`,
  }[indicator];
  return `SLO breach: ${source === 'REQUESTS' ? '' : `${name}: `}${what} for 10 minutes`;
}

const span = (minutes: number): string =>
  minutes % 1_440 === 0
    ? `${minutes / 1_440} d`
    : minutes % 60 === 0
      ? `${minutes / 60} h`
      : `${minutes} min`;

/** The sentence of a burn alert: the gravest pair that fires. */
export function burnMessage(objective: Pick<Objective, 'name'>, pairs: readonly PairVerdict[]): string {
  const pair = pairs.find(({ isFiring }) => isFiring);
  if (!pair) return `${objective.name}: the error budget is no longer burning too fast`;
  const { long, short, longBurn, shortBurn, rate } = pair;
  return `${objective.name}: the error budget burns ${longBurn.toFixed(1)}× too fast over ${span(long)} and ${shortBurn.toFixed(1)}× over ${span(short)} (limit ${rate}×)`;
}
