import murmurhash from 'murmurhash';

/** A stable bucket `0..modulo-1` for a key: murmur3 x86 32, seed 0, over its UTF-8 bytes (spec h, k). */
export function bucket(key: string, modulo: number): number {
  return (ascii(key) ?? murmurhash.v3(key, 0)) % modulo;
}

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** The same hash without making bytes first; null for a key with other than ASCII characters. */
function ascii(key: string): number | null {
  const { length } = key;
  let hash = 0;
  let every = 0;
  const whole = length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const a = key.charCodeAt(i);
    const b = key.charCodeAt(i + 1);
    const c = key.charCodeAt(i + 2);
    const d = key.charCodeAt(i + 3);
    every |= a | b | c | d;
    hash ^= scramble(a | (b << 8) | (c << 16) | (d << 24));
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let i = length - 1; i >= whole; i--) {
    const code = key.charCodeAt(i);
    every |= code;
    rest = (rest << 8) | code;
  }
  if (every > 127) return null;
  if (whole < length) hash ^= scramble(rest);
  hash ^= length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const scramble = (word: number): number => {
  const mixed = Math.imul(word, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
};
