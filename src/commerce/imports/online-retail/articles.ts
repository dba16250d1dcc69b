import type { ItemKind } from '../../ingest/index.ts';
import { isBytes } from './fields.ts';
import { kindOfCode } from './rules.ts';

/** The constant part of a line's JSON; the same few thousand articles come again and again. */
export interface Article {
  /** "code,description" as it stands in the file. */
  written: Uint8Array;
  head: Uint8Array;
  tail: Uint8Array;
  kind: ItemKind;
  hasName: boolean;
  /** Another article with the same hash. */
  next: Article | undefined;
}

const MAX_ARTICLES = 50_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: Postgres cannot store NUL, and nobody reads the others
const CONTROL = /[\u0000-\u001f\u007f]/g;

const printable = (text: string): string => text.replace(CONTROL, ' ').trim();

/** Articles by their bytes in the file, found without making a string. */
export class Articles {
  private readonly byHash = new Map<number, Article>();
  private size = 0;

  /** The article of `bytes[from..to)`; its code ends at `codeEnd`. */
  get(bytes: Buffer, from: number, codeEnd: number, to: number): Article {
    // The code and the length tell nearly all apart; the comparison below tells the rest.
    let hash = to - from;
    for (let at = from; at <= codeEnd; at++) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    const first = this.byHash.get(hash);
    for (let article = first; article; article = article.next) {
      if (isBytes(bytes, from, to, article.written)) return article;
    }
    if (++this.size > MAX_ARTICLES) {
      this.byHash.clear();
      this.size = 1;
    }
    const article = createArticle(bytes, from, codeEnd, to);
    article.next = this.byHash.get(hash);
    this.byHash.set(hash, article);
    return article;
  }
}

function createArticle(bytes: Buffer, from: number, codeEnd: number, to: number): Article {
  const code = printable(bytes.toString('utf8', from, codeEnd))
    .slice(0, 200)
    .toWellFormed();
  const description = printable(bytes.toString('utf8', codeEnd + 1, to))
    .slice(0, 500)
    .toWellFormed();
  const kind = kindOfCode(code);
  const sku = code === '' ? '' : `"sku":${JSON.stringify(code)},`;
  return {
    written: new Uint8Array(bytes.subarray(from, to)),
    head: Buffer.from(`{${sku}"name":${JSON.stringify(description || code || 'unnamed')},"quantity":`),
    tail: Buffer.from(`,"kind":"${kind}"}`),
    kind,
    hasName: description !== '',
    next: undefined,
  };
}
