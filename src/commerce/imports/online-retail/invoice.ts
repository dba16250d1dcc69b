import { Buffer } from 'node:buffer';

/** An invoice while its lines come in: sums and finished JSON, no object per line. */
export interface Invoice {
  number: string;
  numberBytes: Uint8Array;
  firstLine: number;
  lastLine: number;
  placedAt: Date;
  /** As written, to compare the next line's with. */
  when: Uint8Array;
  isTwoMinutes: boolean;
  isSplit: boolean;
  customer: string;
  country: string;
  /** JSON of the lines, in pieces of the arena. */
  items: Uint8Array[];
  itemCount: number;
  totalMinor: number;
  /** Units of goods with a positive quantity. */
  units: number;
}

const OPEN = Buffer.from('[');
const CLOSE = Buffer.from(']');

/** The lines as one JSON list. */
export function itemsOf(invoice: Invoice): Buffer {
  return Buffer.concat([OPEN, ...invoice.items, CLOSE]);
}
