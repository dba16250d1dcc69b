import Big from 'big.js';
import { defineFormula } from '../../control/decisions/index.ts';
import { DRONE_FLAG } from '../../control/flags/index.ts';
import { type GateAnswer, gate, type Mode } from '../../control/policy/index.ts';
import { money, multiplyMoney } from '../../kernel/money.ts';
import type { Reason } from '../../kernel/reason.ts';
import { deliveryCost, type LegCost } from './delivery-cost.ts';

/** The price must be at least this many times the estimated delivery cost (spec c.3). */
export const MIN_MARGIN = '1.3';
/** "The customer accepts" before anybody has answered: the middle of the 20–40 % target of spec c.9. */
export const ACCEPT_PRIOR = 0.3;
/** As many answers as the prior weighs. */
const PRIOR_ANSWERS = 20;

/** How the package would travel now, as far as an offer rests on it. */
export type Way =
  | {
      readonly ok: true;
      readonly path: readonly string[];
      readonly legs: readonly LegCost[];
      readonly successProbability: number;
      readonly etaMin: number;
      readonly reasons: readonly Reason[];
    }
  | { readonly ok: false; readonly code: string; readonly reasons: readonly Reason[] };

/** What the customer is to pay, and by which experiment. */
export interface Quote {
  /** Minor units as text, because inputs are kept as JSON. */
  readonly amountMinor: string;
  readonly currency: string;
  readonly experimentId: string | null;
  readonly arm: string | null;
  readonly propensity: number | null;
  readonly weightsVersion: number | null;
}

/** Whom an offer would go to and what for. */
export interface Prospect {
  readonly opportunityId: string;
  readonly customerId: string | null;
  /** 0..100. */
  readonly score: number;
  readonly weightKg: number;
  /** Null when the source does not say (spec a.7). */
  readonly acceptsMarketing: boolean | null;
  /** Whether the customer had an offer in the last 7 days. */
  readonly isAskedLately: boolean;
  /** Whether feedback about something like it said no (spec d.3). */
  readonly isExcluded: boolean;
}

/** What the tenant allows, and what would be used of it. */
export interface OfferPolicy {
  readonly mode: Mode;
  readonly isFlagOn: boolean;
  readonly isStabilised: boolean;
  readonly rarityThreshold: number;
  readonly needsConsent: boolean;
  readonly limitPerDay: number;
  /** Offers of the last 14 days that have been answered or have run out, and those of them that were accepted. */
  readonly answers: { readonly settled: number; readonly accepted: number };
  readonly minMargin: string;
}

export interface OfferInputs {
  readonly prospect: Prospect;
  readonly way: Way;
  readonly quote: Quote;
  readonly policy: OfferPolicy;
  /** Offers of the current 24 h if this one is made. */
  readonly wouldUse: number;
}

export interface OfferOutput {
  /** OFFER: the customer gets it; PROPOSE: a person decides; HOLD: nobody gets anything. */
  readonly action: 'OFFER' | 'PROPOSE' | 'HOLD';
  /** Why not. */
  readonly held: string | null;
  /** Whether everything but the policy gate speaks for it. */
  readonly isWorthwhile: boolean;
  readonly costMinor: string | null;
  readonly expectedRevenueMinor: string | null;
}

/** Chance 0..1 that an offer is accepted: the prior, moved by what was answered; four decimals. Pure. */
export function acceptProbability({ settled, accepted }: OfferPolicy['answers']): number {
  return Number(((ACCEPT_PRIOR * PRIOR_ANSWERS + accepted) / (PRIOR_ANSWERS + settled)).toFixed(4));
}

/** Why this customer is not asked about this package, or null. What can be told without a route. Pure. */
export function prospectRefusal(prospect: Prospect, policy: OfferPolicy): string | null {
  if (prospect.customerId === null) return 'NO_CUSTOMER';
  if (prospect.score < policy.rarityThreshold) return 'BELOW_THRESHOLD';
  // Silence counts as a yes unless the tenant wants one in words; a no always counts (spec a.7).
  if (prospect.acceptsMarketing === false) return 'NO_CONSENT';
  if (prospect.acceptsMarketing === null && policy.needsConsent) return 'NO_CONSENT';
  return prospect.isExcluded ? 'EXCLUDED' : null;
}

/**
 * What the policy gate says to an offer that would be the `wouldUse`th of 24 h (spec 0.5). What a person is asked to
 * approve must fit under the cap too, otherwise a thousand proposals would wait for one.
 */
export function offerGate(policy: OfferPolicy, wouldUse: number): GateAnswer {
  const ask = (mode: Mode) =>
    gate({
      ...{ actionClass: 'OFFER', isStabilised: policy.isStabilised, mode },
      flag: { key: DRONE_FLAG, isOn: policy.isFlagOn },
      caps: [{ name: 'MESSAGES_PER_DAY', limit: policy.limitPerDay, wouldUse }],
    });
  const answer = ask(policy.mode);
  const approved = answer.verdict === 'NEEDS_APPROVAL' ? ask('AUTO') : answer;
  return approved.verdict === 'HOLD' ? approved : answer;
}

/** Whether an elite package gets an offer, at which expectation, and why (spec c.3). */
export const offerFormula = defineFormula<OfferInputs, OfferOutput>({
  kind: 'delivery.offer',
  version: '1',
  compute({ prospect, way, quote, policy, wouldUse }) {
    const hold = (held: string, reasons: readonly Reason[], costMinor: string | null = null) => ({
      output: { action: 'HOLD' as const, held, isWorthwhile: false, costMinor, expectedRevenueMinor: null },
      reasons,
    });
    const refusal = prospectRefusal(prospect, policy);
    if (refusal) return hold(refusal, [{ code: refusal, text: REFUSALS[refusal] ?? refusal }]);
    if (!way.ok) return hold(way.code, way.reasons);
    const price = money(BigInt(quote.amountMinor), quote.currency);
    const cost = deliveryCost(way.legs, prospect.weightKg, quote.currency);
    if (cost === null) {
      return hold('NO_COST_MODEL', [{ code: 'NO_COST_MODEL', text: `No tariff in ${quote.currency}.` }]);
    }
    const costMinor = `${cost.amountMinor}`;
    const covered = { code: 'COST_COVERED', text: timesCost(quote.amountMinor, costMinor) };
    if (new Big(policy.minMargin).times(costMinor).gt(quote.amountMinor)) {
      return hold('PRICE_BELOW_COST', [{ ...covered, code: 'PRICE_BELOW_COST' }], costMinor);
    }
    if (prospect.isAskedLately) {
      return hold('CUSTOMER_LIMIT', [{ code: 'CUSTOMER_LIMIT', text: REFUSALS.CUSTOMER_LIMIT }], costMinor);
    }
    const { verdict, reason } = offerGate(policy, wouldUse);
    const expected = multiplyMoney(price, acceptProbability(policy.answers)).amountMinor;
    return {
      output: {
        action: ACTIONS[verdict],
        held: verdict === 'HOLD' ? reason : null,
        isWorthwhile: true,
        costMinor,
        expectedRevenueMinor: `${expected}`,
      },
      reasons: [...reasonsFor(prospect, quote, policy), ...way.reasons, covered],
    };
  },
});

const ACTIONS = { ALLOW: 'OFFER', NEEDS_APPROVAL: 'PROPOSE', HOLD: 'HOLD' } as const;

const REFUSALS: Record<string, string> & { CUSTOMER_LIMIT: string } = {
  NO_CUSTOMER: 'The order names nobody who could be asked.',
  BELOW_THRESHOLD: 'Its score is below the threshold in force.',
  NO_CONSENT: 'The customer has not agreed to offers.',
  EXCLUDED: 'Feedback about something like it said no.',
  CUSTOMER_LIMIT: 'The customer had an offer in the last 7 days.',
};

function timesCost(priceMinor: string, costMinor: string): string {
  const times = costMinor === '0' ? '∞' : new Big(priceMinor).div(costMinor).toFixed(1);
  return `The price is ${times} times the estimated delivery cost.`;
}

function reasonsFor({ score }: Prospect, { arm, propensity }: Quote, policy: OfferPolicy): Reason[] {
  const { settled, accepted } = policy.answers;
  const percent = new Big(acceptProbability(policy.answers)).times(100).toFixed(0);
  const basis =
    settled === 0
      ? { code: 'ACCEPT_PRIOR', text: `${percent} % are expected to accept, until there are answers.` }
      : {
          code: 'ACCEPT_RATE',
          text: `${percent} % are expected to accept: ${accepted} of the last ${settled} did.`,
        };
  const drawn = { code: 'PRICE_ARM', text: `Its price is arm ${arm}, drawn with probability ${propensity}.` };
  return [
    { code: 'ELITE', text: `Its rarity score of ${score.toFixed(2)} makes it elite.` },
    ...(arm === null ? [] : [drawn]),
    basis,
  ];
}
