import { Readable } from 'node:stream';
import { type CsvError, type Options, parse } from 'csv-parse';
import { MAX_LINES, type Raw } from '../../ingest/index.ts';
import { Grouper } from '../grouper.ts';
import type { FileBatch, FileKind, Reject } from '../types.ts';
import type { Batcher } from './batcher.ts';
import { mapColumns, toItem } from './mapping.ts';

interface Row {
  record: string[];
  info: { lines: number };
}

interface Group {
  firstLine: number;
  lastLine: number;
  item: Raw;
  lines: Raw[];
}

/** A header line, then one fact a row; rows with the same externalId that hold lines make one order or cart. */
export async function* readCsv(
  bytes: AsyncIterable<Buffer>,
  batcher: Batcher,
  kind: FileKind,
  map: Record<string, string> | undefined,
): AsyncGenerator<FileBatch> {
  const broken: Reject[] = [];
  const options: Options = {
    bom: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: 1 << 20,
    on_skip: (error) => {
      broken.push(brokenLine(error));
      return undefined;
    },
  };
  const parser = parse(options);
  const source = Readable.from(bytes);
  source.on('error', (error) => parser.destroy(error));
  const reader = new CsvReader(batcher, kind, map);
  for await (const row of source.pipe(parser) as unknown as AsyncIterable<Row>) {
    // The parser reads ahead: a broken line belongs where it stands, or resuming would count it twice.
    while (broken[0] && broken[0].line < row.info.lines) batcher.reject(broken.shift() as Reject);
    reader.read(row.record, row.info.lines);
    yield* batcher.take();
  }
  for (const reject of broken) batcher.reject(reject);
  reader.end();
  yield* batcher.take();
}

function brokenLine(error: CsvError | undefined): Reject {
  const line = Number((error as { lines?: number } | undefined)?.lines ?? 0);
  return {
    line,
    field: 'line',
    code: 'BROKEN_LINE',
    message: `${error?.message ?? 'Broken line'}. It was left out.`,
  };
}

class CsvReader {
  private readonly batcher: Batcher;
  private readonly kind: FileKind;
  private readonly map: Record<string, string> | undefined;
  private readonly grouper = new Grouper<Group>((group) => this.close(group));
  private fields: (string | null)[] | null = null;
  private line = 0;

  constructor(batcher: Batcher, kind: FileKind, map: Record<string, string> | undefined) {
    this.batcher = batcher;
    this.kind = kind;
    this.map = map;
  }

  read(cells: string[], line: number): void {
    if (!this.fields) {
      this.fields = mapColumns(this.kind, cells, this.map);
      return;
    }
    this.line = line;
    const { item, line: orderLine } = toItem(this.fields, cells);
    const key = String(item.externalId ?? '').trim();
    if (key === '' || !this.hasLines) this.batcher.add(item, line, line - 1);
    else this.group(key, line, item, orderLine);
  }

  private group(key: string, line: number, item: Raw, orderLine: Raw | null): void {
    const found = this.grouper.find(key, line);
    if (found === 'LATE') {
      const externalId = key.slice(0, 200);
      const message = `Lines of "${key.slice(0, 60)}" come again after more than 5,000 other lines; sort the file by it.`;
      this.batcher.reject({ line, externalId, field: 'externalId', code: 'LATE_LINE', message });
      return;
    }
    const group = found ?? { firstLine: line, lastLine: line, item, lines: [] };
    if (!found) this.grouper.add(key, group);
    group.lastLine = line;
    // One more than an order may have is kept, so that it is refused and not cut.
    if (orderLine && group.lines.length <= MAX_LINES) group.lines.push(orderLine);
  }

  end(): void {
    this.grouper.end();
    this.batcher.cut(this.line + 1);
  }

  private get hasLines(): boolean {
    return this.fields?.some((field) => field?.startsWith('items.')) ?? false;
  }

  private close(group: Group): void {
    const raw = group.lines.length > 0 ? { ...group.item, items: group.lines } : group.item;
    this.batcher.add(raw, group.firstLine, this.line - 1);
  }
}
