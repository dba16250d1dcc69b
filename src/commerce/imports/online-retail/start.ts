import { addMs, DAY_MS } from '../../../kernel/time.ts';
import type { Reject } from '../types.ts';
import { parseWhen } from './fields.ts';
import type { Invoice } from './invoice.ts';

const NAME = /^\P{C}{1,200}$/u;

/** A new invoice from its first line, or why there can be none. */
export function startInvoice(
  number: string,
  bytes: Buffer,
  from: number,
  bounds: Int32Array,
  line: number,
  now: Date,
): Invoice | Reject {
  const field = (i: number): string =>
    bytes.toString('utf8', (bounds[i - 1] as number) + 1, bounds[i]).trim();
  const customer = field(6);
  if (!NAME.test(number) || !(customer === '' || NAME.test(customer))) {
    const wrong = NAME.test(number) ? 'CustomerID' : 'InvoiceNo';
    const message = `${wrong} must have 1 to 200 printable characters.`;
    return { line, field: wrong, code: 'INVALID', message };
  }
  const placedAt = parseWhen(bytes, (bounds[3] as number) + 1, bounds[4] as number);
  const latest = addMs(now, DAY_MS);
  if (!placedAt || placedAt.getUTCFullYear() < 2000 || placedAt > latest) {
    const message = `InvoiceDate must be like 2010-12-01 08:26:00, from 2000-01-01 to ${latest.toISOString()}.`;
    const code = placedAt ? 'OUT_OF_RANGE' : 'INVALID';
    return { line, externalId: number, field: 'InvoiceDate', code, message };
  }
  return {
    number,
    numberBytes: bytes.subarray(from, bounds[0]),
    firstLine: line,
    lastLine: line,
    placedAt,
    when: bytes.subarray((bounds[3] as number) + 1, bounds[4]),
    isTwoMinutes: false,
    isSplit: false,
    customer,
    country: field(7),
    items: [],
    itemCount: 0,
    totalMinor: 0,
    units: 0,
  };
}
