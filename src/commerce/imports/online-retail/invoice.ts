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
  /** JSON list of the lines, in pieces of the arena; the last one ends with its bracket. */
  items: Uint8Array[];
  itemCount: number;
  totalMinor: number;
  /** Units of goods with a positive quantity. */
  units: number;
}

/** The lines as one JSON list: nearly always a piece of the arena as it stands. */
export function itemsOf(invoice: Invoice): Uint8Array {
  const [only] = invoice.items;
  return only && invoice.items.length === 1 ? only : Buffer.concat(invoice.items);
}
