/** A value that JSON can carry; bigints travel as decimal text, Dates as ISO text. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * The one JSON text of a value: keys sorted by code unit, no white space, numbers as ECMAScript prints them
 * (RFC 8785). `undefined` members are left out, bigints become decimal text, Dates ISO text. Two values that Postgres
 * jsonb keeps as equal have the same text, so it can be hashed and compared byte by byte.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part === 'bigint') return part.toString();
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    const entries = Object.entries(part);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  });
}

/** The value as it will be read back: what `canonicalJson` would lose is lost now. */
export function plainJson<T = Json>(value: unknown): T {
  return JSON.parse(canonicalJson(value)) as T;
}
