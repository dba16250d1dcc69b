import Big from 'big.js';
import { exponentOf } from './currencies.ts';
import { CurrencyMismatchError, ValidationError } from './errors.ts';

/** An exact amount: whole minor units (cents, paise, yen) and the ISO-4217 code they belong to (spec 0.1). */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: string;
}

const MAX_MINOR = 2n ** 63n - 1n;
const DECIMAL = /^[+-]?(\d+(\.\d+)?|\.\d+)$/;

/** Money from minor units. Throws ValidationError for an unknown currency or an amount outside 64 bits. */
export function money(amountMinor: bigint, currency: string): Money {
  exponentOf(currency);
  if (amountMinor > MAX_MINOR || amountMinor < -MAX_MINOR - 1n) {
    throw new ValidationError(
      'amountMinor',
      `${amountMinor} does not fit into 64 bits; the limit is ±${MAX_MINOR}.`,
    );
  }
  return { amountMinor, currency };
}

/** Sum of two amounts of one currency. Throws CurrencyMismatchError; conversion is always explicit. */
export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new CurrencyMismatchError(a.currency, b.currency);
  return money(a.amountMinor + b.amountMinor, a.currency);
}

/** `m × rate`, rounded once, HALF_UP (a half goes away from zero). Combine several rates with Big first. */
export function multiplyMoney(m: Money, rate: Big | string | number): Money {
  return money(toMinor(new Big(m.amountMinor).times(decimal(rate, 'rate'))), m.currency);
}

/**
 * Splits `m` in proportion to `weights` (≥ 0, any decimals) by largest remainder, ties to the lower index, so
 * that the parts always sum to the whole (spec 0.1). Throws ValidationError when no weight is positive.
 */
export function allocate(m: Money, weights: readonly number[]): Money[] {
  const scaled = integerWeights(weights);
  const total = scaled.reduce((sum, w) => sum + w, 0n);
  if (total <= 0n) throw new ValidationError('weights', 'At least one weight must be greater than zero.');
  const sign = m.amountMinor < 0n ? -1n : 1n;
  const amount = m.amountMinor * sign;
  const shares = scaled.map((w) => (amount * w) / total);
  const byRemainder = scaled
    .map((w, index) => ({ index, remainder: (amount * w) % total }))
    .sort(
      (a, b) => Number(b.remainder > a.remainder) - Number(b.remainder < a.remainder) || a.index - b.index,
    );
  const left = Number(amount - shares.reduce((sum, share) => sum + share, 0n));
  for (const { index } of byRemainder.slice(0, left)) shares[index] = (shares[index] ?? 0n) + 1n;
  return shares.map((share) => money(share * sign, m.currency));
}

/** Minor units of a plain decimal such as `'12.34'`, HALF_UP. Throws ValidationError for anything else. */
export function parseMajor(text: string, currency: string): bigint {
  const trimmed = text.trim();
  if (trimmed.length > 64 || !DECIMAL.test(trimmed)) {
    throw new ValidationError('amount', `"${text.slice(0, 64)}" is not a decimal amount such as 12.34.`);
  }
  const minor = new Big(trimmed.replace(/^\+/, '')).times(new Big(10).pow(exponentOf(currency)));
  return money(toMinor(minor), currency).amountMinor;
}

/** The exact decimal in major units, always with the currency's digits: 1234 EUR → `'12.34'`. */
export function toMajor(m: Money): string {
  const exponent = exponentOf(m.currency);
  return new Big(m.amountMinor).div(new Big(10).pow(exponent)).toFixed(exponent);
}

/** The amount as people of `locale` read it. Exact for any size: Intl gets the decimal as text. */
export function formatMoney(m: Money, locale: string): string {
  const digits = exponentOf(m.currency);
  return new Intl.NumberFormat(locale, {
    style: 'currency',
    currency: m.currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(toMajor(m) as Intl.StringNumericLiteral);
}

function toMinor(value: Big): bigint {
  return BigInt(value.round(0, Big.roundHalfUp).toFixed());
}

function decimal(value: Big | string | number, field: string): Big {
  try {
    return new Big(value);
  } catch {
    throw new ValidationError(field, `"${value}" is not a decimal number such as 1.21.`);
  }
}

/** Decimal weights as integers in the same proportion, so that a share is exact. */
function integerWeights(weights: readonly number[]): bigint[] {
  const exact = weights.map((weight, i) => {
    const w = decimal(weight, `weights.${i}`);
    if (w.lt(0))
      throw new ValidationError(`weights.${i}`, `${weight} is negative; a weight is zero or more.`);
    return w;
  });
  const places = Math.max(0, ...exact.map((w) => w.c.length - 1 - w.e));
  const scale = new Big(10).pow(places);
  return exact.map((w) => BigInt(w.times(scale).toFixed(0)));
}
