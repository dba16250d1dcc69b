import pg from 'pg';

/** text[], varchar[] and uuid[]. */
const TEXT_ARRAYS: ReadonlySet<number> = new Set([1009, 1015, 2951]);

export const isTextArray = (oid: number): boolean => TEXT_ARRAYS.has(oid);

/** pg knows its number, the types of pg do not. */
const TEXT_ARRAY = 1009 as never;

/**
 * Elements of a list as Postgres writes it, e.g. `{a,"b c",NULL}`. pg's own parser goes through it letter by letter,
 * which was a fifth of what a cycle computed; lists of lists and those with bounds of their own are left to it.
 */
export function parseTextArray(text: string): (string | null)[] {
  if (text === '{}') return [];
  if (!text.startsWith('{') || text.startsWith('{{')) return pg.types.getTypeParser(TEXT_ARRAY, 'text')(text);
  const inner = text.slice(1, -1);
  if (!inner.includes('"')) return inner.split(',').map(plain);
  const found: (string | null)[] = [];
  for (let at = 0; at < inner.length; ) {
    const isQuoted = inner[at] === '"';
    const end = isQuoted ? closingQuote(inner, at + 1) : nextComma(inner, at);
    found.push(isQuoted ? unescaped(inner.slice(at + 1, end)) : plain(inner.slice(at, end)));
    at = isQuoted ? end + 2 : end + 1;
  }
  return found;
}

const plain = (element: string): string | null => (element === 'NULL' ? null : element);

const unescaped = (element: string): string =>
  element.includes('\\') ? element.replace(/\\(.)/gs, '$1') : element;

function nextComma(text: string, from: number): number {
  const at = text.indexOf(',', from);
  return at < 0 ? text.length : at;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === '\\') before--;
  return (at - before) % 2 === 1;
}
