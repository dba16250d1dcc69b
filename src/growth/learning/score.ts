import { HOUR_MS } from '../../kernel/time.ts';
import type { OutcomeFact } from './facts.ts';

/** How long after an action its outcome still says something about it (spec d.1). */
export const ATTRIBUTION_HOURS = 72;

type Scored = Pick<
  OutcomeFact,
  'isConverted' | 'realizedMinor' | 'expectedMinor' | 'rating' | 'sentiment' | 'isComplaint'
>;

/** Whether the customer did not like it. */
export const isNegative = ({ sentiment, isComplaint }: Pick<Scored, 'sentiment' | 'isComplaint'>): boolean =>
  isComplaint || sentiment === 'NEGATIVE';

/** How well an action ended, 0..1 (spec d.1): 0.6 converted, 0.3 revenue against hope, 0.1 rating; 0 if disliked. */
export function outcomeScore(outcome: Scored): number {
  if (isNegative(outcome)) return 0;
  const { isConverted, realizedMinor, expectedMinor, rating } = outcome;
  const share = expectedMinor > 0n ? Math.min(1, Number(realizedMinor) / Number(expectedMinor)) : 0;
  const stars = rating === null ? 0.5 : (rating - 1) / 4;
  const score = 0.6 * Number(isConverted) + 0.3 * share + 0.1 * stars;
  // Without the crumbs of binary fractions: everything right is 1, not 0.9999999999999999.
  return Math.min(1, Math.max(0, Math.round(score * 1e9) / 1e9));
}

/**
 * Whether an outcome only goes into the ledger: it was reported more than 72 h after it happened, or it happened more
 * than 72 h after the action. An action that nobody answered ends when it ends; that silence is never too late.
 */
export function isLate(fact: OutcomeFact, recordedAt: Date): boolean {
  const limit = ATTRIBUTION_HOURS * HOUR_MS;
  if (recordedAt.getTime() - fact.occurredAt.getTime() > limit) return true;
  const isSilence = fact.kind === 'RESULT' && !fact.isConverted && !isNegative(fact);
  return (
    !isSilence && fact.offeredAt !== null && fact.occurredAt.getTime() - fact.offeredAt.getTime() > limit
  );
}
