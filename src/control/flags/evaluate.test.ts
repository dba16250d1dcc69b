import { describe, expect, test } from 'vitest';
import { CompiledFlags, cached } from './evaluate.ts';
import type { Condition, FlagContext, FlagFacts, FlagRule } from './flag.ts';

const facts = (more: Partial<FlagFacts> = {}): FlagFacts => ({
  ...{ key: 'PRICING_AUTO_APPLY', type: 'BOOLEAN', defaultValue: false, isEnabled: true, killSwitch: false },
  ...{ rules: [], version: 7, ...more },
});
const rule = (more: Partial<FlagRule> = {}): FlagRule => ({ id: 'r1', conditions: [], value: true, ...more });
const ask = (more: Partial<FlagFacts>, context: FlagContext | null = {}, unit: FlagContext = {}) => {
  const { value, reason, variant } = new CompiledFlags([facts(more)], unit).evaluate(
    'PRICING_AUTO_APPLY',
    'fallback',
    context,
  );
  return `${JSON.stringify(value)} ${reason} ${variant}`;
};
const everybody = [rule()];
const override = { value: true };

describe('the order of spec k.1', () => {
  test.each([
    ['nothing but a default', {}, 'false STATIC default'],
    ['the default of another type', { type: 'STRING', defaultValue: 'blue' }, '"blue" STATIC default'],
    ['a rule before the default', { rules: everybody }, 'true TARGETING_MATCH r1'],
    [
      'the first of two rules',
      { rules: [rule(), rule({ id: 'r2', value: false })] },
      'true TARGETING_MATCH r1',
    ],
    [
      'the second when the first does not hold',
      {
        rules: [rule({ conditions: [{ attribute: 'x', operator: 'EQ', values: [1] }] }), rule({ id: 'r2' })],
      },
      'true TARGETING_MATCH r2',
    ],
    [
      'the override before rules',
      { override, rules: [rule({ value: false })] },
      'true TARGETING_MATCH override',
    ],
    ['disabled before the override', { override, isEnabled: false }, 'false DISABLED disabled'],
    ['a disabled default may be true', { defaultValue: true, isEnabled: false }, 'true DISABLED disabled'],
    [
      'the kill switch before all',
      { override, defaultValue: true, killSwitch: true },
      'false DISABLED kill-switch',
    ],
    [
      'a killed text is its default',
      { type: 'STRING', defaultValue: 'blue', override: { value: 'red' }, killSwitch: true },
      '"blue" DISABLED kill-switch',
    ],
  ] satisfies [string, Partial<FlagFacts>, string][])('%s', (_name, more, answer) => {
    expect(ask(more)).toBe(answer);
  });

  test('an unknown flag is the caller’s default and says so', () => {
    expect(new CompiledFlags([], {}).evaluate('NO_SUCH', 42)).toEqual({
      ...{ key: 'NO_SUCH', value: 42, reason: 'ERROR', variant: null, version: null },
      ...{ errorCode: 'FLAG_NOT_FOUND', note: 'There is no flag "NO_SUCH".' },
    });
  });

  test('what was last known says what it was then; an error stays one', () => {
    const flags = new CompiledFlags([facts()], {});
    const last = cached(flags.evaluate('PRICING_AUTO_APPLY', true));
    expect(last).toMatchObject({
      value: false,
      reason: 'CACHED',
      version: 7,
      note: 'Last known; then STATIC.',
    });
    expect(cached(flags.evaluate('NO_SUCH', true)).reason).toBe('ERROR');
  });
});

describe('roll-outs', () => {
  const served = (percentage: number) =>
    ['tenant-1', 'tenant-2', 'tenant-3'].filter((targetingKey) =>
      ask({ rules: [rule({ percentage })] }, { targetingKey }).startsWith('true SPLIT'),
    );

  // Buckets of the spec: 7209, 6406, 2355.
  test.each([
    [0, []],
    [23.55, []],
    [23.56, ['tenant-3']],
    [25, ['tenant-3']],
    [64.06, ['tenant-3']],
    [64.07, ['tenant-2', 'tenant-3']],
    [65, ['tenant-2', 'tenant-3']],
    [72.09, ['tenant-2', 'tenant-3']],
    [72.1, ['tenant-1', 'tenant-2', 'tenant-3']],
    [100, ['tenant-1', 'tenant-2', 'tenant-3']],
  ])('%d %% serves %j', (percentage, names) => {
    expect(served(percentage)).toEqual(names);
  });

  test('raising a percentage never removes a unit, and the share is what it says', () => {
    const units = Array.from({ length: 5_000 }, (_, i) => `unit-${i}`);
    const at = (percentage: number) => {
      const flags = new CompiledFlags([facts({ rules: [rule({ percentage })] })], {});
      return new Set(
        units.filter((u) => flags.evaluate('PRICING_AUTO_APPLY', false, { targetingKey: u }).value),
      );
    };
    let before = new Set<string>();
    for (const percentage of [0.01, 1.1, 5, 20.2, 50, 99.99, 100]) {
      const now = at(percentage);
      expect(before.difference(now).size).toBe(0);
      expect(Math.abs(now.size / units.length - percentage / 100)).toBeLessThan(0.02);
      before = now;
    }
    expect(before.size).toBe(units.length);
  });

  test('who cannot be counted gets the default, with the reason', () => {
    const flags = new CompiledFlags([facts({ rules: [rule({ percentage: 100 })] })], {
      targetingKey: 'tenant-1',
    });
    const answer = flags.evaluate('PRICING_AUTO_APPLY', false, { country: 'DE' });
    expect(answer).toMatchObject({ value: false, reason: 'DEFAULT', variant: 'default' });
    expect(answer.note).toBe('r1 counts by targetingKey, which the context lacks; the default is served.');
  });

  test('without a context the tenant itself is the unit; its attributes are always known', () => {
    const unit = { targetingKey: 'tenant-3', tenant: 'acme' };
    expect(ask({ rules: [rule({ percentage: 25 })] }, null, unit)).toBe('true SPLIT r1');
    const ofAcme: Condition = { attribute: 'tenant', operator: 'EQ', values: ['acme'] };
    expect(ask({ rules: [rule({ conditions: [ofAcme] })] }, { targetingKey: 'x' }, unit)).toBe(
      'true TARGETING_MATCH r1',
    );
  });

  test('counts by another attribute where a rule says so; numbers count as their text', () => {
    const rules = [rule({ percentage: 25, stickiness: 'customer' })];
    expect(ask({ rules }, { customer: 'tenant-3', targetingKey: 'tenant-1' })).toBe('true SPLIT r1');
    expect(ask({ rules: [rule({ percentage: 100, stickiness: 'n' })] }, { n: 7 })).toBe('true SPLIT r1');
  });
});

describe('conditions', () => {
  test.each([
    ['EQ', ['DE'], 'DE', true],
    ['EQ', ['DE'], 'de', false],
    ['EQ', [5], '5', false],
    ['EQ', [true], true, true],
    ['NEQ', ['DE'], 'FR', true],
    ['NEQ', ['DE'], 'DE', false],
    ['NEQ', ['DE'], undefined, false],
    ['IN', ['DE', 'FR'], 'FR', true],
    ['IN', ['DE', 'FR'], ['US', 'FR'], true],
    ['NOT_IN', ['DE', 'FR'], 'US', true],
    ['NOT_IN', ['DE', 'FR'], ['US', 'FR'], false],
    ['NOT_IN', ['DE'], null, false],
    ['GT', [10], 10, false],
    ['GTE', [10], 10, true],
    ['LT', [10], 9.99, true],
    ['LTE', [10], Number.NaN, false],
    ['GT', [10], '11', false],
    ['CONTAINS', ['@example.'], 'a@example.com', true],
    ['CONTAINS', ['beta'], ['alpha', 'beta'], true],
    ['STARTS_WITH', ['EU-', 'UK-'], 'UK-7', true],
    ['ENDS_WITH', ['.test'], 'a.test.com', false],
    ['BEFORE', ['2026-01-01T00:00:00Z'], '2025-12-31T23:59:59Z', true],
    ['BEFORE', ['2026-01-01T00:00:00Z'], new Date('2026-01-01T00:00:00Z'), false],
    ['AFTER', ['2026-01-01T00:00:00Z'], 'yesterday', false],
    ['AFTER', ['2026-01-01T00:00:00+02:00'], '2025-12-31T22:30:00Z', true],
    ['AFTER', ['2026-01-01'], '2026-01-01T00:00:00.001Z', true],
    // Without a zone it would be another instant in every process; 12 is no month.
    ['AFTER', ['2026-01-01'], '2026-06-01T00:00:00', false],
    ['AFTER', ['2000-01-01'], '12', false],
    ['BEFORE', ['9999-12-31T23:59:59.999Z'], '2026-06-01', true],
    ['SEMVER_GT', ['1.9.9'], '1.10.0', true],
    ['SEMVER_GT', ['1.0.0-rc.9'], '1.0.0-rc.10', true],
    ['SEMVER_LT', ['1.0.0'], '1.0.0-rc.1', true],
    ['SEMVER_LT', ['1.0.0'], 'latest', false],
    ['SEMVER_EQ', ['1.2.3'], 'v1.2.3+build.5', true],
    ['EQ', ['x'], { toString: () => 'x' }, false],
  ] satisfies [Condition['operator'], Condition['values'], unknown, boolean][])(
    '%s %j: %j is %s',
    (operator, values, actual, holds) => {
      const rules = [rule({ conditions: [{ attribute: 'a', operator, values }] })];
      expect(ask({ rules }, { a: actual }).startsWith('true')).toBe(holds);
    },
  );

  test('all of a rule must hold; names of Object’s own members are unknown attributes', () => {
    const conditions: Condition[] = [
      { attribute: 'country', operator: 'EQ', values: ['DE'] },
      { attribute: 'age', operator: 'GTE', values: [18] },
    ];
    expect(ask({ rules: [rule({ conditions })] }, { country: 'DE', age: 18 })).toBe(
      'true TARGETING_MATCH r1',
    );
    expect(ask({ rules: [rule({ conditions })] }, { country: 'DE' })).toBe('false DEFAULT default');
    const odd: Condition[] = [{ attribute: 'constructor', operator: 'NEQ', values: ['x'] }];
    expect(ask({ rules: [rule({ conditions: odd })] }, {})).toBe('false DEFAULT default');
  });
});

test('hears once of each flag that is asked for', () => {
  const used: string[] = [];
  const flags = new CompiledFlags([facts(), facts({ key: 'OTHER' })], {}, (key) => used.push(key));
  for (let i = 0; i < 3; i++) flags.evaluate('PRICING_AUTO_APPLY', false);
  flags.evaluate('NO_SUCH', false);
  expect(used).toEqual(['PRICING_AUTO_APPLY']);
});
