import { DRONE_FLAG, type Steering } from '../../control/flags/index.ts';
import { loadExclusions, type Strategy, strategyOf } from '../../growth/learning/index.ts';
import type { Money } from '../../kernel/money.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { eliteToOffer, reopenNotFlyable, type ToOffer } from '../opportunities/index.ts';
import { loadReach, type Reach } from './find-way.ts';
import { fingerprintOf } from './fingerprint.ts';
import { ACTION_TYPE } from './offer.ts';
import { MIN_MARGIN, type OfferPolicy } from './offer-rule.ts';
import type { Candidate } from './propose.ts';
import { usage } from './store.ts';

/** Candidates looked at in one run, rarest first; they are few, because they are the top 1 % of 30 days. */
const MAX_CANDIDATES = 1_000;

/** Everything a run of the offer desk decides from. */
export interface Desk {
  readonly policy: OfferPolicy;
  /** What is asked without an experiment. */
  readonly price: Money;
  readonly reach: Reach;
  readonly candidates: readonly Candidate[];
  /** Offers of the last 24 h. */
  readonly usedToday: number;
  /** What the network looks like, when that is news. */
  readonly changed: string | null;
}

/** Reads what the desk needs, in a number of statements that does not depend on how much there is. */
export async function openDesk(
  scope: Scope,
  tx: Tx,
  settings: Steering,
  { since, seen }: { since: Date; seen: string | null },
): Promise<Desk> {
  const strategy = await strategyOf(tx, scope.tenantId, ACTION_TYPE, settings);
  const reach = await loadReach(tx, scope.tenantId, scope.now, settings.offerGroundFallback);
  const fingerprint = fingerprintOf(reach);
  const isChanged = fingerprint !== seen;
  if (isChanged) await reopenNotFlyable(tx, scope.tenantId, since);
  const found = await eliteToOffer(tx, scope.tenantId, since, scope.now, MAX_CANDIDATES);
  const { candidates, usedToday, answers } =
    found.length > 0
      ? await prospects(scope, tx, found)
      : { candidates: [], usedToday: 0, answers: NO_ANSWERS };
  const policy = policyOf(settings, strategy, answers);
  const changed = isChanged ? fingerprint : null;
  return { policy, price: strategy.price, reach, candidates, usedToday, changed };
}

async function prospects(
  scope: Scope,
  tx: Tx,
  found: readonly ToOffer[],
): Promise<Pick<Desk, 'candidates' | 'usedToday'> & Pick<OfferPolicy, 'answers'>> {
  const customers = [...new Set(found.flatMap(({ customerId }) => customerId ?? []))];
  const used = await usage(tx, scope.tenantId, scope.now, customers);
  const isExcluded = await loadExclusions(tx, scope.tenantId, customers, scope.now);
  const candidates = found.map((opportunity): Candidate => {
    const { id, customerId, score, weightGrams, acceptsMarketing, itemNames, categories } = opportunity;
    return {
      opportunity,
      prospect: {
        opportunityId: id,
        ...{ customerId, score, weightKg: weightGrams / 1000, acceptsMarketing },
        isAskedLately: customerId !== null && used.customers.has(customerId),
        isExcluded: customerId !== null && isExcluded(customerId, itemNames, categories),
      },
    };
  });
  const { today, settled, accepted } = used;
  return { candidates, usedToday: today, answers: { settled, accepted } };
}

const NO_ANSWERS = { settled: 0, accepted: 0 };

const policyOf = (settings: Steering, strategy: Strategy, answers: OfferPolicy['answers']): OfferPolicy => ({
  mode: settings.upsellMode,
  isFlagOn: settings.flags.isOn(DRONE_FLAG),
  isStabilised: settings.flags.isStabilised,
  rarityThreshold: strategy.rarityThreshold,
  needsConsent: settings.offersNeedConsent,
  limitPerDay: strategy.offersPerDay,
  answers,
  minMargin: MIN_MARGIN,
});
