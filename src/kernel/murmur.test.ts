import murmurhash from 'murmurhash';
import { expect, test } from 'vitest';
import { bucket } from './murmur.ts';

test.each([
  ['PRICING_AUTO_APPLY:tenant-1', 7209],
  ['PRICING_AUTO_APPLY:tenant-2', 6406],
  ['PRICING_AUTO_APPLY:tenant-3', 2355],
])('%s lies in bucket %d (spec k.1)', (key, found) => {
  expect(bucket(key, 10_000)).toBe(found);
});

test('is murmur3 of the UTF-8 bytes for every length and alphabet', () => {
  const letters = ['a', 'Z', '0', ':', '\u007f', '\u0000', 'ü', '€', '😀', '\u0080'];
  for (let n = 0; n < 3_000; n++) {
    const size = n % 40;
    const alphabet = n % 2 === 0 ? 6 : letters.length;
    const key = Array.from({ length: size }, (_, i) => letters[(n * 31 + i * i * 7) % alphabet]).join('');
    expect(bucket(key, 2 ** 32)).toBe(murmurhash.v3(key, 0));
  }
});
