import { addMs, DAY_MS, HOUR_MS } from '../../kernel/time.ts';
import type { Scope } from '../../platform/scope.ts';
import { FACT_LISTS, toBatches } from './batches.ts';
import { type ImportCounts, importFacts, noCounts } from './import-facts.ts';
import { DEMO_SEED } from './plan.ts';
import { trickleBatch } from './trickle.ts';

/** A shop that stood still for longer reopens instead of making up for it. */
const LONGEST_GAP_MS = 14 * DAY_MS;
const STEP_MS = 6 * HOUR_MS;

/**
 * Imports what the demo shop sold in `[since, until)`, six hours at a time, at most the last fourteen days. Doing it
 * twice changes nothing. The seeded history must be complete, because its customers are the buyers.
 */
export async function runTrickle(
  scope: Scope,
  since: Date,
  until: Date,
  seed: number = DEMO_SEED,
): Promise<ImportCounts> {
  const counts = noCounts();
  const earliest = addMs(until, -LONGEST_GAP_MS);
  let from = since < earliest ? earliest : since;
  while (from < until) {
    const to = new Date(Math.min(from.getTime() + STEP_MS, until.getTime()));
    for (const { list, items } of toBatches(trickleBatch(seed, to, from))) {
      await importFacts(scope, list, items, null, counts);
    }
    from = to;
  }
  if (since < until) await declareComplete(scope, until, counts);
  return counts;
}

/** A quiet minute is no missing data: says that everything up to here has been sent. */
async function declareComplete(scope: Scope, until: Date, counts: ImportCounts): Promise<void> {
  for (const list of FACT_LISTS) await importFacts(scope, list, [], until, counts);
}
