import { type DrawnArm, drawArms } from '../../growth/learning/index.ts';
import type { Money } from '../../kernel/money.ts';
import type { Tx } from '../../platform/db/sql.ts';
import type { Scope } from '../../platform/scope.ts';
import { ACTION_TYPE } from './offer.ts';
import { type OfferPolicy, offerGate, type Quote } from './offer-rule.ts';
import type { Feasible } from './propose.ts';

/** Arms drawn beyond the places that are left, for those that cost more than their arm's price allows. */
const SPARE = 20;

/** The price for each customer who is about to be asked. */
export type QuoteFor = (customerId: string) => Quote;

/**
 * Prices of the running experiment for those who may be asked now, and the standard price for everybody else: nobody
 * gets an arm for an offer that the gate holds back, otherwise the propensity log would tell of choices nobody made.
 */
export async function drawQuotes(
  scope: Scope,
  tx: Tx,
  feasible: readonly Feasible[],
  { policy, price, usedToday }: { policy: OfferPolicy; price: Money; usedToday: number },
): Promise<QuoteFor> {
  const standard = quoteOf(price);
  if (offerGate(policy, usedToday + 1).verdict === 'HOLD') return () => standard;
  const places = policy.limitPerDay - usedToday + SPARE;
  const customers = feasible.flatMap(({ prospect: { customerId, isAskedLately } }) =>
    customerId === null || isAskedLately ? [] : [customerId],
  );
  const drawn = await drawArms(scope, tx, ACTION_TYPE, [...new Set(customers)].slice(0, places));
  return (customerId) => {
    const arm = drawn.get(customerId);
    // An experiment in another currency than the tenant's offers is not mixed with them (C10).
    return arm && arm.currency === price.currency ? quoteOf(price, arm) : standard;
  };
}

const quoteOf = (price: Money, arm?: DrawnArm): Quote => ({
  amountMinor: `${arm?.priceMinor ?? price.amountMinor}`,
  currency: price.currency,
  experimentId: arm?.experimentId ?? null,
  arm: arm?.arm ?? null,
  propensity: arm?.propensity ?? null,
  weightsVersion: arm?.weightsVersion ?? null,
});
