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

const PATTERN = Buffer.from('0000-00-00 00:00:00');

/** `2010-12-01 08:26[:00]`, taken as UTC because the file names no zone; null when it is no real instant. */
export function parseWhen(bytes: Uint8Array, from: number, to: number): Date | null {
  if (to - from !== 19 && to - from !== 16) return null;
  for (let i = 0; i < to - from; i++) {
    const byte = bytes[from + i] as number;
    const isDigit = byte >= ZERO && byte <= ZERO + 9;
    if (PATTERN[i] === ZERO ? !isDigit : byte !== PATTERN[i]) return null;
  }
  const part = (at: number, digits: number): number => whole(bytes, from + at, from + at + digits);
  const [month, day, hour, minute] = [part(5, 2), part(8, 2), part(11, 2), part(14, 2)];
  const second = to - from === 19 ? part(17, 2) : 0;
  const at = new Date(Date.UTC(part(0, 4), month - 1, day, hour, minute, second));
  // 30 February becomes 2 March: only a real day reads back the same.
  const isReal =
    month >= 1 && month <= 12 && hour < 24 && minute < 60 && second < 60 && at.getUTCDate() === day;
  return isReal ? at : null;
}

/** Whether `bytes[from..to)` are exactly `wanted`. */
export function isBytes(bytes: Uint8Array, from: number, to: number, wanted: Uint8Array): boolean {
  if (to - from !== wanted.length) return false;
  // From the end: invoices and times differ in their last digits.
  for (let i = wanted.length - 1; i >= 0; i--) if (bytes[from + i] !== wanted[i]) return false;
  return true;
}
