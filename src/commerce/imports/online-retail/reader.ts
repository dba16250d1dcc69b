import { ValidationError } from '../../../kernel/errors.ts';
import type { ReadContext } from '../../ingest/index.ts';
import { Grouper } from '../grouper.ts';
import type { Assumption, FileBatch, Reject } from '../types.ts';
import { Arena } from './arena.ts';
import { type Article, Articles } from './articles.ts';
import { Collector } from './collector.ts';
import { isBytes, roundTenths, thousandths, whole } from './fields.ts';
import type { Invoice } from './invoice.ts';
import { LineSplitter } from './lines.ts';
import { startInvoice } from './start.ts';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const NO_INVOICE = new Uint8Array();

/** Reads UCI's Online Retail file: bytes in, batches out. The same bytes always make the same batches. */
export class OnlineRetailReader {
  private readonly splitter = new LineSplitter(
    (bytes, from, bounds, line) => this.read(bytes, from, bounds, line),
    (line, message) => this.broken(line, message),
  );
  private readonly collector: Collector;
  private readonly grouper: Grouper<Invoice>;
  private readonly articles = new Articles();
  private readonly arena = new Arena();
  private readonly context: ReadContext;
  private current: Invoice | null = null;
  /** Of the current invoice: what nearly every line begins with. */
  private currentNumber: Uint8Array = NO_INVOICE;

  constructor(context: ReadContext, assume: Assumption | undefined, isDryRun: boolean) {
    this.context = context;
    this.collector = new Collector(context, assume, isDryRun);
    this.grouper = new Grouper((invoice) => this.collector.add(invoice));
  }

  /** Batches as they get full; the last one when the bytes end. */
  async *batches(bytes: AsyncIterable<Buffer>): AsyncGenerator<FileBatch> {
    for await (const chunk of bytes) {
      this.splitter.push(chunk);
      yield* this.collector.take();
    }
    this.splitter.end();
    this.switchTo(null);
    this.grouper.end();
    this.collector.cut(this.splitter.line);
    yield* this.collector.take();
  }

  private read(bytes: Buffer, from: number, bounds: Int32Array, line: number): void {
    if (line === 1) {
      checkHeader(bytes.toString('utf8', from, bounds[7]));
      return;
    }
    // By index: destructuring a typed array walks its iterator, for half a million lines.
    const codeEnd = bounds[1] as number;
    const nameEnd = bounds[2] as number;
    const quantityEnd = bounds[3] as number;
    const whenEnd = bounds[4] as number;
    const priceEnd = bounds[5] as number;
    const quantity = whole(bytes, nameEnd + 1, quantityEnd);
    const price = thousandths(bytes, whenEnd + 1, priceEnd);
    if (quantity === 0 || !Number.isSafeInteger(quantity * price)) {
      this.rejectNumber(line, quantity);
      return;
    }
    // Before this line counts: two batches never have the same position.
    if (this.collector.isFull) this.collector.cut(line - 1);
    const isSame = isBytes(bytes, from, bounds[0] as number, this.currentNumber);
    if (!isSame || this.arena.isFull) this.changeInvoice(bytes, from, bounds, line);
    const invoice = this.current;
    if (!invoice) return;
    invoice.lastLine = line;
    if (!invoice.isTwoMinutes) invoice.isTwoMinutes = !isBytes(bytes, quantityEnd + 1, whenEnd, invoice.when);
    if (bounds[6] === priceEnd + 1) this.collector.rules.blankCustomerLines++;
    this.add(invoice, this.articles.get(bytes, (bounds[0] as number) + 1, codeEnd, nameEnd), quantity, price);
  }

  private add(invoice: Invoice, article: Article, quantity: number, price: number): void {
    const { rules } = this.collector;
    if (price === 0) rules.zeroPriceLines++;
    else if (price % 10 !== 0) rules.thousandthsLines++;
    if (quantity < 0 && !invoice.number.startsWith('C')) rules.negativeQuantityLines++;
    if (!article.hasName) rules.noDescriptionLines++;
    if (article.kind === 'FEE') rules.feeLines++;
    else if (article.kind === 'ADJUSTMENT') rules.adjustmentLines++;
    else if (quantity > 0) invoice.units += quantity;
    this.arena.line(article.head, quantity, roundTenths(price), article.tail, invoice.itemCount === 0);
    invoice.itemCount++;
    invoice.totalMinor += roundTenths(quantity * price);
  }

  /** Finds or starts the line's invoice; a LATE or impossible one becomes none, and the line is refused. */
  private changeInvoice(bytes: Buffer, from: number, bounds: Int32Array, line: number): void {
    const before = this.current;
    this.switchTo(null);
    const number = bytes.toString('utf8', from, bounds[0]).trim();
    const found = this.grouper.find(number, line);
    if (found === 'LATE') {
      const message = `Lines of invoice ${number} come again after more than 5,000 other lines; sort the file by invoice.`;
      this.collector.reject({ line, externalId: number, field: 'InvoiceNo', code: 'LATE_LINE', message });
      return;
    }
    if (found) {
      if (found !== before) found.isSplit = true;
      this.switchTo(found);
      return;
    }
    const started = startInvoice(number, bytes, from, bounds, line, this.context.now);
    if ('field' in started) {
      this.collector.reject(started);
      return;
    }
    this.grouper.add(number, started);
    this.switchTo(started);
  }

  /** What stands in the arena belongs to the invoice that was current. */
  private switchTo(invoice: Invoice | null): void {
    const written = this.arena.take();
    if (written) this.current?.items.push(written);
    // Lines that come after others were thought the last: the list goes on.
    const last = invoice?.items.pop();
    if (last) invoice?.items.push(last.subarray(0, -1));
    this.current = invoice;
    this.currentNumber = invoice?.numberBytes ?? NO_INVOICE;
  }

  private rejectNumber(line: number, quantity: number): void {
    const [field, message] =
      Number.isNaN(quantity) || quantity === 0
        ? ['Quantity', 'Quantity must be a whole number such as 6 or -1, and not 0.']
        : ['UnitPrice', 'UnitPrice must be a decimal such as 2.55, with at most 3 decimals.'];
    this.collector.reject({ line, field, code: 'INVALID', message } satisfies Reject);
  }

  private broken(line: number, message: string): void {
    if (line === 1) checkHeader(message);
    this.collector.reject({
      ...{ line, field: 'line', code: 'BROKEN_LINE' },
      message: `${message} The line was left out.`,
    });
  }
}

function checkHeader(header: string): void {
  if (header.replace(/^\ufeff/, '') === HEADER) return;
  throw new ValidationError('file', `The first line must be "${HEADER}"; use --format csv for other files.`);
}
