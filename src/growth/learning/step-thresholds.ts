import { compute } from '../../control/decisions/index.ts';
import { multiplyMoney } from '../../kernel/money.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { OfferFact } from './facts.ts';
import { type Round, take } from './round.ts';
import { pricePoint, strategyFrom } from './strategy.ts';
import { type ThresholdStep, thresholdFormula } from './thresholds.ts';

const WINDOW_DAYS = 14;
const MAX_OFFERS = 200;

/**
 * The evidence that counts now: settled offers of the last 14 days, the newest 200, none from before a person last
 * refused or took back a step. Their no is respected until new customers say otherwise.
 */
export function thresholdEvidence(
  round: Pick<Round, 'known' | 'scope'>,
  recent: readonly OfferFact[],
): { n: number; conversions: number; from: Date } {
  const refusals = round.known.flatMap(({ kind, status, closedAt }) =>
    kind !== 'EXCLUSION' && (status === 'REVERTED' || status === 'REJECTED') && closedAt
      ? [closedAt.getTime()]
      : [],
  );
  const from = new Date(Math.max(addMs(round.scope.now, -WINDOW_DAYS * DAY_MS).getTime(), ...refusals));
  const counted = recent
    .filter(({ isSettled, offeredAt }) => isSettled && offeredAt >= from && offeredAt <= round.scope.now)
    .sort((a, b) => b.offeredAt.getTime() - a.offeredAt.getTime())
    .slice(0, MAX_OFFERS);
  return { n: counted.length, conversions: counted.filter(({ isConverted }) => isConverted).length, from };
}

/** One step of the adaptive thresholds, if the evidence asks for one (spec d.3). Writes nothing itself. */
export function stepThresholds(
  round: Round,
  recent: readonly OfferFact[],
  ladder: readonly bigint[],
  isExperimentRunning: boolean,
): ThresholdStep {
  const { settings, state, actionType, scope } = round;
  const { price } = strategyFrom(state, settings);
  const { n, conversions, from } = thresholdEvidence(round, recent);
  const base = { amountMinor: settings.bundlePriceMinor, currency: settings.bundleCurrency };
  const computed = compute(thresholdFormula, {
    ...{ actionType, now: scope.now, n, conversions, level: state.aggressiveness, price },
    // Without an experiment the arms are those of the seed: 3, 5 and 7 fifths of the settings' price.
    ladder:
      ladder.length > 0 ? ladder : ['0.6', '1', '1.4'].map((rate) => multiplyMoney(base, rate).amountMinor),
    ...{ lastStepAt: state.changedAt, requireConfidence: settings.requireConfidence, isExperimentRunning },
  });
  const { output, reasons } = computed;
  if (output.alert) round.alerts.push(...reasons.filter(({ code }) => code.startsWith('ALERT_')));
  if (output.step === 'NONE') return output;
  const priced = { priceMinor: output.priceMinor, baseMinor: `${base.amountMinor}`, currency: base.currency };
  const isLevel = output.step === 'AGGRESSIVENESS';
  take(round, {
    kind: output.step,
    actionClass: isLevel ? 'EXPERIMENT_REWEIGHT' : 'PRICING_CHANGE',
    before: isLevel ? { aggressiveness: state.aggressiveness } : pricePoint(state),
    after: isLevel ? { aggressiveness: output.level } : priced,
    evidence: { n, conversions, rate: output.rate, interval: output.interval, from, alert: output.alert },
    ...{ formula: thresholdFormula, computed, subject: actionType },
  });
  return output;
}
