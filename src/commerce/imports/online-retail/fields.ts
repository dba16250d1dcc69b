const MINUS = 45;
const DOT = 46;
const ZERO = 48;

/** Thousandths of `bytes[from..to)`, a decimal with at most three decimals; NaN when it is anything else. */
export function thousandths(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let at = isNegative ? from + 1 : from;
  if (at >= to || to - at > 14) return Number.NaN;
  let value = 0;
  let decimals = -1;
  for (; at < to; at++) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= ZERO + 9) {
      value = value * 10 + byte - ZERO;
      if (decimals >= 0) decimals++;
    } else if (byte === DOT && decimals < 0) decimals = 0;
    else return Number.NaN;
  }
  if (decimals > 3) return Number.NaN;
  for (let n = Math.max(decimals, 0); n < 3; n++) value *= 10;
  return isNegative ? -value : value;
}

/** A whole number of at most nine digits in `bytes[from..to)`; NaN when it is anything else. */
export function whole(bytes: Uint8Array, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  const first = isNegative ? from + 1 : from;
  if (first >= to || to - first > 9) return Number.NaN;
  let value = 0;
  for (let at = first; at < to; at++) {
    const digit = (bytes[at] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return isNegative ? -value : value;
}

/** Tenths rounded to units, HALF_UP (a half goes away from zero), for safe integers. */
export function roundTenths(tenths: number): number {
  const units = Math.floor((Math.abs(tenths) + 5) / 10);
  return tenths < 0 && units > 0 ? -units : units;
}

const WHEN = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d)(:\d\d)?$/;

/** `2010-12-01 08:26:00`, taken as UTC because the file names no zone; null when it is no real instant. */
export function parseWhen(text: string): Date | null {
  const match = WHEN.exec(text);
  if (!match) return null;
  const at = new Date(`${match[1]}T${match[2]}${match[3] ?? ':00'}Z`);
  // 30 February becomes 2 March: only a real day reads back the same.
  const isReal = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(`${match[1]}T${match[2]}`);
  return isReal ? at : null;
}

/** Whether `bytes[from..to)` are exactly `wanted`. */
export function isBytes(bytes: Uint8Array, from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  // From the end: invoices and times differ in their last digits.
  for (let i = wanted.length - 1; i >= 0; i--) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}
