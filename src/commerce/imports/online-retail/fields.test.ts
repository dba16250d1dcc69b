import { expect, test } from 'vitest';
import { parseWhen, roundTenths, thousandths, whole } from './fields.ts';
import { kindOfCode } from './rules.ts';

const bytes = (text: string): Buffer => Buffer.from(`x${text}y`);

test.each<[string, number]>([
  ['2.55', 2550],
  ['0.001', 1],
  ['0', 0],
  ['-11062.06', -11062060],
  ['.5', 500],
  ['', Number.NaN],
  ['-', Number.NaN],
  ['1.2345', Number.NaN],
  ['1.2.3', Number.NaN],
  ['1e3', Number.NaN],
  ['99999999999999999', Number.NaN],
])('thousandths of %j', (text, expected) =>
  expect(thousandths(bytes(text), 1, text.length + 1)).toBe(expected),
);

test.each<[string, number]>([
  ['6', 6],
  ['-80995', -80995],
  ['007', 7],
  ['', Number.NaN],
  ['1.0', Number.NaN],
  ['1234567890', Number.NaN],
])('whole %j', (text, expected) => expect(whole(bytes(text), 1, text.length + 1)).toBe(expected));

test.each([
  [25, 3],
  [24, 2],
  [-25, -3],
  [-24, -2],
  [1, 0],
  [-1, 0],
])('roundTenths(%i) is %i, halves away from zero', (tenths, units) =>
  expect(roundTenths(tenths)).toBe(units),
);

test.each<[string, string | null]>([
  ['2010-12-01 08:26:00', '2010-12-01T08:26:00.000Z'],
  ['2010-12-01 08:26', '2010-12-01T08:26:00.000Z'],
  ['2010-02-30 08:26:00', null],
  ['2010-12-01 24:00:00', null],
  ['12/1/2010 8:26', null],
])('parseWhen(%j)', (text, expected) =>
  expect(parseWhen(bytes(text), 1, text.length + 1)?.toISOString() ?? null).toBe(expected),
);

test.each([
  ['85123A', 'PRODUCT'],
  ['DCGS0003', 'PRODUCT'],
  ['PADS', 'PRODUCT'],
  ['POST', 'FEE'],
  ['gift_0001_40', 'FEE'],
  ['m', 'ADJUSTMENT'],
  ['D', 'ADJUSTMENT'],
])('%s is %s', (code, kind) => expect(kindOfCode(code)).toBe(kind));
