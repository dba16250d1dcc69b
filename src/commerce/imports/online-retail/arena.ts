const SIZE = 1 << 20;
/** No line is longer: code and description are cut at 700 characters of at most 6 bytes as JSON. */
const MAX_LINE = 8 * 1024;
const PRICE = Buffer.from(',"unitPriceMinor":');
const COMMA = 44;
const OPEN = 91;
const CLOSE = 93;
const MINUS = 45;
const ZERO = 48;

/** Where JSON lines are written one after the other; half a million of them make no garbage. */
export class Arena {
  private bytes = new Uint8Array(SIZE);
  private at = 0;
  private from = 0;

  /** One line, after an opening bracket or a comma. */
  line(head: Uint8Array, quantity: number, unitPriceMinor: number, tail: Uint8Array, isFirst: boolean): void {
    this.bytes[this.at++] = isFirst ? OPEN : COMMA;
    this.copy(head);
    this.integer(quantity);
    this.copy(PRICE);
    this.integer(unitPriceMinor);
    this.copy(tail);
  }

  /** Whether the next line might not fit. */
  get isFull(): boolean {
    return this.at > SIZE - MAX_LINE;
  }

  /** What was written since the last call, closed by a bracket: never written again. */
  take(): Uint8Array | null {
    if (this.at === this.from) return null;
    this.bytes[this.at++] = CLOSE;
    const taken = this.bytes.subarray(this.from, this.at);
    if (this.isFull) {
      this.bytes = new Uint8Array(SIZE);
      this.at = 0;
    }
    this.from = this.at;
    return taken;
  }

  private copy(source: Uint8Array): void {
    this.bytes.set(source, this.at);
    this.at += source.length;
  }

  private integer(value: number): void {
    let left = value;
    if (left < 0) {
      this.bytes[this.at++] = MINUS;
      left = -left;
    }
    let digits = 1;
    for (let n = left; n >= 10; n = Math.floor(n / 10)) digits++;
    for (let at = this.at + digits - 1; at >= this.at; at--) {
      this.bytes[at] = ZERO + (left % 10);
      left = Math.floor(left / 10);
    }
    this.at += digits;
  }
}
