import { compute, defineFormula } from '../../control/decisions/index.ts';
import { uuidFrom } from '../../kernel/ids.ts';
import { addMs, DAY_MS } from '../../kernel/time.ts';
import type { Tx } from '../../platform/db/sql.ts';
import { activeExclusions, loadNegatives } from './outcome-store.ts';
import { EXCLUSION_DAYS } from './record-outcomes.ts';
import { type Round, take } from './round.ts';
import { isSimilar, type Package, packageOf } from './similarity.ts';

const WINDOW_DAYS = 30;
const MIN_NEGATIVES = 3;
const MAX_NEGATIVES = 200;
/** Of one exclusion's evidence, so that its decision stays small. */
const MAX_EVIDENCE = 20;

export interface Disliked extends Package {
  readonly actionId: string;
  readonly occurredAt: Date | string;
}

interface ExclusionFacts {
  readonly subject: Package;
  readonly negatives: readonly Disliked[];
}

/** Whether enough people disliked packages like this one that nobody should be offered them (spec d.3). */
export const exclusionFormula = defineFormula<ExclusionFacts, Package & { isExcluded: boolean }>({
  kind: 'learning.exclusion',
  version: '1',
  compute({ subject, negatives }) {
    const similar = negatives.filter((each) => isSimilar(each, subject));
    const text = `${similar.length} negative reactions to similar packages in ${WINDOW_DAYS} days (limit ${MIN_NEGATIVES}).`;
    return {
      output: { ...subject, isExcluded: similar.length >= MIN_NEGATIVES },
      reasons: [{ code: 'DISLIKED', text }],
    };
  },
});

/** Packages that enough negatives agree about, newest first, with those negatives; none that `isKnown` covers. */
export function dislikedByMany(
  negatives: readonly Disliked[],
  isKnown: (wanted: Package, at: Date) => boolean,
): { subject: Package; negatives: Disliked[] }[] {
  const found: { subject: Package; negatives: Disliked[] }[] = [];
  const fresh = negatives.filter((each) => !isKnown(each, new Date(each.occurredAt)));
  for (const { tokens, categories } of fresh) {
    const subject = { tokens, categories };
    if (found.some((earlier) => isSimilar(earlier.subject, subject))) continue;
    const similar = fresh.filter((each) => isSimilar(each, subject));
    if (similar.length >= MIN_NEGATIVES) found.push({ subject, negatives: similar.slice(0, MAX_EVIDENCE) });
  }
  return found;
}

/** Spares everybody what many disliked, as far as the gate lets it. Two statements; writes nothing itself. */
export async function excludeForAll(round: Round, tx: Tx): Promise<void> {
  const { scope, actionType } = round;
  const since = addMs(scope.now, -WINDOW_DAYS * DAY_MS);
  const rows = await loadNegatives(tx, scope.tenantId, actionType, since, MAX_NEGATIVES);
  if (rows.length < MIN_NEGATIVES) return;
  const negatives = rows.map(({ actionId, items, occurredAt }) => ({
    ...{ actionId, occurredAt },
    ...packageOf(items.names, items.categories),
  }));
  const active = await activeExclusions(tx, scope.tenantId, [], scope.now);
  const refused = round.known.filter(
    ({ kind, status }) => kind === 'EXCLUSION' && status !== 'PROPOSED' && status !== 'HELD',
  );
  // What a person took back counts again only with reactions that came after that.
  const isKnown = (wanted: Package, at: Date): boolean =>
    active.some((exclusion) => isSimilar(exclusion, wanted)) ||
    refused.some(({ after, closedAt }) => closedAt && at <= closedAt && isSimilar(pointOf(after), wanted));
  for (const facts of dislikedByMany(negatives, isKnown)) exclude(round, facts);
}

const pointOf = ({ tokens = [], categories = [] }: Partial<Package>): Package => ({ tokens, categories });

function exclude(round: Round, facts: { subject: Package; negatives: Disliked[] }): void {
  const { scope, actionType } = round;
  const computed = compute(exclusionFormula, facts);
  const actionId = facts.negatives[0]?.actionId as string;
  const exclusion = {
    ...facts.subject,
    ...{ id: uuidFrom('exclusion', scope.tenantId, 'all', actionId), customerId: null, actionId },
    until: addMs(scope.now, EXCLUSION_DAYS * DAY_MS),
  };
  const change = take(round, {
    ...{ kind: 'EXCLUSION', actionClass: 'EXPERIMENT_REWEIGHT', before: {} },
    after: { exclusionId: exclusion.id, ...facts.subject, until: exclusion.until.toISOString() },
    evidence: { negatives: facts.negatives.map((each) => each.actionId) },
    ...{ formula: exclusionFormula, computed, subject: actionType },
  });
  if (change?.status === 'APPLIED') round.exclusions.push(exclusion);
}
