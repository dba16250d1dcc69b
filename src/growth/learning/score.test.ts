import { expect, test } from 'vitest';
import type { OutcomeFact } from './facts.ts';
import { isLate, outcomeScore } from './score.ts';

const base = {
  isConverted: false,
  realizedMinor: 0n,
  expectedMinor: 500_000n,
  rating: null,
  sentiment: null,
  isComplaint: false,
};

// Spec d.1, acceptance.
test.each([
  ['converted, whole revenue, 5 stars', { isConverted: true, realizedMinor: 500_000n, rating: 5 }, 1],
  [
    'converted, 60 % of the revenue, 3 stars',
    { isConverted: true, realizedMinor: 300_000n, rating: 3 },
    0.83,
  ],
  ['not converted, no rating', {}, 0.05],
  ['negative', { isConverted: true, realizedMinor: 500_000n, rating: 5, sentiment: 'NEGATIVE' as const }, 0],
  ['a complaint', { isConverted: true, realizedMinor: 500_000n, isComplaint: true }, 0],
  ['more than hoped counts once', { isConverted: true, realizedMinor: 900_000n, rating: 5 }, 1],
  ['nothing was hoped for', { isConverted: true, realizedMinor: 1n, expectedMinor: 0n }, 0.65],
  ['one star', { isConverted: true, rating: 1 }, 0.6],
  ['refunded beyond what was captured', { isConverted: false, realizedMinor: -500_000n }, 0],
])('%s', (_name, facts, score) => {
  expect(outcomeScore({ ...base, ...facts })).toBeCloseTo(score, 12);
});

const at = (hours: number) => new Date(Date.UTC(2026, 10, 1) + hours * 3_600_000);
const fact: OutcomeFact = {
  ...base,
  ...{
    actionId: 'a',
    kind: 'FEEDBACK',
    patternKey: 'x|y|z',
    offeredAt: at(0),
    customerId: null,
    currency: 'INR',
  },
  ...{ names: [], categories: [], occurredAt: at(1) },
};

test.each([
  ['reported at once', {}, at(1), false],
  ['reported after 72 h', {}, at(73), false],
  ['reported after more than 72 h', {}, at(73.01), true],
  ['happened 72 h after the action', { occurredAt: at(72) }, at(72), false],
  ['happened later', { occurredAt: at(72.01) }, at(72.01), true],
  ['an offer of seven days that nobody answered', { kind: 'RESULT', occurredAt: at(168) }, at(168), false],
  ['accepted on the sixth day', { kind: 'RESULT', isConverted: true, occurredAt: at(144) }, at(168), true],
  ['never offered', { offeredAt: null, occurredAt: at(500) }, at(501), false],
] as const)('%s', (_name, facts, recordedAt, late) => {
  expect(isLate({ ...fact, ...facts }, recordedAt)).toBe(late);
});
