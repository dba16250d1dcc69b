import { describe, expect, test } from 'vitest';
import { OPPORTUNITY_STATUSES, type OpportunityStatus, statesBefore } from './opportunity.ts';

/** Spec c.2, read backwards: which states may become this one. */
const BEFORE: Record<OpportunityStatus, readonly OpportunityStatus[]> = {
  DETECTED: ['NOT_FLYABLE'],
  OFFERED: ['DETECTED'],
  ACCEPTED: ['OFFERED'],
  DISPATCHED: ['ACCEPTED'],
  DELIVERED: ['DISPATCHED'],
  NOT_FLYABLE: ['DETECTED', 'OFFERED', 'ACCEPTED'],
  EXPIRED: ['DETECTED', 'OFFERED', 'ACCEPTED', 'NOT_FLYABLE'],
  DECLINED: ['OFFERED'],
  CANCELLED: ['DETECTED', 'OFFERED', 'ACCEPTED', 'DISPATCHED', 'NOT_FLYABLE'],
  FAILED: ['ACCEPTED', 'DISPATCHED'],
};

describe('the states of an opportunity', () => {
  const steps = OPPORTUNITY_STATUSES.flatMap((from) =>
    OPPORTUNITY_STATUSES.map(
      (to) => [from, to, BEFORE[to].includes(from) ? 'is taken' : 'is refused'] as const,
    ),
  );
  test.each(steps)('%s → %s %s', (from, to, answer) => {
    expect(statesBefore(to).includes(from)).toBe(answer === 'is taken');
  });
});
