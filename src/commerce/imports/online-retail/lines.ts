/** Eight fields of one line: `bounds` are the ends of the fields in `bytes`, the first begins at `from`. */
export type OnLine = (bytes: Buffer, from: number, bounds: Int32Array, line: number) => void;
export type OnBroken = (line: number, message: string) => void;

const FIELDS = 8;
const BREAK = 10;
const RETURN = 13;
const QUOTE = 34;
const COMMA = 44;
/** An unclosed quote must not swallow the file. */
const MAX_RECORD = 64 * 1024;
const NONE = Number.POSITIVE_INFINITY;

/**
 * Splits the file's bytes into lines and fields without making an object or a string of any. Lines with quotes take
 * the slow way: rewritten without them, and bounded the same way.
 */
export class LineSplitter {
  line = 0;
  private rest: Buffer = Buffer.alloc(0);
  private readonly bounds = new Int32Array(FIELDS);
  private readonly onLine: OnLine;
  private readonly onBroken: OnBroken;

  constructor(onLine: OnLine, onBroken: OnBroken) {
    this.onLine = onLine;
    this.onBroken = onBroken;
  }

  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.rest.length > 0) {
      // Only the line that was cut is copied together, not the whole chunk.
      const cut = chunk.indexOf(BREAK) + 1;
      const line = Buffer.concat([this.rest, cut === 0 ? chunk : chunk.subarray(0, cut)]);
      const left = line.subarray(this.scan(line));
      const after = chunk.subarray(cut === 0 ? chunk.length : cut);
      bytes = left.length === 0 ? after : Buffer.concat([left, after]);
    }
    this.rest = bytes.subarray(this.scan(bytes));
  }

  /** Reads the complete records; returns where the first incomplete one begins. */
  private scan(bytes: Buffer): number {
    let from = 0;
    let quote = -1;
    for (;;) {
      const end = bytes.indexOf(BREAK, from);
      if (end === -1) return from;
      if (quote < from) quote = next(bytes, QUOTE, from);
      if (quote < end) {
        const after = this.quoted(bytes, from, false);
        if (after === -1) return from;
        from = after;
      } else {
        this.plain(bytes, from, end);
        from = end + 1;
      }
    }
  }

  /** The last line may have no line break. */
  end(): void {
    const bytes = this.rest;
    this.rest = Buffer.alloc(0);
    if (bytes.length === 0) return;
    if (bytes.includes(QUOTE)) {
      for (let from = 0; from < bytes.length; ) from = this.quoted(bytes, from, true);
    } else this.plain(bytes, 0, bytes.length);
  }

  private plain(bytes: Buffer, from: number, lineEnd: number): void {
    this.line++;
    const end = bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    if (end <= from) return;
    const { bounds } = this;
    let fields = 0;
    for (let at = from; at < end; at++) {
      if (bytes[at] === COMMA) bounds[fields++] = at;
    }
    // Writes beyond the eighth bound go nowhere in a typed array.
    if (fields !== FIELDS - 1) {
      this.onBroken(this.line, `${fields + 1} fields instead of ${FIELDS}.`);
      return;
    }
    bounds[FIELDS - 1] = end;
    this.onLine(bytes, from, bounds, this.line);
  }

  /** Returns where the next record begins; -1 when this one is not complete yet. */
  private quoted(bytes: Buffer, from: number, isLast: boolean): number {
    const end = recordEnd(bytes, from, isLast);
    if (end === NONE && !isLast && bytes.length - from < MAX_RECORD) return -1;
    this.line++;
    const record =
      end === NONE ? null : bytes.toString('utf8', from, bytes[end - 1] === RETURN ? end - 1 : end);
    const fields = record === null ? null : splitQuoted(record);
    if (record !== null && fields?.length === FIELDS) {
      this.emit(fields, this.line);
      this.line += record.split('\n').length - 1;
      return end + 1;
    }
    // A stray quote may have run over good lines: only the line it stands on is refused.
    this.onBroken(
      this.line,
      fields ? `${fields.length} fields instead of ${FIELDS}.` : 'A quote is out of place.',
    );
    return Math.min(next(bytes, BREAK, from), bytes.length) + 1;
  }

  private emit(fields: string[], line: number): void {
    let at = 0;
    for (const [i, field] of fields.entries()) {
      this.bounds[i] = at + Buffer.byteLength(field);
      at = (this.bounds[i] as number) + 1;
    }
    this.onLine(Buffer.from(fields.join(',')), 0, this.bounds, line);
  }
}

function next(bytes: Buffer, what: number, from: number): number {
  const at = bytes.indexOf(what, from);
  return at === -1 ? NONE : at;
}

/** The line break that ends the record: the first one outside a quoted field; a quoted field begins with its quote. */
function recordEnd(bytes: Buffer, from: number, isLast: boolean): number {
  let isInside = false;
  let isFieldStart = true;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE && (isInside || isFieldStart)) isInside = !isInside;
    else if (byte === BREAK && !isInside) return at;
    // After a closing quote a second one opens the field again: "" inside quotes.
    isFieldStart = byte === COMMA || (byte === QUOTE && !isInside);
    if (at - from > MAX_RECORD) return NONE;
  }
  return isLast && !isInside ? bytes.length : NONE;
}

const FIELD = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;

/** RFC 4180 fields; null when a quote stands where none may. */
function splitQuoted(record: string): string[] | null {
  const fields: string[] = [];
  FIELD.lastIndex = 0;
  for (;;) {
    const match = FIELD.exec(record);
    if (!match) return null;
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '') return fields;
  }
}
