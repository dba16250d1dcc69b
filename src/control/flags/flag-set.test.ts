import { expect, test } from 'vitest';
import type { FlagFacts } from './flag.ts';
import { createFlagSet } from './flag-set.ts';

const facts = (more: Partial<FlagFacts> = {}): FlagFacts => ({
  ...{ key: 'STABILIZE_MODE', type: 'BOOLEAN', defaultValue: false, isEnabled: true, killSwitch: false },
  ...{ rules: [], version: 1, ...more },
});

test.each([
  ['neither', false, undefined, false],
  ['the tenant', false, true, true],
  ['the installation', true, undefined, true],
  ['the installation, and the tenant says no', true, false, true],
  ['both', true, true, true],
])('stabilised by %s', (_name, defaultValue, own, isStabilised) => {
  const override = own === undefined ? {} : { override: { value: own } };
  const set = createFlagSet([facts({ defaultValue, ...override })], {});
  expect([set.isStabilised, set.isOn('STABILIZE_MODE')]).toEqual([isStabilised, isStabilised]);
});

test('an installation may be frozen for some tenants by a rule', () => {
  const conditions = [{ attribute: 'tenant', operator: 'IN' as const, values: ['acme'] }];
  const flags = [facts({ rules: [{ id: 'some', conditions, value: true }] })];
  expect(createFlagSet(flags, { tenant: 'acme' }).isStabilised).toBe(true);
  expect(createFlagSet(flags, { tenant: 'other' }).isStabilised).toBe(false);
});

test('an own value of another type, from before the flag was made anew, does not count', () => {
  const set = createFlagSet([facts({ key: 'A', override: { value: 'yes' } })], {});
  expect(set.evaluate('A', null)).toMatchObject({ value: false, reason: 'STATIC' });
  const any = createFlagSet([facts({ key: 'A', type: 'JSON', override: { value: 'yes' } })], {});
  expect(any.evaluate('A', null)).toMatchObject({ value: 'yes', reason: 'TARGETING_MATCH' });
});
