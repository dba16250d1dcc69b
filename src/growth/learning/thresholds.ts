import { defineFormula } from '../../control/decisions/index.ts';
import { formatMoney, money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import { wilson95 } from '../../kernel/stats.ts';
import { DAY_MS } from '../../kernel/time.ts';

/** Least settled offers that a step rests on. Spec d.3. */
export const MIN_OFFERS = 20;
export const MAX_LEVEL = 2;

/** Everything the threshold rule reads. */
export interface ThresholdFacts {
  readonly actionType: string;
  readonly now: Date | string;
  /** Settled offers of the last 14 days, at most 200, and those that converted. */
  readonly n: number;
  readonly conversions: number;
  /** Aggressiveness, −2..2. */
  readonly level: number;
  readonly price: { readonly amountMinor: bigint | string; readonly currency: string };
  /** The price arms, minor units. */
  readonly ladder: readonly (bigint | string)[];
  readonly lastStepAt: Date | string | null;
  readonly requireConfidence: boolean;
  /** While an experiment runs, prices are its own. */
  readonly isExperimentRunning: boolean;
}

export interface ThresholdStep {
  readonly step: 'NONE' | 'AGGRESSIVENESS' | 'PRICE';
  readonly level: number;
  readonly priceMinor: string;
  /** 0..1; null without offers. */
  readonly rate: number | null;
  /** Wilson 95 % interval of the rate. */
  readonly interval: readonly [number, number] | null;
  /** HIGH above 60 %, LOW below 5 %. */
  readonly alert: 'LOW' | 'HIGH' | null;
}

const pct = (rate: number): string => `${Number((rate * 100).toFixed(2))} %`;

/** One step of the adaptive thresholds, or why there is none (spec d.3). */
export const thresholdFormula = defineFormula<ThresholdFacts, ThresholdStep>({
  kind: 'learning.threshold',
  version: '1',
  compute(facts) {
    const { n, conversions } = facts;
    const isEnough = n >= MIN_OFFERS;
    const alert = isEnough ? alertOf(n, conversions) : null;
    const interval = n > 0 ? wilson95(conversions, n) : null;
    const { change, reasons } = isEnough
      ? stepOf(facts, interval as [number, number])
      : none('TOO_FEW', `${n} settled offers in 14 days; a step needs at least ${MIN_OFFERS}.`);
    const warning = alert ? [alertReason(alert, conversions / n)] : [];
    return {
      output: {
        ...{ step: 'NONE', level: facts.level, priceMinor: String(facts.price.amountMinor) },
        ...change,
        ...{ rate: n > 0 ? conversions / n : null, interval, alert },
      },
      reasons: [...reasons, ...warning],
    };
  },
});

interface Step {
  change: Partial<ThresholdStep>;
  reasons: Reason[];
}

const none = (code: string, text: string): Step => ({ change: {}, reasons: [{ code, text }] });

function stepOf(facts: ThresholdFacts, [low, high]: [number, number]): Step {
  const { n, conversions, requireConfidence } = facts;
  const last = facts.lastStepAt === null ? null : new Date(facts.lastStepAt).getTime();
  if (last !== null && new Date(facts.now).getTime() - last < DAY_MS) {
    return none('COOLING', 'The last step is less than 24 h ago.');
  }
  // Whole numbers: 8 of 20 is exactly 40 %, which is no reason for a step.
  const isHigh = conversions * 100 > 40 * n;
  const isLow = conversions * 100 < 10 * n;
  const rate = `${conversions} of ${n} accepted (${pct(conversions / n)})`;
  if (!isHigh && !isLow) return none('WITHIN_TARGET', `${rate}: between 10 % and 40 %, nothing to change.`);
  if (requireConfidence && (isHigh ? low <= 0.4 : high >= 0.1)) {
    const bounds = `${pct(low)} to ${pct(high)}`;
    return none('NOT_CONFIDENT', `${rate}, but with 95 % confidence only ${bounds}: too close to call.`);
  }
  return isHigh ? raise(facts, rate) : lower(facts, rate);
}

function raise({ level }: ThresholdFacts, rate: string): Step {
  if (level >= MAX_LEVEL) return none('AT_LIMIT', `${rate}, but aggressiveness is at its highest level.`);
  const text = `${rate}, above 40 %: more packages are worth an offer.`;
  return {
    change: { step: 'AGGRESSIVENESS', level: level + 1 },
    reasons: [{ code: 'CONVERSION_HIGH', text }],
  };
}

function lower(facts: ThresholdFacts, rate: string): Step {
  const { level, price, ladder, isExperimentRunning } = facts;
  if (isExperimentRunning) {
    return none('EXPERIMENT_RUNS', `${rate}, below 10 %, but a price experiment decides about prices now.`);
  }
  const arms = ladder.map(BigInt).filter((arm) => arm < BigInt(price.amountMinor));
  const arm = arms.sort((a, b) => (a < b ? 1 : -1))[0];
  if (arm !== undefined) {
    const [from, to] = [price.amountMinor, arm].map((minor) =>
      formatMoney(money(BigInt(minor), price.currency), 'en'),
    );
    const text = `${rate}, below 10 %: one price arm down, ${from} to ${to}.`;
    return {
      change: { step: 'PRICE', priceMinor: String(arm) },
      reasons: [{ code: 'CONVERSION_LOW', text }],
    };
  }
  if (level <= -MAX_LEVEL) {
    return none('AT_LIMIT', `${rate}, below 10 %, but price and aggressiveness are at their lowest.`);
  }
  const text = `${rate}, below 10 % at the lowest price: only rarer packages get an offer.`;
  return {
    change: { step: 'AGGRESSIVENESS', level: level - 1 },
    reasons: [{ code: 'CONVERSION_LOW', text }],
  };
}

function alertOf(n: number, conversions: number): 'LOW' | 'HIGH' | null {
  if (conversions * 100 > 60 * n) return 'HIGH';
  return conversions * 100 < 5 * n ? 'LOW' : null;
}

const alertReason = (alert: 'LOW' | 'HIGH', rate: number): Reason =>
  alert === 'HIGH'
    ? { code: 'ALERT_CONVERSION_HIGH', text: `${pct(rate)} accept, more than 60 %: check price and facts.` }
    : { code: 'ALERT_CONVERSION_LOW', text: `${pct(rate)} accept, fewer than 5 %: check offers and facts.` };
