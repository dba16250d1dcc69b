import { defineFormula } from '../../control/decisions/index.ts';
import { formatMoney, money } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import { DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import { equalWeights } from './experiment.ts';
import { guardrailOf } from './guardrails.ts';
import { type ArmOdds, inSteps, oddsOf, topTwoWeights, withFloor } from './posterior.ts';

/** Offers of every arm, and hours, before weights move; days and certainty before it may end. Spec d.4. */
export const MIN_ARM_OFFERS = 100;
const MIN_HOURS = 24;
const MIN_DAYS = 7;
const MIN_P_BEST = 0.95;

/** One arm with what it has seen, whole and discounted by age. Amounts in minor units. */
export interface ArmEvidence {
  readonly key: string;
  readonly priceMinor: string;
  readonly isControl: boolean;
  readonly isPaused: boolean;
  readonly weight: number;
  readonly offers: number;
  readonly conversions: number;
  readonly refunds: number;
  readonly complaints: number;
  /** Mean estimated cost of an offer. */
  readonly meanCost: number;
  /** Offers and conversions, 0.99 per day of age. */
  readonly recentOffers: number;
  readonly recentConversions: number;
}

export interface ReweightFacts {
  readonly experimentId: string;
  readonly currency: string;
  readonly now: Date | string;
  readonly startedAt: Date | string;
  readonly endsAt: Date | string | null;
  readonly budgetOffers: number | null;
  readonly seed: number;
  /** Samples of the posterior. */
  readonly draws: number;
  /** Mean estimated cost of an offer over all arms: the floor of every price. */
  readonly costFloor: number;
  readonly arms: readonly ArmEvidence[];
  /** Whether an hour has passed since weights were last looked at. */
  readonly isDue: boolean;
}

/** Why an experiment ends. */
export type Ending = 'BEST_FOUND' | 'BUDGET_SPENT' | 'TIME_OVER' | 'ALL_PAUSED';

export interface Reweighting {
  readonly arms: readonly {
    readonly key: string;
    readonly weight: number;
    readonly pausedReason: string | null;
    readonly pBest: number | null;
    /** Minor units per offer, less refunds and cost. */
    readonly earning: number | null;
  }[];
  readonly ending: Ending | null;
  readonly winner: string | null;
  readonly pBest: number | null;
  readonly message: string;
}

/** The next weights of a price experiment, its pauses and its end (spec d.4). */
export const reweightFormula = defineFormula<ReweightFacts, Reweighting>({
  kind: 'learning.reweight',
  version: '1',
  compute(facts) {
    const pauses = new Map(
      facts.arms.flatMap((arm) => {
        const reason = arm.isPaused ? null : guardrailOf(arm, facts.costFloor, facts.currency);
        return reason ? [[arm.key, reason] as const] : [];
      }),
    );
    const active = facts.arms.filter((arm) => !arm.isPaused && !pauses.has(arm.key));
    const isEarly = earlyReason(facts, active);
    const end = active.length === 0 ? 'ALL_PAUSED' : overReason(facts);
    const mayDraw = active.length > 0 && active.every(isSound) && (facts.isDue || end !== null);
    const odds = mayDraw ? oddsOf(active.map(beliefOf), facts.seed, facts.draws) : null;
    const best = odds ? leader(odds) : null;
    const isFound = !isEarly && best !== null && best.pBest >= MIN_P_BEST && hours(facts) >= MIN_DAYS * 24;
    const ending = end ?? (isFound ? 'BEST_FOUND' : null);
    const weights = nextWeights(facts, active, isEarly === null ? odds : null, pauses.size > 0);
    const paused = [...pauses].map(([key, { text }]) => `Arm ${key} is paused: ${text}`);
    const message = [...paused, messageOf({ ending, isEarly, best, facts })].join(' ');
    return {
      output: {
        arms: facts.arms.map((arm) => ({
          key: arm.key,
          weight: weights.get(arm.key) ?? 0,
          pausedReason: pauses.get(arm.key)?.code ?? null,
          pBest: odds?.find(({ key }) => key === arm.key)?.pBest ?? null,
          earning: arm.offers > 0 ? (arm.conversions / arm.offers) * earningOf(arm) : null,
        })),
        ...{ ending, winner: best?.key ?? null, pBest: best?.pBest ?? null, message },
      },
      reasons: [...pauses.values(), { code: ending ?? isEarly?.code ?? 'REWEIGHTED', text: message }],
    };
  },
});

/** What one conversion of the arm earns: the price less its share of refunds and the mean cost. */
export function earningOf({ priceMinor, conversions, refunds, meanCost }: ArmEvidence): number {
  const kept = conversions > 0 ? 1 - Math.min(1, refunds / conversions) : 1;
  return Number(priceMinor) * kept - meanCost;
}

const beliefOf = (arm: ArmEvidence) => ({
  key: arm.key,
  a: 1 + arm.recentConversions,
  b: 1 + Math.max(0, arm.recentOffers - arm.recentConversions),
  earning: earningOf(arm),
});

/** A number that is none (JSON has null for it) must not become a weight: the last good ones stay. */
const isSound = (arm: ArmEvidence): boolean =>
  [arm.recentOffers, arm.recentConversions, arm.meanCost].every(Number.isFinite);

const hours = ({ now, startedAt }: ReweightFacts): number =>
  (new Date(now).getTime() - new Date(startedAt).getTime()) / HOUR_MS;

const leader = (odds: readonly ArmOdds[]): ArmOdds =>
  odds.reduce((best, each) => (each.pBest > best.pBest ? each : best));

/** Why weights stay equal for now. */
function earlyReason(facts: ReweightFacts, active: readonly ArmEvidence[]): Reason | null {
  const short = active.filter(({ offers }) => offers < MIN_ARM_OFFERS);
  if (short.length > 0) {
    const missing = short.map(({ key, offers }) => `${key} has ${offers}`).join(', ');
    return {
      code: 'COLLECTING',
      text: `Weights stay equal until there are at least 100 per arm: ${missing}.`,
    };
  }
  if (hours(facts) >= MIN_HOURS) return null;
  return { code: 'COLLECTING', text: `Weights stay equal for the first ${MIN_HOURS} hours.` };
}

function overReason({ now, endsAt, budgetOffers, arms }: ReweightFacts): Ending | null {
  const offers = arms.reduce((sum, arm) => sum + arm.offers, 0);
  if (budgetOffers !== null && offers >= budgetOffers) return 'BUDGET_SPENT';
  return endsAt !== null && new Date(now) >= new Date(endsAt) ? 'TIME_OVER' : null;
}

/** By odds when there are any; otherwise as they are, what a paused arm had shared out in proportion. */
function nextWeights(
  facts: ReweightFacts,
  active: readonly ArmEvidence[],
  odds: readonly ArmOdds[] | null,
  hasPause: boolean,
): Map<string, number> {
  const total = active.reduce((sum, { weight }) => sum + weight, 0);
  const kept = total > 0 ? active.map(({ weight }) => weight / total) : equalWeights(active.length);
  const wanted = odds ? withFloor(topTwoWeights(odds)) : kept;
  if (!odds && !hasPause) return new Map(facts.arms.map(({ key, weight }) => [key, weight]));
  const stepped = inSteps(wanted);
  return new Map(active.map(({ key }, i) => [key, stepped[i] as number]));
}

function messageOf(about: {
  ending: Ending | null;
  isEarly: Reason | null;
  best: ArmOdds | null;
  facts: ReweightFacts;
}): string {
  const { ending, isEarly, best, facts } = about;
  const arm = facts.arms.find(({ key }) => key === best?.key);
  const price = arm && formatMoney(money(BigInt(arm.priceMinor), facts.currency), 'en');
  const favourite = best
    ? `${price} (arm ${best.key}) earns most with a probability of ${percent(best.pBest)}`
    : '';
  if (ending === 'ALL_PAUSED')
    return 'Guardrails have paused every arm: the control price holds again. Look into it.';
  if (ending === 'BUDGET_SPENT') return `The budget of ${facts.budgetOffers} offers is spent. ${favourite}.`;
  if (ending === 'TIME_OVER') return `Its time is over. ${favourite}.`;
  if (ending === 'BEST_FOUND') return `${favourite}, after more than ${MIN_DAYS} days.`;
  return isEarly?.text ?? (best ? `${favourite}.` : 'The next look at the weights is due within the hour.');
}

const percent = (p: number): string => `${(p * 100).toFixed(1)} %`;

/** Age discount of spec d.4: what happened `days` ago counts 0.99 to the power of it. */
export const discount = (days: number): number => 0.99 ** Math.max(0, days);

export const daysBetween = (from: Date, to: Date): number =>
  Math.floor((to.getTime() - from.getTime()) / DAY_MS);
