import { expect, it, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import {
  acceptProbability,
  type OfferInputs,
  type OfferPolicy,
  offerFormula,
  type Prospect,
  type Quote,
} from './offer-rule.ts';

const prospect: Prospect = {
  ...{ opportunityId: 'opp_1', customerId: 'c1', score: 97.5, weightKg: 1, acceptsMarketing: null },
  ...{ isAskedLately: false, isExcluded: false },
};
const policy: OfferPolicy = {
  ...{ mode: 'AUTO', isFlagOn: true, isStabilised: false, rarityThreshold: 95, needsConsent: false },
  ...{ limitPerDay: 50, answers: { settled: 0, accepted: 0 }, minMargin: '1.3' },
};
const quote: Quote = {
  ...{ amountMinor: '500000', currency: 'INR' },
  ...{ experimentId: null, arm: null, propensity: null, weightsVersion: null },
};
/** A courier round of 10 km: 6000 + 3000 + 1000. */
const way: OfferInputs['way'] = {
  ...{ ok: true, path: ['HUB'], legs: [{ kind: 'LOCAL', distanceKm: 10 }], successProbability: 0.96 },
  ...{ etaMin: 45, reasons: [{ code: 'SAME_HUB', text: 'One hub.' }] },
};
interface Change {
  prospect?: Partial<Prospect>;
  policy?: Partial<OfferPolicy>;
  quote?: Partial<Quote>;
  way?: OfferInputs['way'];
  wouldUse?: number;
}
const decide = (change: Change = {}) =>
  compute(offerFormula, {
    prospect: { ...prospect, ...change.prospect },
    policy: { ...policy, ...change.policy },
    quote: { ...quote, ...change.quote },
    way: change.way ?? way,
    wouldUse: change.wouldUse ?? 1,
  });
const refused = (code: string): OfferInputs['way'] => ({ ok: false, code, reasons: [{ code, text: 'No.' }] });

test.each<[string, Change, string]>([
  ['all is well', {}, 'OFFER'],
  ['the customer agreed', { prospect: { acceptsMarketing: true } }, 'OFFER'],
  ['the customer refused', { prospect: { acceptsMarketing: false } }, 'NO_CONSENT'],
  ['silence, where a yes is needed', { policy: { needsConsent: true } }, 'NO_CONSENT'],
  [
    'a yes, where one is needed',
    { prospect: { acceptsMarketing: true }, policy: { needsConsent: true } },
    'OFFER',
  ],
  ['nobody to ask', { prospect: { customerId: null } }, 'NO_CUSTOMER'],
  ['the threshold exactly', { policy: { rarityThreshold: 97.5 } }, 'OFFER'],
  ['below the threshold', { policy: { rarityThreshold: 97.6 } }, 'BELOW_THRESHOLD'],
  ['a no to something like it', { prospect: { isExcluded: true } }, 'EXCLUDED'],
  ['asked within 7 days', { prospect: { isAskedLately: true } }, 'CUSTOMER_LIMIT'],
  ['no drone can fly it', { way: refused('NOT_FLYABLE') }, 'NOT_FLYABLE'],
  ['a full hub', { way: refused('CAPACITY_EXHAUSTED') }, 'CAPACITY_EXHAUSTED'],
  ['a currency without tariffs', { quote: { currency: 'JPY' } }, 'NO_COST_MODEL'],
  ['exactly 1.3 times the cost', { quote: { amountMinor: '13000' } }, 'OFFER'],
  ['a paisa less', { quote: { amountMinor: '12999' } }, 'PRICE_BELOW_COST'],
  ['the flag off', { policy: { isFlagOn: false } }, 'FLAG_OFF:FLAG_DRONE_DELIVERY_ENABLED'],
  ['mode OFF', { policy: { mode: 'OFF' } }, 'MODE_OFF'],
  ['mode OBSERVE', { policy: { mode: 'OBSERVE' } }, 'DRY_RUN'],
  ['mode APPROVE', { policy: { mode: 'APPROVE' } }, 'PROPOSE'],
  ['stabilised: promised messages go on', { policy: { isStabilised: true } }, 'OFFER'],
  ['the fiftieth of a day', { wouldUse: 50 }, 'OFFER'],
  ['the fifty-first', { wouldUse: 51 }, 'CAP:MESSAGES_PER_DAY'],
  ['the fifty-first to be approved', { policy: { mode: 'APPROVE' }, wouldUse: 51 }, 'CAP:MESSAGES_PER_DAY'],
  ['a refusal comes before the cap', { prospect: { isAskedLately: true }, wouldUse: 51 }, 'CUSTOMER_LIMIT'],
])('%s', (_name, change, expected) => {
  const { output, reasons } = decide(change);
  expect(output.held ?? output.action).toBe(expected);
  expect(output.action === 'HOLD').toBe(output.held !== null);
  expect(reasons.length).toBeGreaterThan(0);
});

it('knows the cost and what to expect, and says why', () => {
  const { output, reasons } = decide({ quote: { arm: 'B', propensity: 0.25 } });
  expect(output).toEqual({
    ...{ action: 'OFFER', held: null, isWorthwhile: true },
    ...{ costMinor: '10000', expectedRevenueMinor: '150000' },
  });
  expect(reasons.map(({ code, text }) => `${code} ${text}`)).toEqual([
    'ELITE Its rarity score of 97.50 makes it elite.',
    'PRICE_ARM Its price is arm B, drawn with probability 0.25.',
    'ACCEPT_PRIOR 30 % are expected to accept, until there are answers.',
    'SAME_HUB One hub.',
    'COST_COVERED The price is 50.0 times the estimated delivery cost.',
  ]);
});

it('gives the same bytes for the same inputs, in whatever order their keys are kept', () => {
  const first = decide();
  const shuffled = Object.fromEntries(Object.entries(first.inputs as object).reverse());
  expect(compute(offerFormula, shuffled as unknown as OfferInputs).outputHash).toBe(first.outputHash);
});

test.each([
  [0, 0, 0.3],
  [20, 0, 0.15],
  [20, 20, 0.65],
  [80, 24, 0.3],
  [180, 94, 0.5],
])('of %i answers %i yes: an offer is expected to be accepted with %f', (settled, accepted, expected) => {
  expect(acceptProbability({ settled, accepted })).toBe(expected);
});

it('expects what the last answers say', () => {
  const { output, reasons } = decide({ policy: { answers: { settled: 80, accepted: 44 } } });
  expect(output.expectedRevenueMinor).toBe('250000');
  expect(reasons[1]).toEqual({
    code: 'ACCEPT_RATE',
    text: '50 % are expected to accept: 44 of the last 80 did.',
  });
});
