import { compute } from '../../control/decisions/index.ts';
import { formatMoney, money } from '../../kernel/money.ts';
import { bucket } from '../../kernel/murmur.ts';
import { controlOf, type PriceExperiment } from './experiment.ts';
import type { PropensityGroup } from './facts.ts';
import { condensed, promotionFormula } from './promotion.ts';
import { note, type Round, take } from './round.ts';
import { pricePoint, strategyFrom } from './strategy.ts';

/** What became of a winner; `isTooEarly` when more offers would settle it. */
export interface Promotion {
  readonly isTooEarly: boolean;
  readonly text: string;
}

/**
 * Puts the price that earned most before the off-policy gate and, when it passes, before the policy gate (spec d.5).
 * With `canWait` the experiment goes on while its evidence is worth too few offers. Writes nothing itself.
 */
export function promote(
  round: Round,
  experiment: PriceExperiment,
  winner: string,
  groups: readonly PropensityGroup[],
  canWait: boolean,
): Promotion {
  const { settings, state, scope } = round;
  const control = controlOf(experiment);
  const arm = experiment.arms.find(({ key }) => key === winner);
  if (!arm || arm.isControl) return { isTooEarly: false, text: 'The control price stays.' };
  const { price } = strategyFrom(state, settings);
  if (price.amountMinor !== control.priceMinor || price.currency !== experiment.currency) {
    return { isTooEarly: false, text: 'The price in force was changed meanwhile, so nothing is promoted.' };
  }
  const own = groups.filter(({ experimentId }) => experimentId === experiment.id);
  const computed = compute(promotionFormula, {
    ...{ experimentId: experiment.id, currency: experiment.currency },
    ...{ candidate: { [winner]: 1 }, current: { [control.key]: 1 } },
    groups: condensed(own, new Set([winner, control.key])),
    seed: bucket(`${experiment.seed}:promotion:${scope.now.toISOString()}`, 2 ** 31),
  });
  const { verdict, candidate, current } = computed.output;
  const why = computed.reasons[0]?.text ?? '';
  if (verdict === 'ESS_TOO_SMALL' && canWait) return { isTooEarly: true, text: `It goes on: ${why}` };
  const step = { formula: promotionFormula, computed, subject: experiment.id };
  if (verdict !== 'PROMOTE') {
    note(round, step);
    return { isTooEarly: false, text: `It is not promoted: ${why}` };
  }
  const base = { baseMinor: `${settings.bundlePriceMinor}`, currency: settings.bundleCurrency };
  const change = take(round, {
    ...{ kind: 'PROMOTION', actionClass: 'PRICING_CHANGE', ...step },
    before: pricePoint(state),
    after: { priceMinor: `${arm.priceMinor}`, ...base },
    evidence: { experimentId: experiment.id, arm: winner, candidate, current },
  });
  const shown = formatMoney(money(arm.priceMinor, experiment.currency), 'en');
  return { isTooEarly: false, text: `${shown}: ${change?.status.toLowerCase() ?? 'recorded only'}. ${why}` };
}
