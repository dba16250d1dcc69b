import type { EngineSettings } from '../../control/tenancy/index.ts';
import { type Money, money } from '../../kernel/money.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { eliteToOffer } from '../opportunities/index.ts';
import { loadReach, type Reach } from './find-way.ts';
import { reopenOnChange } from './network-change.ts';
import { MIN_MARGIN, type OfferPolicy, type Quote } from './offer-rule.ts';
import { ACCEPT_PRIOR, type Candidate, type Feasible } from './propose.ts';
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
  /** The price for each customer, drawn for those who are about to be asked. */
  quotes(feasible: readonly Feasible[]): Promise<(customerId: string) => Quote>;
}

/** Reads what the desk needs, in a number of statements that does not depend on how much there is. */
export async function openDesk(scope: Scope, tx: Tx, settings: EngineSettings, since: Date): Promise<Desk> {
  const price = money(settings.bundlePriceMinor, settings.bundleCurrency);
  const policy: OfferPolicy = {
    mode: settings.upsellMode,
    isFlagOn: settings.droneDeliveryEnabled,
    isStabilised: settings.stabiliseMode,
    rarityThreshold: settings.rarityThreshold,
    needsConsent: settings.offersNeedConsent,
    limitPerDay: settings.offersPerDay,
    acceptProbability: ACCEPT_PRIOR,
    minMargin: MIN_MARGIN,
  };
  const reach = await loadReach(tx, scope.tenantId, scope.now, settings.offerGroundFallback);
  await reopenOnChange(tx, scope.tenantId, reach, since);
  const found = await eliteToOffer(tx, scope.tenantId, since, scope.now, MAX_CANDIDATES);
  const customers = found.flatMap(({ customerId }) => customerId ?? []);
  const used = found.length > 0 ? await usage(tx, scope.tenantId, scope.now, customers) : null;
  const candidates = found.map((opportunity): Candidate => {
    const { id, customerId, score, weightGrams, acceptsMarketing } = opportunity;
    return {
      opportunity,
      prospect: {
        opportunityId: id,
        ...{ customerId, score, weightKg: weightGrams / 1000, acceptsMarketing },
        isAskedLately: used?.customers.has(customerId ?? '') ?? false,
        isExcluded: false,
      },
    };
  });
  const standard = quoteOf(price);
  return {
    ...{ policy, price, reach, candidates, usedToday: used?.today ?? 0 },
    quotes: async () => () => standard,
  };
}

const quoteOf = ({ amountMinor, currency }: Money): Quote => ({
  ...{ amountMinor: `${amountMinor}`, currency },
  ...{ experimentId: null, arm: null, propensity: null, weightsVersion: null },
});
