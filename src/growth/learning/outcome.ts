import type { OutcomeKind, Sentiment } from './facts.ts';

/** An outcome as it stands in the ledger; once per (action, kind). */
export interface Outcome {
  readonly actionId: string;
  readonly kind: OutcomeKind;
  readonly patternKey: string;
  readonly isConverted: boolean;
  readonly currency: string;
  readonly realizedMinor: bigint;
  readonly expectedMinor: bigint;
  readonly rating: number | null;
  readonly sentiment: Sentiment | null;
  readonly isComplaint: boolean;
  /** 0..1. */
  readonly score: number;
  readonly status: OutcomeStatus;
  readonly customerId: string | null;
  readonly items: { readonly names: readonly string[]; readonly categories: readonly string[] };
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  /** When the learner used it. */
  readonly learnedAt: Date | null;
}

/** LEARNED: for the learner. LATE_IGNORED: too late for it, kept in the ledger. */
export const OUTCOME_STATUSES = ['LEARNED', 'LATE_IGNORED'] as const;
export type OutcomeStatus = (typeof OUTCOME_STATUSES)[number];
