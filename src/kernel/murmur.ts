import murmurhash from 'murmurhash';

/** A stable bucket `0..modulo-1` for a key: murmur3 x86 32, seed 0, over its UTF-8 bytes (spec h, k). */
export function bucket(key: string, modulo: number): number {
  return murmurhash.v3(key, 0) % modulo;
}
