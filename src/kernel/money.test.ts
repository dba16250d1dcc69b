import Big from 'big.js';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { CURRENCIES, exponentOf, isCurrency } from './currencies.ts';
import { CurrencyMismatchError, ValidationError } from './errors.ts';
import { addMoney, allocate, formatMoney, money, multiplyMoney, parseMajor, toMajor } from './money.ts';

const minors = (parts: { amountMinor: bigint }[]) => parts.map((part) => Number(part.amountMinor));

describe('currencies', () => {
  test.each([
    ['INR', 2],
    ['USD', 2],
    ['EUR', 2],
    ['GBP', 2],
    ['JPY', 0],
    ['KRW', 0],
    ['KWD', 3],
    ['CLF', 4],
  ])('%s has %i minor digits', (code, exponent) => expect(exponentOf(code)).toBe(exponent));

  it('holds 166 distinct well-formed codes and refuses others', () => {
    expect(CURRENCIES.size).toBe(166);
    for (const code of CURRENCIES.keys()) expect(code).toMatch(/^[A-Z]{3}$/);
    for (const code of ['eur', 'XAU', 'XXX', '', 'HRK']) expect(isCurrency(code)).toBe(false);
    expect(() => exponentOf('EURO')).toThrow(ValidationError);
  });
});

describe('arithmetic', () => {
  it('adds one currency and refuses two', () => {
    expect(addMoney(money(500000n, 'INR'), money(6000n, 'INR'))).toEqual(money(506000n, 'INR'));
    expect(() => addMoney(money(500000n, 'INR'), money(6000n, 'USD'))).toThrow(CurrencyMismatchError);
  });

  it('stays inside 64 bits', () => {
    const most = money(2n ** 63n - 1n, 'USD');
    expect(() => addMoney(most, money(1n, 'USD'))).toThrow(ValidationError);
    expect(money(-(2n ** 63n), 'USD').amountMinor).toBe(-(2n ** 63n));
  });

  test.each([
    [9900n, new Big('1.21').times('0.92'), 11021n], // 11020.68, spec 0.1
    [1n, '0.5', 1n],
    [-1n, '0.5', -1n],
    [-3n, '0.5', -2n],
    [1n, '0.4999999999999999999', 0n],
    [100n, 1.005, 101n], // a float product would be 100.49999…
    [9_007_199_254_740_993n, 3, 27_021_597_764_222_979n],
  ])('%s × %s = %s', (amount, rate, expected) => {
    expect(multiplyMoney(money(amount, 'EUR'), rate).amountMinor).toBe(expected);
  });

  it('names a rate that is not a number', () => {
    expect(() => multiplyMoney(money(1n, 'EUR'), 'ten')).toThrow(/"ten" is not a decimal/);
    expect(() => multiplyMoney(money(1n, 'EUR'), Number.NaN)).toThrow(ValidationError);
  });
});

describe('allocate', () => {
  test.each([
    [10000n, [1, 1, 1], [3334, 3333, 3333]], // spec 0.1
    [10n, [1, 1, 1, 1], [3, 3, 2, 2]],
    [-10000n, [1, 1, 1], [-3334, -3333, -3333]],
    [5n, [0, 1], [0, 5]],
    [1000n, [0.7, 0.2, 0.1], [700, 200, 100]],
    [100n, [1e-7, 2e-7], [33, 67]],
    [7n, [5], [7]],
    [0n, [1, 2], [0, 0]],
  ])('%s by %j', (amount, weights, expected) => {
    expect(minors(allocate(money(amount, 'EUR'), weights))).toEqual(expected);
  });

  test.each([[[]], [[0, 0]], [[1, -1]], [[Number.NaN]]])('refuses weights %j', (weights) => {
    expect(() => allocate(money(1n, 'EUR'), weights)).toThrow(ValidationError);
  });

  it('never loses or makes a minor unit, and no part is off by one or more', () => {
    const weight = fc.integer({ min: 0, max: 1_000_000 }).map((w) => w / 100);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        fc.array(weight, { minLength: 1 }),
        (amount, w) => {
          const total = w.reduce((a, b) => a + b, 0);
          fc.pre(total > 0);
          const parts = allocate(money(amount, 'EUR'), w).map((part) => part.amountMinor);
          expect(parts.reduce((a, b) => a + b, 0n)).toBe(amount);
          parts.forEach((part, i) => {
            const exact = (Number(amount) * (w[i] as number)) / total;
            expect(Math.abs(Number(part) - exact)).toBeLessThan(1.001 + Math.abs(exact) * 1e-12);
          });
        },
      ),
    );
  });
});

describe('text', () => {
  test.each([
    ['12.34', 'EUR', 1234n],
    ['12.345', 'EUR', 1235n],
    ['-12.345', 'EUR', -1235n],
    ['+7', 'EUR', 700n],
    [' .5 ', 'EUR', 50n],
    ['12.5', 'JPY', 13n],
    ['1.2345', 'KWD', 1235n],
    ['92233720368547758.07', 'EUR', 9223372036854775807n],
  ])('parses %s %s', (text, currency, minor) => expect(parseMajor(text, currency)).toBe(minor));

  test.each(['', ' ', '1,234.50', '1e3', '0x10', 'NaN', '12.', '.', '--1', '12 34', '€5', '9'.repeat(65)])(
    'refuses %j',
    (text) => expect(() => parseMajor(text, 'EUR')).toThrow(ValidationError),
  );

  test.each([
    [1234n, 'EUR', '12.34'],
    [-5n, 'EUR', '-0.05'],
    [1234n, 'JPY', '1234'],
    [1n, 'CLF', '0.0001'],
  ])('%s %s is %s', (minor, currency, text) => {
    expect(toMajor(money(minor, currency))).toBe(text);
    expect(parseMajor(text, currency)).toBe(minor);
  });

  test.each([
    [money(123456n, 'USD'), 'en-US', '$1,234.56'],
    [money(500000n, 'INR'), 'en-IN', '₹5,000.00'],
    [money(123456n, 'EUR'), 'de-DE', '1.234,56\u00a0€'],
    [money(1234n, 'JPY'), 'en-US', '¥1,234'],
    [money(9223372036854775807n, 'USD'), 'en-US', '$92,233,720,368,547,758.07'],
  ])('formats %o for %s', (amount, locale, text) => expect(formatMoney(amount, locale)).toBe(text));
});
