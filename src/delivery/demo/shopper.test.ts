import { expect, test } from 'vitest';
import { demandAt, demoAnswer } from './shopper.ts';

test.each([
  [100_000, 0.35],
  [300_000, 0.35],
  [400_000, 0.3],
  [500_000, 0.25],
  [600_000, 0.225],
  [700_000, 0.2],
  [900_000, 0.2],
])('at %i paise, %f of the customers accept', (price, share) => {
  expect(demandAt(price)).toBeCloseTo(share, 12);
});

test('many customers accept as often as the demand says, and always the same way', () => {
  const offeredAt = new Date('2026-11-20T12:00:00Z');
  const answers = Array.from({ length: 4000 }, (_, i) =>
    demoAnswer({ id: `offer-${i}`, bundlePriceMinor: 500_000n, offeredAt }),
  );
  const share = (wanted: string) => answers.filter(({ answer }) => answer === wanted).length / answers.length;
  expect(share('ACCEPT')).toBeGreaterThan(0.23);
  expect(share('ACCEPT')).toBeLessThan(0.27);
  expect(share('DECLINE')).toBeGreaterThan(0.34);
  expect(share('DECLINE')).toBeLessThan(0.41);
  const minutes = answers.map(({ at }) => (at.getTime() - offeredAt.getTime()) / 60_000);
  expect(Math.min(...minutes)).toBeGreaterThanOrEqual(0.2);
  expect(Math.max(...minutes)).toBeLessThanOrEqual(10);
  expect(demoAnswer({ id: 'offer-1', bundlePriceMinor: 500_000n, offeredAt })).toEqual(answers[1]);
});
