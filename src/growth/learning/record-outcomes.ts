import { uuidFrom } from '../../kernel/ids.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import type { OutcomeFact } from './facts.ts';
import type { Outcome } from './outcome.ts';
import { type Exclusion, insertOutcomes, saveExclusions } from './outcome-store.ts';
import { isLate, isNegative, outcomeScore } from './score.ts';
import { packageOf } from './similarity.ts';

/** How long a customer is spared what they did not like. Spec d.3. */
export const EXCLUSION_DAYS = 90;
const MAX_ITEMS = 100;

/**
 * Writes outcomes into the ledger, once per (action, kind), and spares customers what they did not like from now on;
 * that only takes offers away, so it waits for no approval. Answers the new ones. Three statements for any number.
 */
export async function insertFacts(scope: Scope, tx: Tx, facts: readonly OutcomeFact[]): Promise<Outcome[]> {
  if (facts.length === 0) return [];
  const added = await insertOutcomes(
    tx,
    scope.tenantId,
    facts.map((fact) => outcomeOf(fact, scope.now)),
  );
  await saveExclusions(
    tx,
    scope.tenantId,
    added.flatMap((outcome) => exclusionOf(scope, outcome)),
    scope.now,
  );
  await scope.events.append(
    tx,
    scope.tenantId,
    added.map((outcome) => ({
      type: 'OUTCOME_RECORDED',
      payload: {
        ...{ actionId: outcome.actionId, kind: outcome.kind, patternKey: outcome.patternKey },
        ...{ isConverted: outcome.isConverted, score: outcome.score, status: outcome.status },
        realized: { amountMinor: outcome.realizedMinor.toString(), currency: outcome.currency },
      },
    })),
  );
  return added;
}

/** Records how actions ended; the number of outcomes that were new. Spec d.1. */
export async function recordOutcomes(scope: Scope, tx: Tx, facts: readonly OutcomeFact[]): Promise<number> {
  return (await insertFacts(scope, tx, facts)).length;
}

function outcomeOf(fact: OutcomeFact, recordedAt: Date): Outcome {
  const { names, categories, offeredAt: _, ...rest } = fact;
  return {
    ...rest,
    score: outcomeScore(fact),
    status: isLate(fact, recordedAt) ? 'LATE_IGNORED' : 'LEARNED',
    items: { names: names.slice(0, MAX_ITEMS), categories: categories.slice(0, MAX_ITEMS) },
    recordedAt,
    learnedAt: null,
  };
}

function exclusionOf(scope: Scope, outcome: Outcome): Exclusion[] {
  const { customerId, actionId, items } = outcome;
  if (customerId === null || !isNegative(outcome)) return [];
  const id = uuidFrom('exclusion', scope.tenantId, customerId, actionId);
  const until = addMs(outcome.occurredAt, EXCLUSION_DAYS * DAY_MS);
  return [{ id, customerId, actionId, until, ...packageOf(items.names, items.categories) }];
}
