import Big from 'big.js';

const SCALE = 10_000n;
/** The largest value that numeric(20,4) holds; a growth from one cent to billions stops here. */
const LIMIT = 10n ** 20n - 1n;

/** `num / den × 100` with 4 places, exact and rounded once HALF_UP; null when there is nothing to divide by. */
export function percentOf(num: bigint | number, den: bigint | number): string | null {
  if (den <= 0) return null;
  const scaled = divideHalfUp(BigInt(num) * 100n * SCALE, BigInt(den));
  const held = scaled > LIMIT ? LIMIT : scaled < -LIMIT ? -LIMIT : scaled;
  return new Big(held).div(Number(SCALE)).toFixed(4);
}

/** `(current − base) / base × 100` with 4 places (spec a.2); null when the base is missing or not positive. */
export function growthPct(current: bigint, base: bigint | null): string | null {
  return base === null ? null : percentOf(current - base, base);
}

/** Whole-number quotient, a half goes away from zero; `den` is positive. */
export function divideHalfUp(num: bigint, den: bigint): bigint {
  const sign = num < 0n ? -1n : 1n;
  return (sign * (2n * num * sign + den)) / (2n * den);
}
