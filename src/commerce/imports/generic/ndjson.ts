import { StringDecoder } from 'node:string_decoder';
import type { Raw } from '../../ingest/index.ts';
import type { FileBatch } from '../types.ts';
import type { Batcher } from './batcher.ts';

/** A line beyond this is refused instead of kept in memory. */
const MAX_LINE = 4 * 1024 * 1024;

/** One JSON object a line, with the API's field names. */
export async function* readNdjson(bytes: AsyncIterable<Buffer>, batcher: Batcher): AsyncGenerator<FileBatch> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let line = 0;
  let isTooLong = false;
  const take = (text: string): void => {
    line++;
    if (isTooLong || text.length > MAX_LINE) {
      batcher.reject({ line, field: 'line', code: 'BROKEN_LINE', message: 'The line is longer than 4 MiB.' });
    } else if (text.trim() !== '') parseLine(text, line, batcher);
    isTooLong = false;
  };
  for await (const chunk of bytes) {
    const text = rest + decoder.write(chunk);
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      take(text.slice(from, end));
      from = end + 1;
    }
    rest = text.slice(from);
    if (rest.length > MAX_LINE) {
      rest = '';
      isTooLong = true;
    }
    yield* batcher.take();
  }
  rest += decoder.end();
  if (rest !== '' || isTooLong) take(rest);
  batcher.cut(line);
  yield* batcher.take();
}

function parseLine(text: string, line: number, batcher: Batcher): void {
  let item: unknown;
  try {
    item = JSON.parse(line === 1 ? text.replace(/^\ufeff/, '') : text);
  } catch (error) {
    const message = `This is not one JSON object: ${(error as Error).message.slice(0, 200)}.`;
    batcher.reject({ line, field: 'line', code: 'BROKEN_LINE', message });
    return;
  }
  if (typeof item !== 'object' || item === null || Array.isArray(item)) {
    const message = 'A line must be one JSON object, {"externalId": …}.';
    batcher.reject({ line, field: 'line', code: 'BROKEN_LINE', message });
    return;
  }
  batcher.add(item as Raw, line, line - 1);
}
