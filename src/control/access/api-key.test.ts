import { describe, expect, test } from 'vitest';
import { checkNewKey, hashKey, keyPrefix, keyStatus, newKeyText, sameSecret } from './api-key.ts';

const NOW = new Date('2026-11-20T12:00:00Z');
const before = new Date(NOW.getTime() - 1);
const after = new Date(NOW.getTime() + 1);

describe('key texts', () => {
  test('have the shape of l.1 and never repeat', () => {
    const texts = Array.from({ length: 500 }, () => newKeyText());
    for (const text of texts) expect(text).toMatch(/^rk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{43}$/);
    expect(new Set(texts).size).toBe(500);
    expect(new Set(texts.map(keyPrefix)).size).toBe(500);
    expect(newKeyText('test')).toMatch(/^rk_test_/);
  });

  test('use every character about equally often', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 2_000; n++) {
      for (const char of newKeyText().slice(-43)) counts.set(char, (counts.get(char) ?? 0) + 1);
    }
    // 86,000 draws from 62: 1,387 each, standard deviation 37; six of them are never reached by chance.
    expect(counts.size).toBe(62);
    expect(Math.min(...counts.values())).toBeGreaterThan(1_387 - 6 * 37);
    expect(Math.max(...counts.values())).toBeLessThan(1_387 + 6 * 37);
  });

  const secret = 'A'.repeat(43);
  test.each([
    [`rk_live_abcdEFGH_${secret}`, 'abcdEFGH'],
    [`rk_test_abcdEFGH_${secret}`, 'abcdEFGH'],
    [`rk_prod_abcdEFGH_${secret}`, null],
    [`rk_live_abcdEFG_${secret}`, null],
    [`rk_live_abcdEFGH_${secret}A`, null],
    [`rk_live_abcdEFGH_${secret.slice(1)}`, null],
    [`rk_live_abcd_FGH_${secret}`, null],
    [` rk_live_abcdEFGH_${secret}`, null],
    [`rk_live_abcdEFGH_${secret}\n`, null],
    ['', null],
  ])('the prefix of %j is %j', (text, prefix) => expect(keyPrefix(text)).toBe(prefix));
});

test('a hash depends on the pepper and on every character', () => {
  const hash = hashKey('pepper', 'rk_live_a');
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashKey('pepper', 'rk_live_a')).toBe(hash);
  expect(hashKey('Pepper', 'rk_live_a')).not.toBe(hash);
  expect(hashKey('pepper', 'rk_live_b')).not.toBe(hash);
});

test.each([
  ['', '', true],
  ['a', 'a', true],
  ['a', 'b', false],
  ['a', 'aa', false],
  ['', 'a', false],
  ['\u00e9', 'e\u0301', false],
])('sameSecret(%j, %j) is %j', (a, b, isSame) => expect(sameSecret(a, b)).toBe(isSame));

test.each([
  [null, null, 'ACTIVE'],
  [null, after, 'ACTIVE'],
  [null, NOW, 'EXPIRED'],
  [null, before, 'EXPIRED'],
  [before, null, 'REVOKED'],
  [before, before, 'REVOKED'],
  // Revoked is for good, whatever clock reads it.
  [after, after, 'REVOKED'],
] as const)('revoked %s, expires %s: %s', (revokedAt, expiresAt, status) => {
  expect(keyStatus({ revokedAt, expiresAt }, NOW)).toBe(status);
});

test.each([
  ['', ['VIEWER'], null, 'name'],
  ['   ', ['VIEWER'], null, 'name'],
  ['x'.repeat(101), ['VIEWER'], null, 'name'],
  ['ok', [], null, 'scopes'],
  ['ok', ['VIEWER'], NOW, 'expiresAt'],
  ['ok', ['VIEWER'], before, 'expiresAt'],
] as const)('a key named %j with %j until %s is refused for its %s', (name, scopes, expiresAt, field) => {
  expect(() => checkNewKey(name, scopes, expiresAt, NOW)).toThrow(expect.objectContaining({ field }));
});

test('a key may end a moment from now', () => {
  expect(() => checkNewKey('x'.repeat(100), ['VIEWER'], after, NOW)).not.toThrow();
});
