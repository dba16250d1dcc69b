import { expect, test } from 'vitest';
import { compute } from '../../control/decisions/index.ts';
import { wilson95 } from '../../kernel/stats.ts';
import { type ThresholdFacts, thresholdFormula } from './thresholds.ts';

const facts: ThresholdFacts = {
  actionType: 'rare_drone_drop_bundle',
  now: new Date('2026-11-20T12:00:00Z'),
  n: 20,
  conversions: 6,
  level: 0,
  price: { amountMinor: 500_000n, currency: 'INR' },
  ladder: [300_000n, 500_000n, 700_000n],
  lastStepAt: null,
  requireConfidence: false,
  isExperimentRunning: false,
};

/** `step level price alert reason` */
function ask(change: Partial<ThresholdFacts>): string {
  const { output, reasons } = compute(thresholdFormula, { ...facts, ...change });
  return [output.step, output.level, output.priceMinor, output.alert ?? '-', reasons[0]?.code].join(' ');
}

// Spec d.3, acceptance first.
test.each([
  ['9 of 20', { conversions: 9 }, 'AGGRESSIVENESS 1 500000 - CONVERSION_HIGH'],
  [
    '9 of 20, confidence required',
    { conversions: 9, requireConfidence: true },
    'NONE 0 500000 - NOT_CONFIDENT',
  ],
  [
    '50 of 100, confidence required',
    { n: 100, conversions: 50, requireConfidence: true },
    'AGGRESSIVENESS 1 500000 - CONVERSION_HIGH',
  ],
  ['1 of 20 is exactly 5 %', { conversions: 1 }, 'PRICE 0 300000 - CONVERSION_LOW'],
  ['8 of 20 is exactly 40 %', { conversions: 8 }, 'NONE 0 500000 - WITHIN_TARGET'],
  ['7 of 19', { n: 19, conversions: 7 }, 'NONE 0 500000 - TOO_FEW'],
  ['2 of 20 is exactly 10 %', { conversions: 2 }, 'NONE 0 500000 - WITHIN_TARGET'],
  ['0 of 20', { conversions: 0 }, 'PRICE 0 300000 LOW CONVERSION_LOW'],
  ['12 of 20 is exactly 60 %', { conversions: 12 }, 'AGGRESSIVENESS 1 500000 - CONVERSION_HIGH'],
  ['13 of 20', { conversions: 13 }, 'AGGRESSIVENESS 1 500000 HIGH CONVERSION_HIGH'],
  [
    'from the highest arm',
    { conversions: 1, price: { amountMinor: 700_000n, currency: 'INR' } },
    'PRICE 0 500000 - CONVERSION_LOW',
  ],
  [
    'at the lowest arm',
    { conversions: 1, price: { amountMinor: 300_000n, currency: 'INR' } },
    'AGGRESSIVENESS -1 300000 - CONVERSION_LOW',
  ],
  [
    'everything at its lowest',
    { conversions: 1, level: -2, price: { amountMinor: 300_000n, currency: 'INR' } },
    'NONE -2 300000 - AT_LIMIT',
  ],
  ['at the highest level', { conversions: 9, level: 2 }, 'NONE 2 500000 - AT_LIMIT'],
  ['an experiment runs', { conversions: 1, isExperimentRunning: true }, 'NONE 0 500000 - EXPERIMENT_RUNS'],
  [
    'less than 24 h after a step',
    { conversions: 9, lastStepAt: new Date('2026-11-19T12:00:01Z') },
    'NONE 0 500000 - COOLING',
  ],
  [
    '24 h after a step',
    { conversions: 9, lastStepAt: new Date('2026-11-19T12:00:00Z') },
    'AGGRESSIVENESS 1 500000 - CONVERSION_HIGH',
  ],
  [
    'confidence: 1 of 20 is too close',
    { conversions: 1, requireConfidence: true },
    'NONE 0 500000 - NOT_CONFIDENT',
  ],
  [
    'confidence: 2 of 100 is not',
    { n: 100, conversions: 2, requireConfidence: true },
    'PRICE 0 300000 LOW CONVERSION_LOW',
  ],
  ['nothing at all', { n: 0, conversions: 0 }, 'NONE 0 500000 - TOO_FEW'],
])('%s', (_name, change, answer) => {
  expect(ask(change)).toBe(answer);
});

test('Wilson intervals of the specification', () => {
  const round = (ends: number[]) => ends.map((end) => Number(end.toFixed(4)));
  expect(round(wilson95(9, 20))).toEqual([0.2582, 0.6579]);
  expect(round(wilson95(50, 100))[0]).toBe(0.4038);
  expect(wilson95(0, 20)[0]).toBe(0);
  expect(wilson95(20, 20)[1]).toBe(1);
});
