import { ValidationError } from './errors.ts';
import { isUuid } from './ids.ts';

/** Relay arguments of a list. Only forward paging with `first`/`after` and backward with `last`/`before`. */
export interface PageArgs {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/** A page request made safe: how many, from where, which way. */
export interface Page {
  size: number;
  isForward: boolean;
  /** Decoded keyset values of the row to start after (or before); null at the edge. */
  cursor: string[] | null;
}

export const MAX_PAGE = 100;
const DEFAULT_PAGE = 20;

/** Checks Relay arguments and decodes the cursor; `keys` is how many keyset values it must hold. */
export function pageOf(args: PageArgs, keys: number): Page {
  const isForward = args.last == null;
  if (!isForward && args.first != null)
    throw new ValidationError('last', 'Give either first or last, not both.');
  const size = (isForward ? args.first : args.last) ?? DEFAULT_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > MAX_PAGE) {
    throw new ValidationError(isForward ? 'first' : 'last', `A page holds 1 to ${MAX_PAGE} rows.`);
  }
  const text = isForward ? args.after : args.before;
  return {
    size,
    isForward,
    cursor: text == null ? null : decodeCursor(text, keys, isForward ? 'after' : 'before'),
  };
}

/** An opaque cursor: the row's keyset values. */
export function encodeCursor(values: (string | number | bigint | Date)[]): string {
  const parts = values.map((value) => (value instanceof Date ? value.toISOString() : String(value)));
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** The keyset values of a cursor. Throws ValidationError for one that `encodeCursor` did not make. */
export function decodeCursor(text: string, keys: number, field: string): string[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parts) && parts.length === keys && parts.every((part) => typeof part === 'string'))
      return parts;
  } catch {
    // Falls through to the typed refusal.
  }
  throw foreignCursor(field);
}

const foreignCursor = (field: string): ValidationError =>
  new ValidationError(field, 'This cursor was not made by this list; pass back an endCursor or startCursor.');

/** A page of a list that runs by (instant, UUID), newest first, in the words of its SQL. */
export interface NewestFirst extends Page {
  /** The keyset of the row to go on from; null at the edge. */
  readonly at: string | null;
  readonly id: string | null;
  /** How the wanted rows compare with that keyset, and how they are ordered. */
  readonly edge: '<' | '>';
  readonly way: 'DESC' | 'ASC';
}

/** Checks Relay arguments of a list by (instant, UUID); throws ValidationError as `pageOf` does. */
export function newestFirst(args: PageArgs): NewestFirst {
  const page = pageOf(args, 2);
  const [at = null, id = null] = page.cursor ?? [];
  if (at !== null && (Number.isNaN(Date.parse(at)) || !isUuid(id ?? ''))) {
    throw foreignCursor(page.isForward ? 'after' : 'before');
  }
  return { ...page, at, id, ...(page.isForward ? { edge: '<', way: 'DESC' } : { edge: '>', way: 'ASC' }) };
}

/** One page of rows with what Relay's pageInfo needs. */
export interface Connection<Row> {
  edges: { cursor: string; node: Row }[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/** Builds a page from `size + 1` rows read in the paging direction. */
export function toConnection<Row>(
  rows: Row[],
  page: Page,
  keyOf: (row: Row) => (string | number | bigint | Date)[],
): Connection<Row> {
  const hasMore = rows.length > page.size;
  const kept = hasMore ? rows.slice(0, page.size) : rows;
  if (!page.isForward) kept.reverse();
  const edges = kept.map((node) => ({ cursor: encodeCursor(keyOf(node)), node }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.isForward ? hasMore : page.cursor !== null,
      hasPreviousPage: page.isForward ? page.cursor !== null : hasMore,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
