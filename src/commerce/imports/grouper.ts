/** Lines of one order may be apart by this many lines of others; the file need not be sorted perfectly. */
export const MAX_GAP = 5_000;

interface Group {
  lastLine: number;
}

/**
 * Gathers lines that belong together. A group is closed when none of its lines came for MAX_GAP lines, so memory
 * holds those lines and the names of closed groups, never the file. Purely a function of the lines.
 */
export class Grouper<G extends Group> {
  private current: { key: string; group: G } | null = null;
  /** In the order of their last line. */
  private readonly open = new Map<string, G>();
  private readonly closed = new Set<string>();
  private readonly close: (group: G) => void;

  constructor(close: (group: G) => void) {
    this.close = close;
  }

  /** The open group of the key; 'LATE' when it was closed already; undefined when it is new. */
  find(key: string, line: number): G | 'LATE' | undefined {
    if (this.current?.key === key) return this.current.group;
    this.park();
    this.expire(line);
    const group = this.open.get(key);
    if (!group) return this.closed.has(key) ? 'LATE' : undefined;
    this.open.delete(key);
    this.current = { key, group };
    return group;
  }

  add(key: string, group: G): void {
    this.park();
    this.current = { key, group };
  }

  /** Closes everything: the file has ended. */
  end(): void {
    this.park();
    this.expire(Number.POSITIVE_INFINITY);
  }

  private park(): void {
    if (this.current) this.open.set(this.current.key, this.current.group);
    this.current = null;
  }

  private expire(line: number): void {
    for (const [key, group] of this.open) {
      if (group.lastLine >= line - MAX_GAP) return;
      this.open.delete(key);
      this.closed.add(key);
      this.close(group);
    }
  }
}
