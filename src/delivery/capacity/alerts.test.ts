import { expect, test } from 'vitest';
import { isAlert } from './alerts.ts';

test.each<[string, boolean, number, number, boolean, boolean]>([
  ['20 % free', false, 20, 100, true, false],
  ['below 20 %', false, 19, 100, true, true],
  ['nothing free', false, 0, 100, true, true],
  ['24 % after an alert', true, 24, 100, true, true],
  ['25 % after an alert', true, 25, 100, true, false],
  ['no capacity at all', true, 0, 0, true, false],
  ['out of service', true, 0, 100, false, false],
])('%s', (_name, wasAlert, free, capacity, isEnabled, expected) => {
  expect(isAlert(wasAlert, free, capacity, isEnabled)).toBe(expected);
});
