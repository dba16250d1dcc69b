import { describe, expect, it } from 'vitest';
import type { Opportunity } from '../opportunities/index.ts';
import type { OfferPolicy, Quote, Way } from './offer-rule.ts';
import { byRarity, type Candidate, type FindWay, proposeOffers, sortOut } from './propose.ts';

const policy: OfferPolicy = {
  ...{ mode: 'AUTO', isFlagOn: true, isStabilised: false, rarityThreshold: 95, needsConsent: false },
  ...{ limitPerDay: 50, answers: { settled: 0, accepted: 0 }, minMargin: '1.3' },
};
const candidate = (id: string, score = 97, customerId: string | null = `customer of ${id}`): Candidate => ({
  opportunity: { id, score } as Opportunity,
  prospect: {
    ...{ opportunityId: id, customerId, score, weightKg: 1, acceptsMarketing: null },
    ...{ isAskedLately: false, isExcluded: false },
  },
});
const way: Extract<Way, { ok: true }> = {
  ...{ ok: true, path: ['HUB'], legs: [{ kind: 'LOCAL', distanceKm: 10 }], successProbability: 0.96 },
  ...{ etaMin: 45, reasons: [] },
};
const flies: FindWay = () => ({ way, isLasting: false });
const no = (code: string): Way => ({ ok: false, code, reasons: [] });
const quote: Quote = {
  ...{ amountMinor: '500000', currency: 'INR' },
  ...{ experimentId: null, arm: null, propensity: null, weightsVersion: null },
};

/** The whole desk on these candidates: ids in the order of their offers, and what was held. */
function run(candidates: Candidate[], changes: Partial<OfferPolicy> = {}, findWay = flies, used = 0) {
  const held: Record<string, number> = {};
  const used_ = { ...policy, ...changes };
  const sorted = sortOut(byRarity(candidates), used_, findWay, held);
  const usedUp = { today: used, customers: new Set<string>() };
  const plans = proposeOffers(sorted.feasible, used_, usedUp, () => quote, held);
  const made = plans.filter(({ computed }) => computed.output.action !== 'HOLD');
  return { made: made.map(({ opportunity }) => opportunity.id), plans, held, notFlyable: sorted.notFlyable };
}

describe('the offer desk (spec c.3)', () => {
  it('asks the rarest first, ties by id', () => {
    expect(run([candidate('b'), candidate('c', 99), candidate('a')]).made).toEqual(['c', 'a', 'b']);
  });

  it('stops at the cap, and a refusal never uses up a place', () => {
    const candidates = [candidate('a', 99, null), candidate('b', 98), candidate('c'), candidate('d', 96)];
    expect(run(candidates, { limitPerDay: 2 })).toMatchObject({
      made: ['b', 'c'],
      held: { NO_CUSTOMER: 1, 'CAP:MESSAGES_PER_DAY': 1 },
    });
    expect(run(candidates, { limitPerDay: 2 }, flies, 1).made).toEqual(['b']);
  });

  it('asks each customer once', () => {
    const candidates = [candidate('a', 99, 'x'), candidate('b', 98, 'x'), candidate('c', 97, 'y')];
    expect(run(candidates)).toMatchObject({ made: ['a', 'c'], held: { CUSTOMER_LIMIT: 1 } });
    // A dry run says what would happen.
    const dry = run(candidates, { mode: 'OBSERVE' });
    expect(dry).toMatchObject({ made: [], held: { CUSTOMER_LIMIT: 1, DRY_RUN: 2 } });
    expect(dry.plans.map(({ opportunity }) => opportunity.id)).toEqual(['a', 'c']);
  });

  it('tells what will never travel from what cannot now', () => {
    const ways: Record<string, ReturnType<FindWay>> = {
      a: { way: no('CAPACITY_EXHAUSTED'), isLasting: false },
      b: { way: no('NOT_FLYABLE'), isLasting: true },
    };
    const findWay: FindWay = ({ id }) => ways[id] ?? flies({} as Opportunity);
    expect(run([candidate('a'), candidate('b'), candidate('c')], {}, findWay)).toMatchObject({
      made: ['c'],
      held: { CAPACITY_EXHAUSTED: 1, NOT_FLYABLE: 1 },
      notFlyable: ['b'],
    });
  });

  it('looks for no route for somebody who is not asked anyway', () => {
    const asked: string[] = [];
    const findWay: FindWay = ({ id }) => {
      asked.push(id);
      return { way, isLasting: false };
    };
    run([candidate('a', 97, null), candidate('b', 94), candidate('c')], {}, findWay);
    expect(asked).toEqual(['c']);
  });
});
