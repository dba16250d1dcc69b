import { ValidationError } from '../kernel/errors.ts';
import { isUuid } from '../kernel/ids.ts';
import { decodeCursor, encodeCursor } from '../kernel/page.ts';
import type { Scope } from '../platform/scope.ts';
import { type ExportStream, type KeyType, SOURCES } from './export-streams.ts';

export const MAX_LINES = 1_000;

export interface ExportRequest {
  readonly stream: ExportStream;
  /** `nextAfter` of the page before; null from the start. */
  readonly after?: string | null | undefined;
  /** 1–1000; default 1000. */
  readonly first?: number | null | undefined;
}

/** A stretch of a stream: each line is a whole JSON object on one line. */
export interface ExportPage {
  readonly lines: readonly string[];
  /** Where the next page starts; null only while the stream has no line at all. */
  readonly nextAfter: string | null;
  /** True when there is nothing behind this page now; asking again later with `nextAfter` gives what is new. */
  readonly isComplete: boolean;
}

const IS: Record<KeyType, (value: string) => boolean> = {
  uuid: isUuid,
  timestamptz: (value) => !Number.isNaN(Date.parse(value)),
  text: () => true,
};

/** As text that reads back as the same value. */
const shown = (column: string, type: KeyType): string =>
  type === 'timestamptz'
    ? `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : `${column}::text`;

interface Row {
  line: string;
  key: string[];
}

/**
 * Lines of one of the seed's JSONL files, oldest first, as they are now; one statement over the page's rows. Issues
 * and actions go on changing after they were given out. ValidationError for a page of another size or a cursor of
 * another stream.
 */
export async function exportJsonl(scope: Scope, request: ExportRequest): Promise<ExportPage> {
  const { stream, after } = request;
  const size = request.first ?? MAX_LINES;
  if (!Number.isInteger(size) || size < 1 || size > MAX_LINES) {
    throw new ValidationError('first', `A page has 1 to ${MAX_LINES} lines.`);
  }
  const { key } = SOURCES[stream];
  // The stream's name is part of the cursor, so that one is never continued in the middle of another.
  const [from, ...cursor] = after == null ? [stream] : decodeCursor(after, key.length + 1, 'after');
  if (from !== stream) throw new ValidationError('after', `This cursor is of the stream ${from}.`);
  const isWhole = cursor.every((value, i) => IS[key[i]?.[1] ?? 'text'](value));
  if (!isWhole) throw new ValidationError('after', 'Pass back a nextAfter as it was given out.');
  const isContinued = cursor.length > 0;
  const rows = await scope.db.rows<Row>(
    textOf(stream, isContinued),
    [scope.tenantId, size + 1, ...cursor],
    `export_${stream}_${isContinued}`,
  );
  const kept = rows.slice(0, size);
  const last = kept.at(-1)?.key;
  return {
    lines: kept.map(({ line }) => line),
    nextAfter: last ? encodeCursor([stream, ...last]) : (after ?? null),
    isComplete: rows.length <= size,
  };
}

function textOf(stream: ExportStream, isContinued: boolean): string {
  const { key, fields, from } = SOURCES[stream];
  const columns = key.map(([column]) => column).join(', ');
  const parameters = key.map(([, type], i) => `$${i + 3}::${type}`).join(', ');
  const select = Object.entries(fields).map(([name, sql]) => `${sql} AS "${name}"`);
  // The object's fields are in the order of the select list, which jsonb would not keep.
  return `SELECT (SELECT row_to_json(line)::text FROM (SELECT ${select.join(', ')}) AS line) AS line,
      ARRAY[${key.map((part) => shown(...part)).join(', ')}] AS key
    FROM ${from} ${isContinued ? `AND (${columns}) > (${parameters})` : ''}
    ORDER BY ${columns} LIMIT $2`;
}
