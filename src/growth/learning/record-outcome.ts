import { CurrencyMismatchError, NotFoundError, ValidationError } from '../../kernel/errors.ts';
import type { Money } from '../../kernel/money.ts';
import { addMs, MINUTE_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import type { ActionFact, OutcomeFact, Sentiment } from './facts.ts';
import type { Outcome } from './outcome.ts';
import { OUTCOME_COLUMNS } from './outcome-store.ts';
import { insertFacts } from './record-outcomes.ts';

/** What somebody says about an action. */
export interface Feedback {
  readonly actionId: string;
  readonly converted: boolean;
  readonly realizedRevenue?: Money | null | undefined;
  readonly rating?: number | null | undefined;
  readonly sentiment?: Sentiment | null | undefined;
  readonly complaint?: boolean | null | undefined;
  readonly occurredAt?: Date | null | undefined;
}

/** Clocks of callers may be this far ahead. */
const MAX_AHEAD_MS = 5 * MINUTE_MS;

/**
 * Records feedback about an action (spec d.1); once per action, a second call answers the first with `isNew` false.
 * Throws NotFoundError without an action, ValidationError, CurrencyMismatchError.
 */
export async function recordOutcome(
  scope: Scope,
  feedback: Feedback,
  action: ActionFact | null,
): Promise<{ outcome: Outcome; isNew: boolean }> {
  if (!action) throw new NotFoundError('action', feedback.actionId);
  const { converted, realizedRevenue, rating, sentiment, complaint } = feedback;
  const occurredAt = feedback.occurredAt ?? scope.now;
  check(scope, feedback, action, occurredAt);
  const fact: OutcomeFact = {
    ...action,
    ...{ kind: 'FEEDBACK', isConverted: converted, realizedMinor: realizedRevenue?.amountMinor ?? 0n },
    ...{ rating: rating ?? null, sentiment: sentiment ?? null, isComplaint: complaint ?? false, occurredAt },
  };
  return scope.db.tx(async (tx) => {
    const [added] = await insertFacts(scope, tx, [fact]);
    const outcome =
      added ??
      (await tx.row<Outcome>(
        `SELECT ${OUTCOME_COLUMNS} FROM outcome WHERE tenant_id = $1 AND action_id = $2 AND kind = 'FEEDBACK'`,
        [scope.tenantId, action.actionId],
      ));
    return { outcome: outcome as Outcome, isNew: added !== undefined };
  });
}

function check({ now }: Scope, feedback: Feedback, action: ActionFact, occurredAt: Date): void {
  const { rating, realizedRevenue: revenue } = feedback;
  if (rating != null && !(Number.isInteger(rating) && rating >= 1 && rating <= 5)) {
    throw new ValidationError('rating', `A rating is 1 to 5 stars, not ${rating}.`);
  }
  if (revenue && revenue.currency !== action.currency) {
    throw new CurrencyMismatchError(revenue.currency, action.currency);
  }
  if (revenue && revenue.amountMinor < 0n) {
    throw new ValidationError(
      'realizedRevenue',
      'Revenue is zero or more; a refund is seen by the engine itself.',
    );
  }
  if (occurredAt > addMs(now, MAX_AHEAD_MS)) {
    throw new ValidationError('occurredAt', `It is in the future: now it is ${now.toISOString()}.`);
  }
  if (action.offeredAt && occurredAt < action.offeredAt) {
    throw new ValidationError('occurredAt', `The action itself is of ${action.offeredAt.toISOString()}.`);
  }
}
