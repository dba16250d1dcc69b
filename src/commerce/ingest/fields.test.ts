import { describe, expect, test } from 'vitest';
import { choice, currency, flag, integer, optionalMoney, optionalText, type Raw } from './fields.ts';
import { instant, version } from './instants.ts';
import { orderLines, sumOfLines } from './lines.ts';
import { FieldError } from './outcome.ts';
import { optionalCountry, place } from './places.ts';

const now = new Date('2026-11-20T12:00:00Z');

/** The value, or `field CODE` of the refusal. */
function outcome(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (error instanceof FieldError) return `${error.field} ${error.code}`;
    throw error;
  }
}

describe('text', () => {
  test.each<[unknown, unknown]>([
    [' a ', 'a'],
    [42, '42'],
    ['', null],
    [null, null],
    ['x'.repeat(500), 'x'.repeat(500)],
    ['x'.repeat(501), 'v TOO_LONG'],
    ['x'.repeat(200_000), 'v TOO_LONG'],
    ['a\u0000b', 'v INVALID'],
    ['a\u001fb', 'v INVALID'],
    ['\ud800', 'v INVALID'],
    [{}, 'v INVALID'],
    [true, 'v INVALID'],
  ])('%j', (v, expected) => expect(outcome(() => optionalText({ v }, 'v', 500))).toEqual(expected));

  test('a refusal never repeats 200 kB', () => {
    const message = (() => {
      try {
        choice({ v: 'y'.repeat(90) }, 'v', ['A']);
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(message?.length).toBeLessThan(200);
  });
});

describe('numbers', () => {
  test.each<[unknown, unknown]>([
    [5, 5n],
    ['+7', 7n],
    [' 9 ', 9n],
    [undefined, 'v REQUIRED'],
    [1.5, 'v INVALID'],
    ['1e3', 'v INVALID'],
    [Number.NaN, 'v INVALID'],
    [2 ** 53, 'v INVALID'],
    [-1, 'v OUT_OF_RANGE'],
    ['101', 'v OUT_OF_RANGE'],
  ])('integer %j', (v, expected) => expect(outcome(() => integer({ v }, 'v', 0n, 100n))).toEqual(expected));

  test.each<[Raw, unknown]>([
    [{ totalMinor: 1250 }, 1250n],
    [{ total: '12.50' }, 1250n],
    [{ total: '12.505' }, 1251n],
    [{ totalMinor: 1, total: '9' }, 1n],
    [{ total: '12,50' }, 'total INVALID'],
    [{ totalMinor: '9007199254740992' }, 'totalMinor OUT_OF_RANGE'],
    [{}, null],
  ])('money %j', (raw, expected) =>
    expect(outcome(() => optionalMoney(raw, 'total', 'EUR'))).toEqual(expected),
  );

  test.each<[unknown, unknown]>([
    ['yes', true],
    [0, false],
    [undefined, false],
    ['maybe', 'v INVALID'],
  ])('flag %j', (v, expected) => expect(outcome(() => flag({ v }, 'v'))).toEqual(expected));
});

describe('codes', () => {
  test.each([
    ['eur', 'EUR'],
    ['EURO', 'currency UNKNOWN_CURRENCY'],
    ['XXX', 'currency UNKNOWN_CURRENCY'],
    ['', 'currency REQUIRED'],
  ])('currency %j', (code, expected) => expect(outcome(() => currency({ currency: code }))).toBe(expected));

  test.each([
    ['de', 'DE'],
    ['XK', 'XK'],
    ['UK', 'country UNKNOWN_COUNTRY'],
    ['ZZ', 'country UNKNOWN_COUNTRY'],
    ['', null],
  ])('country %j', (country, expected) => expect(outcome(() => optionalCountry({ country }))).toBe(expected));
});

describe('places', () => {
  test.each<[unknown, unknown]>([
    [
      { country: 'DE', lat: 52.5, lon: '13.4' },
      { country: 'DE', lat: 52.5, lon: 13.4 },
    ],
    [{ country: 'DE' }, { country: 'DE', lat: null, lon: null }],
    [undefined, { country: null, lat: null, lon: null }],
    [
      { lat: 0, lon: 13 },
      { country: null, lat: 0, lon: 13 },
    ],
    [{ lat: 0, lon: 0 }, 'delivery.lat SUSPECT_COORDINATES'],
    [{ lat: 90.1, lon: 0 }, 'delivery.lat OUT_OF_RANGE'],
    [{ lat: 1, lon: -180.5 }, 'delivery.lon OUT_OF_RANGE'],
    [{ lat: Number.NaN, lon: 1 }, 'delivery.lat INVALID'],
    [{ lat: Number.POSITIVE_INFINITY, lon: 1 }, 'delivery.lat INVALID'],
    [{ lat: 1 }, 'delivery.lon REQUIRED'],
    ['Berlin', 'delivery INVALID'],
  ])('%j', (delivery, expected) => expect(outcome(() => place({ delivery }, 'delivery'))).toEqual(expected));
});

describe('instants', () => {
  test.each<[unknown, unknown]>([
    ['2026-11-20T08:15:00Z', '2026-11-20T08:15:00.000Z'],
    ['2026-11-20T08:15:00+05:30', '2026-11-20T02:45:00.000Z'],
    ['2026-11-20 08:15', '2026-11-20T08:15:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2000-01-01', '2000-01-01T00:00:00.000Z'],
    ['2026-11-21T12:00:00Z', '2026-11-21T12:00:00.000Z'],
    ['2026-11-21T12:00:00.001Z', 'v OUT_OF_RANGE'],
    ['1999-12-31T23:59:59Z', 'v OUT_OF_RANGE'],
    ['9999-01-01', 'v OUT_OF_RANGE'],
    ['2026-02-30', 'v INVALID'],
    ['2026-13-01', 'v INVALID'],
    ['2026-11-20T25:00:00Z', 'v INVALID'],
    ['1', 'v INVALID'],
    [20261120, 'v INVALID'],
    [undefined, 'v REQUIRED'],
  ])('%j', (v, expected) => {
    const read = outcome(() => instant({ v }, 'v', now));
    expect(read instanceof Date ? read.toISOString() : read).toBe(expected);
  });

  test('the version is as sent, else updatedAt in milliseconds, else 1', () => {
    expect(version({ version: 0 }, now)).toBe(0n);
    expect(version({ updatedAt: '2026-11-20T00:00:00Z' }, now)).toBe(1795132800000n);
    expect(version({}, now)).toBe(1n);
    expect(outcome(() => version({ version: -1 }, now))).toBe('version OUT_OF_RANGE');
  });
});

describe('lines', () => {
  const line = { name: 'Lamp', quantity: 2, unitPriceMinor: -150 };
  test.each<[unknown, unknown]>([
    [[line], [{ ...line, kind: 'PRODUCT' }]],
    [undefined, []],
    [[{ ...line, quantity: 0 }], 'items.0.quantity OUT_OF_RANGE'],
    [[line, { ...line, quantity: 1.5 }], 'items.1.quantity INVALID'],
    [[{ ...line, name: '' }], 'items.0.name REQUIRED'],
    [[{ ...line, kind: 'GIFT' }], 'items.0.kind INVALID'],
    [[{ name: 'a', quantity: 1 }], 'items.0.unitPriceMinor REQUIRED'],
    [['Lamp'], 'items.0.name INVALID'],
    ['Lamp', 'items INVALID'],
    [Array(5_001).fill(line), 'items TOO_LONG'],
  ])('%#', (items, expected) => expect(outcome(() => orderLines({ items }, 'EUR'))).toEqual(expected));

  test('a sum that would lose digits is refused', () => {
    const huge = { ...line, kind: 'PRODUCT' as const, quantity: 1e9, unitPriceMinor: 1e9 };
    expect(outcome(() => sumOfLines([huge]))).toBe('items OUT_OF_RANGE');
    expect(sumOfLines([{ ...line, kind: 'PRODUCT' }])).toBe(-300n);
  });
});
