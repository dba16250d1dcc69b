/** The action that an outcome is about, as delivery knows it. */
export interface ActionFact {
  readonly actionId: string;
  /** `actionType|target|channel`, see `patternKey`. */
  readonly patternKey: string;
  /** When the customer got it; null: never. */
  readonly offeredAt: Date | null;
  readonly customerId: string | null;
  readonly currency: string;
  /** What was hoped for if it is accepted (the price), minor units of `currency`. */
  readonly expectedMinor: bigint;
  /** What was offered, for exclusions after negative feedback. */
  readonly names: readonly string[];
  readonly categories: readonly string[];
}

export const SENTIMENTS = ['POSITIVE', 'NEUTRAL', 'NEGATIVE'] as const;
export type Sentiment = (typeof SENTIMENTS)[number];
/** RESULT: the engine saw how it ended. FEEDBACK: somebody said how it was. */
export const OUTCOME_KINDS = ['RESULT', 'FEEDBACK'] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

/** How an action ended (spec d.1). */
export interface OutcomeFact extends ActionFact {
  readonly kind: OutcomeKind;
  readonly isConverted: boolean;
  /** Captured less refunded, minor units of `currency`. */
  readonly realizedMinor: bigint;
  /** 1..5. */
  readonly rating: number | null;
  readonly sentiment: Sentiment | null;
  readonly isComplaint: boolean;
  /** When the customer answered (accepted, declined, complained), or when the action ended without an answer. */
  readonly occurredAt: Date;
}

/** One offer of the last 14 days (spec d.3). */
export interface OfferFact {
  readonly offerId: string;
  readonly customerId: string | null;
  readonly arm: string | null;
  readonly experimentId: string | null;
  readonly propensity: number | null;
  readonly priceMinor: bigint;
  /** Estimated delivery cost. */
  readonly costMinor: bigint;
  readonly currency: string;
  readonly offeredAt: Date;
  /** The customer accepted and the payment was authorised, whatever came of it. */
  readonly isConverted: boolean;
  readonly isRefunded: boolean;
  readonly isComplaint: boolean;
  /** Captured less refunded. */
  readonly realizedMinor: bigint;
  /**
   * Whether the answer is known: accepted, declined or expired. Learning counts no other; an offer taken back before
   * an answer says nothing and is left out by the source.
   */
  readonly isSettled: boolean;
}

/** What the settled offers of one arm made on one UTC day did (spec d.4); `arm` may be HOLDOUT_ARM. */
export interface ArmDayFact {
  readonly experimentId: string;
  readonly arm: string;
  /** Start of the UTC day on which the offers were made. */
  readonly day: Date;
  readonly offers: number;
  readonly conversions: number;
  readonly refunds: number;
  readonly complaints: number;
  /** Estimated delivery cost summed over all `offers`, minor units. */
  readonly costMinor: bigint;
}

/**
 * Settled offers of one experiment with the same arm, the same propensity (rounded to 1e-4, as drawArms gives it)
 * and the same answer: all that an off-policy check reads (spec d.5).
 */
export interface PropensityGroup {
  readonly experimentId: string;
  readonly arm: string;
  /** Null: the offer was made without one, so it cannot be used; reported. */
  readonly propensity: number | null;
  readonly isConverted: boolean;
  readonly offers: number;
  /** Sum over the group: price − cost when converted, − cost when converted and refunded, else 0. Minor units. */
  readonly rewardMinor: bigint;
}

/** What an experiment has seen, in aggregates whose size does not grow with the number of offers. */
export interface ExperimentFacts {
  readonly days: readonly ArmDayFact[];
  readonly groups: readonly PropensityGroup[];
}

/** What `learn` is given for one action type. */
export interface LearnFacts extends ExperimentFacts {
  readonly actionType: string;
  /** Settled offers made in the last 14 days, newest first, at most 200. */
  readonly recent: readonly OfferFact[];
}

/** Customers who always get the control price: they prove the lift, and no arm counts them. */
export const HOLDOUT_ARM = 'HOLDOUT';
/** Customers whose own arm a guardrail paused: they get the control price and count for no arm. */
export const FALLBACK_ARM = 'FALLBACK';

/** The key under which patterns are learned (spec d.2). */
export const patternKey = (actionType: string, target: string, channel: string): string =>
  [actionType, target, channel].map((part) => part.replaceAll('|', '/')).join('|');

/*
 * Asked of delivery/feedback (the API joins the two, because learning stands above delivery):
 *   collectOutcomes(scope, tx)                         → recordOutcomes(scope, tx, facts) with kind RESULT
 *   learningFacts(sql, tenantId, actionType, now)      → LearnFacts (experiments that are RUNNING)
 *   experimentFacts(sql, tenantId, experimentIds)      → ExperimentFacts, for the API
 *   actionOf(scope, offerId)                           → ActionFact | null, for the mutation recordOutcome
 */
